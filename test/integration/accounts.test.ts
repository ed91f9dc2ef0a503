import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linkEnds } from "#access/invitation.ts";
import { makeSecret } from "#access/secret.ts";
import { systemClock } from "#lib/clock.ts";
import { newId } from "#lib/ids.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  byCommand,
  from,
  goodPassword,
  grantOf,
  type SignInBench,
  signInBench,
} from "../support/people-who-sign-in.ts";

let database: TestDatabase;
let bench: SignInBench;
beforeAll(async () => {
  database = await createTestDatabase();
  bench = signInBench(database.pool);
});
afterAll(() => database.drop());

const query = async (sql: string, ...values: unknown[]) => (await database.pool.query(sql, values)).rows;
const newLink = () => {
  const { secret, sha256 } = makeSecret();
  return { secret, hash: { sha256, expiresAt: linkEnds(systemClock.now()) } };
};
const endedBecause = async (userId: string) =>
  (
    await query(
      `select distinct ended_because as because from housekeeping.session
       where user_id = $1 and ended_because <> 'went_on'`,
      userId,
    )
  ).map(({ because }) => because);

describe("a session", () => {
  const sessionOf = async (secret: string) => (await bench.sessions.find(secret))!.sessionId;

  it("is over after half an hour unused, and each use keeps it, written once a minute", async () => {
    const { secret } = await bench.settled();
    const id = await sessionOf(secret);
    const unusedFor = (minutes: number) =>
      query(
        "update housekeeping.session set used_at = now() - $2 * interval '1 minute' where id = $1",
        id,
        minutes,
      );
    const usedAt = async () =>
      (await query("select used_at from housekeeping.session where id = $1", id))[0].used_at;
    const before = await usedAt();
    await bench.sessions.find(secret);
    expect(await usedAt()).toEqual(before);
    await unusedFor(29);
    expect(await bench.sessions.find(secret)).not.toBeNull();
    expect((await usedAt()).getTime()).toBeGreaterThanOrEqual(before.getTime());
    await unusedFor(30);
    expect(await bench.sessions.find(secret)).toBeNull();
  });

  it("is over after twelve hours, however much it is used", async () => {
    const { secret } = await bench.settled();
    const id = await sessionOf(secret);
    const [row] = await query("select * from housekeeping.session where id = $1", id);
    expect((row.expires_at - row.begun_at) / 3_600_000).toBeCloseTo(12, 2);
    await query("update housekeeping.session set expires_at = now() where id = $1", id);
    expect(await bench.sessions.find(secret)).toBeNull();
  });

  it.each(["", "x", "a".repeat(43), "' or true --"])("is not opened by %j", async (secret) => {
    expect(await bench.sessions.find(secret)).toBeNull();
  });

  it("is listed with its browser, and ended by its own user alone", async () => {
    const { userId, secret } = await bench.settled();
    const id = await sessionOf(secret);
    const [listed, ...others] = await bench.sessions.list(userId);
    expect(others).toEqual([]);
    expect(listed).toMatchObject({ id, way: "password", address: from.address, agent: from.agent });
    const by = { kind: "user", id: userId, name: null } as const;
    expect(await bench.sessions.end({ id, userId: newId() }, "ended", by)).toBe(false);
    expect(await bench.sessions.find(secret)).not.toBeNull();
    expect(await bench.sessions.end({ id, userId }, "ended", by)).toBe(true);
    expect(await bench.sessions.find(secret)).toBeNull();
    expect(await bench.sessions.end({ id, userId }, "ended", by)).toBe(false);
    expect(await bench.sessions.list(userId)).toEqual([]);
    expect((await bench.auditOf(userId)).at(-1)).toMatchObject({
      ...{ action: "session-end", who: `user ${userId}`, details: { kind: "ended" } },
    });
  });
});

describe("a new password", () => {
  it("takes the old one, ends every session, and begins one", async () => {
    const { userId, email, app, secret } = await bench.settled();
    const half = await bench.door.withPassword({ email, password: goodPassword, from });
    if (half.kind !== "code") throw new Error(half.kind);
    const other = await bench.door.withCode((await bench.door.half(half.secret))!, bench.nextCode(app), from);
    if (other.kind !== "open") throw new Error(other.kind);
    const who = (await bench.sessions.find(secret))!;
    const change = (current: string, next: string) => bench.door.changePassword(who, { current, next, from });
    expect(await change("not the old one", "ystafell haul gwanwyn")).toEqual({ kind: "refused" });
    expect(await change(goodPassword, "password1234")).toEqual({ kind: "faulty", fault: "common" });
    expect(await bench.sessions.find(other.secret)).not.toBeNull();
    const changed = await change(goodPassword, "ystafell haul gwanwyn");
    if (changed.kind !== "open") throw new Error(changed.kind);
    expect(await bench.sessions.find(secret)).toBeNull();
    expect(await bench.sessions.find(other.secret)).toBeNull();
    expect(await bench.sessions.find(changed.secret)).toMatchObject({ userId });
    expect(await endedBecause(userId)).toEqual(["password_changed"]);
    expect(await bench.door.withPassword({ email, password: goodPassword, from })).toEqual({
      kind: "refused",
    });
  });
});

describe("an account", () => {
  it("is one an address, however it is written by the database's lights", async () => {
    const { email } = await bench.invite();
    await expect(bench.invite({ email })).rejects.toMatchObject({ code: "account_exists" });
    await expect(bench.invite({ email: email.toUpperCase() })).rejects.toThrow(/check constraint/);
  });

  it("loses its sessions when a role is given or taken", async () => {
    const { userId, secret } = await bench.settled();
    const grant = grantOf({ unit: "Surgery", ward: "4" });
    await bench.accounts.grant(userId, grant, byCommand);
    expect(await bench.sessions.find(secret)).toBeNull();
    await expect(bench.accounts.grant(userId, grant, byCommand)).rejects.toMatchObject({
      code: "grant_exists",
    });
    const found = await bench.accounts.find({ id: userId });
    expect(found!.grants).toEqual([grantOf(), grant]);
    await bench.accounts.revoke(userId, grant, byCommand);
    await expect(bench.accounts.revoke(userId, grant, byCommand)).rejects.toMatchObject({
      code: "grant_missing",
    });
    expect(await endedBecause(userId)).toEqual(["roles_changed"]);
    expect((await bench.auditOf(userId)).slice(-2)).toEqual([
      {
        ...{ action: "user-change", who: "command tester" },
        details: { kind: "grant", role: "clinician", unit: "Surgery", ward: "4" },
      },
      {
        ...{ action: "user-change", who: "command tester" },
        details: { kind: "revoke", role: "clinician", unit: "Surgery", ward: "4" },
      },
    ]);
  });

  it("that was reset forgets password, app and codes, and comes back by its new link", async () => {
    const { userId, email, secret } = await bench.settled();
    await expect(bench.accounts.invite(userId, newLink().hash, byCommand)).rejects.toMatchObject({
      code: "account_set_up",
    });
    const link = newLink();
    await bench.accounts.reset(userId, link.hash, byCommand);
    expect(await bench.sessions.find(secret)).toBeNull();
    expect(await bench.door.withPassword({ email, password: goodPassword, from })).toEqual({
      kind: "refused",
    });
    expect(await bench.accounts.find({ email })).toMatchObject({
      hasPassword: false,
      hasSecondFactor: false,
    });
    expect(await query("select from housekeeping.recovery_code where user_id = $1", userId)).toEqual([]);
    expect((await bench.door.accept(link.secret, "ystafell haul gwanwyn", from)).kind).toBe("enrol");
  });

  it("that has ended opens nothing, holds nothing, and leaves its address free", async () => {
    const { userId, email, secret } = await bench.settled();
    await bench.accounts.end(userId, byCommand);
    expect(await bench.sessions.find(secret)).toBeNull();
    expect(await bench.door.withPassword({ email, password: goodPassword, from })).toEqual({
      kind: "refused",
    });
    expect(await bench.accounts.find({ email })).toBeNull();
    expect(await bench.accounts.find({ id: userId })).toMatchObject({
      grants: [],
      endedAt: expect.any(Date),
    });
    await expect(bench.accounts.end(userId, byCommand)).rejects.toMatchObject({ code: "account_missing" });
    await expect(bench.accounts.grant(userId, grantOf(), byCommand)).rejects.toMatchObject({
      code: "account_missing",
    });
    await bench.invite({ email });
    const listed = (await bench.accounts.list({ ended: false })).filter((one) => one.email === email);
    expect(listed).toHaveLength(1);
    expect((await bench.accounts.list({ ended: true })).filter((one) => one.email === email)).toHaveLength(2);
  });

  it("is never waited for in a circle: everything at once ends", async () => {
    const { userId, email, app, link } = await bench.settled();
    const half = await bench.door.withPassword({ email, password: goodPassword, from });
    if (half.kind !== "code") throw new Error(half.kind);
    const read = (await bench.door.half(half.secret))!;
    const done = await Promise.allSettled([
      bench.door.withCode(read, bench.nextCode(app), from),
      bench.accounts.grant(userId, grantOf({ role: "coordinator" }), byCommand),
      bench.accounts.reset(userId, newLink().hash, byCommand),
      bench.door.accept(link, goodPassword, from),
      bench.sessions.endAll(userId, "ended", byCommand),
      bench.accounts.revoke(userId, grantOf(), byCommand),
    ]);
    const failed = done.filter(({ status }) => status === "rejected");
    expect(failed).toEqual([]);
  });
});

describe("a link that signs in by itself", () => {
  it("is refused outside of rehearsals", async () => {
    const { userId } = await bench.invite();
    await expect(bench.accounts.makeSignInLink(userId, newLink().hash)).rejects.toMatchObject({
      code: "not_a_rehearsal",
    });
    // Not even one that found its way into the table opens anything.
    const { secret, hash } = newLink();
    await query(
      "insert into housekeeping.sign_in_link (sha256, user_id, expires_at) values ($1, $2, $3)",
      ...[hash.sha256, userId, hash.expiresAt],
    );
    expect(await bench.door.withLink(secret, from)).toEqual({ kind: "over" });
  });

  it("signs in once, within the hour", async () => {
    const rehearsal = await createTestDatabase();
    try {
      await rehearsal.pool.query("create table housekeeping.rehearsal (marked_at timestamptz)");
      const there = signInBench(rehearsal.pool);
      const { userId } = await there.invite();
      const [link, late] = [newLink(), newLink()];
      await there.accounts.makeSignInLink(userId, link.hash);
      await there.accounts.makeSignInLink(userId, { ...late.hash, expiresAt: systemClock.now() });
      expect(link.hash.expiresAt.getTime() - systemClock.now().getTime()).toBeLessThanOrEqual(3_600_000);
      const opened = await there.door.withLink(link.secret, from);
      if (opened.kind !== "open") throw new Error(opened.kind);
      expect(await there.sessions.find(opened.secret)).toMatchObject({ userId });
      expect(await there.door.withLink(link.secret, from)).toEqual({ kind: "over" });
      expect(await there.door.withLink(late.secret, from)).toEqual({ kind: "over" });
    } finally {
      await rehearsal.drop();
    }
  });
});
