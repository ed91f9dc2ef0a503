import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forgottenAfterMs } from "#access/tries.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { from, goodPassword, type SignInBench, signInBench } from "../support/people-who-sign-in.ts";

let database: TestDatabase;
let bench: SignInBench;
beforeAll(async () => {
  database = await createTestDatabase();
  bench = signInBench(database.pool);
});
afterAll(() => database.drop());

const query = async (sql: string, ...values: unknown[]) => (await database.pool.query(sql, values)).rows;
const elsewhere = () => ({
  address: `10.9.${Math.floor(Math.random() * 256)}.${Math.floor(Math.random() * 256)}`,
  agent: "x",
});

const withPassword = async (email: string, password = goodPassword) => {
  const answer = await bench.door.withPassword({ email, password, from });
  if (answer.kind !== "code") throw new Error(answer.kind);
  return answer.secret;
};
const halfOf = async (secret: string) => (await bench.door.half(secret))!;

describe("an invitation", () => {
  it("leads from a link to a password, an app, ten codes and an open session", async () => {
    const { userId, link, email } = await bench.invite();
    expect(await bench.door.invited(link)).toMatchObject({ email, name: "Wilhelmina Okonjo" });
    expect(await bench.door.accept(link, "short", from)).toEqual({ kind: "faulty", fault: "too-short" });
    const accepted = await bench.door.accept(link, goodPassword, from);
    if (accepted.kind !== "enrol") throw new Error(accepted.kind);
    // Neither the link nor the half-open session shows anything of anybody.
    expect(await bench.door.accept(link, "another good password", from)).toEqual({ kind: "over" });
    expect(await bench.sessions.find(accepted.secret)).toBeNull();

    const app = await bench.door.enrolSecret(await halfOf(accepted.secret));
    expect(await bench.door.enrolSecret(await halfOf(accepted.secret))).toEqual(app);
    expect(await bench.door.enrol(await halfOf(accepted.secret), "000000", from)).toEqual({
      kind: "refused",
    });
    const code = bench.nextCode(app);
    const enrolled = await bench.door.enrol(await halfOf(accepted.secret), code, from);
    if (enrolled.kind !== "open") throw new Error(enrolled.kind);
    expect(enrolled.codes).toHaveLength(10);
    expect(await bench.sessions.find(enrolled.secret)).toMatchObject({
      ...{ userId, name: "Wilhelmina Okonjo" },
      grants: [{ role: "clinician", trust: "RXX", unit: null, site: null, ward: null, service: null }],
    });
    expect(await bench.door.half(accepted.secret)).toBeNull();
    expect((await bench.auditOf(userId)).map(({ action }) => action)).toEqual([
      ...["user-invite", "password-change", "second-factor-change", "sign-in"],
    ]);
  });

  it("is good for seven days, and a newer one takes its place", async () => {
    const { userId, link } = await bench.invite();
    const [row] = await query("select * from housekeeping.invitation where user_id = $1", userId);
    expect((row.expires_at - row.made_at) / 86_400_000).toBeCloseTo(7, 2);
    await query("update housekeeping.invitation set expires_at = now() where user_id = $1", userId);
    expect(await bench.door.invited(link)).toBeNull();
    expect(await bench.door.accept(link, goodPassword, from)).toEqual({ kind: "over" });
  });

  it("is used by one of two who come at once", async () => {
    const { link } = await bench.invite();
    const answers = await Promise.all([1, 2].map(() => bench.door.accept(link, goodPassword, from)));
    expect(answers.map(({ kind }) => kind).sort()).toEqual(["enrol", "over"]);
  });

  it("whose app was not set up in time is taken up by the password", async () => {
    const { link, email } = await bench.invite();
    await bench.door.accept(link, goodPassword, from);
    expect(await bench.door.withPassword({ email, password: goodPassword, from })).toMatchObject({
      kind: "enrol",
    });
  });
});

describe("signing in", () => {
  it("takes the password, in whatever case the address is typed, and then the code", async () => {
    const { userId, email, app } = await bench.settled();
    const half = await withPassword(` ${email.toUpperCase()} `);
    expect(await bench.sessions.find(half)).toBeNull();
    expect(await bench.door.withCode(await halfOf(half), "123456", from)).toEqual({ kind: "refused" });
    const opened = await bench.door.withCode(await halfOf(half), bench.nextCode(app), from);
    if (opened.kind !== "open") throw new Error(opened.kind);
    expect(opened.secret).not.toBe(half);
    expect(await bench.sessions.find(opened.secret)).toMatchObject({ userId });
    expect(await bench.door.half(half)).toBeNull();
    const audit = await bench.auditOf(userId);
    expect(audit.slice(-2)).toEqual([
      {
        ...{ action: "sign-in-failed", who: `user ${userId}` },
        details: { method: "code", outcome: "wrong", address: from.address },
      },
      {
        ...{ action: "sign-in", who: `user ${userId}` },
        details: { method: "password and code", address: from.address },
      },
    ]);
  });

  it("takes no code twice, not even by two browsers at once", async () => {
    const { email, app } = await bench.settled();
    const code = bench.nextCode(app);
    const halves = [await withPassword(email), await withPassword(email)];
    const read = await Promise.all(halves.map(halfOf));
    const answers = await Promise.all(read.map((half) => bench.door.withCode(half, code, from)));
    expect(answers.map(({ kind }) => kind).sort()).toEqual(["open", "refused"]);
    expect(await bench.door.withCode(await halfOf(await withPassword(email)), code, from)).toEqual({
      kind: "refused",
    });
  });

  it("takes each recovery code once", async () => {
    const { email, codes } = await bench.settled();
    const half = await withPassword(email);
    const opened = await bench.door.withCode(await halfOf(half), codes[3]!.toLowerCase(), from);
    expect(opened.kind).toBe("open");
    const again = await withPassword(email);
    expect(await bench.door.withCode(await halfOf(again), codes[3]!, from)).toEqual({ kind: "refused" });
    expect((await bench.door.withCode(await halfOf(again), codes[4]!, from)).kind).toBe("open");
  });

  it("takes no other's recovery code", async () => {
    const [one, other] = [await bench.settled(), await bench.settled()];
    const half = await halfOf(await withPassword(one.email));
    expect(await bench.door.withCode(half, other.codes[0]!, from)).toEqual({ kind: "refused" });
  });

  it("gives ten minutes from the password to the code", async () => {
    const { email } = await bench.settled();
    const half = await withPassword(email);
    const { sessionId } = await halfOf(half);
    const [row] = await query("select * from housekeeping.session where id = $1", sessionId);
    expect((row.expires_at - row.begun_at) / 60_000).toBeCloseTo(10, 1);
    await query("update housekeeping.session set expires_at = now() where id = $1", sessionId);
    expect(await bench.door.half(half)).toBeNull();
  });
});

describe("who guesses", () => {
  const answersTo = async (email: string) => {
    const at = elsewhere();
    const answers = [];
    for (let guess = 0; guess < 7; guess += 1)
      answers.push(await bench.door.withPassword({ email, password: `wrong password ${guess}`, from: at }));
    return answers;
  };

  it("is told the same, and waits the same, whether there is such an account or not", async () => {
    const { email, userId } = await bench.settled();
    const refused = Array(6).fill({ kind: "refused" });
    expect(await answersTo(email)).toEqual([...refused, { kind: "wait", ms: 15_000 }]);
    expect(await answersTo("nobody@trust.example")).toEqual([...refused, { kind: "wait", ms: 15_000 }]);
    const failures = (await bench.auditOf(userId)).filter(({ action }) => action === "sign-in-failed");
    expect(failures).toHaveLength(6);
    const stored = JSON.stringify(await query("select * from housekeeping.sign_in_tries"));
    expect(stored).not.toContain("nobody");
  });

  it("waits even with the right password, until the wait is over", async () => {
    const { email } = await bench.settled();
    await answersTo(email);
    const right = () => bench.door.withPassword({ email, password: goodPassword, from: elsewhere() });
    expect(await right()).toEqual({ kind: "wait", ms: 15_000 });
    bench.moveClock(15_000);
    expect((await right()).kind).toBe("code");
  });

  it("wins no new tries at the code by knowing the password", async () => {
    const { email } = await bench.settled();
    const half = await halfOf(await withPassword(email));
    const answers = [];
    for (let guess = 0; guess < 6; guess += 1) {
      if (guess === 3) await bench.door.withPassword({ email, password: goodPassword, from });
      answers.push((await bench.door.withCode(half, "000000", elsewhere())).kind);
    }
    expect(answers).toEqual(["refused", "refused", "refused", "refused", "wait", "wait"]);
  });

  it("wins nothing by guessing many times at once", async () => {
    const { email } = await bench.settled();
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        bench.door.withPassword({ email, password: "wrong wrong wrong", from: elsewhere() }),
      ),
    );
    expect(answers.filter(({ kind }) => kind === "refused")).toHaveLength(6);
    expect(answers.filter(({ kind }) => kind === "wait")).toHaveLength(6);
  });

  it("from one address at many accounts, waits after fifty", async () => {
    const at = elsewhere();
    const tries = [];
    for (let guess = 0; guess < 52; guess += 1) {
      const guessed = { email: `guess${guess}@trust.example`, password: "wrong wrong", from: at };
      tries.push((await bench.door.withPassword(guessed)).kind);
    }
    expect(tries.indexOf("wait")).toBe(51);
    // Whoever signs in from there costs the others nothing.
    bench.moveClock(forgottenAfterMs);
    const { email, app } = await bench.settled();
    for (let time = 0; time < 30; time += 1) {
      const half = await bench.door.withPassword({ email, password: goodPassword, from: at });
      if (half.kind !== "code") throw new Error(`${half.kind} at ${time}`);
      const opened = await bench.door.withCode(await halfOf(half.secret), bench.nextCode(app), at);
      expect(opened.kind).toBe("open");
    }
  });

  it("does not wait for ever: what has been quiet is forgotten, and so is its row", async () => {
    const { email, app } = await bench.settled();
    await answersTo(email);
    await query(
      "update housekeeping.sign_in_tries set last_at = last_at - interval '12 hours', wait_until = last_at",
    );
    const half = await halfOf(await withPassword(email));
    expect((await bench.door.withCode(half, bench.nextCode(app), from)).kind).toBe("open");
    const [{ old }] = await query(
      "select count(*)::int as old from housekeeping.sign_in_tries where last_at < now() - interval '12 hours'",
    );
    expect(old).toBe(0);
  });
});

describe("what is kept", () => {
  it("opens nothing: no password, cookie, link, code or app's secret stands in the database", async () => {
    const { link, app, codes, secret } = await bench.settled();
    const tables = ["user_account", "invitation", "session", "second_factor", "recovery_code", "audit_entry"];
    let dump = "";
    for (const table of tables)
      dump += (await query(`select t::text as row, to_json(t)::text as json from housekeeping.${table} t`))
        .map(({ row, json }) => row + json)
        .join("\n");
    for (const clear of [goodPassword, link, secret, ...codes, app.toString("hex"), app.toString("base64")]) {
      expect(dump.includes(clear)).toBe(false);
      expect(dump.includes(Buffer.from(clear).toString("hex"))).toBe(false);
    }
    expect(dump).toContain("$argon2id$");
  });

  it("the role of the pages may read none of it", async () => {
    for (const table of [
      "user_account",
      "invitation",
      "session",
      "second_factor",
      "recovery_code",
      "sign_in_link",
    ]) {
      const tx = await database.pool.connect();
      await tx.query("begin; set local role hearback_room");
      await expect(tx.query(`select from housekeeping.${table}`)).rejects.toThrow("permission denied");
      await tx.query("rollback");
      tx.release();
    }
  });
});
