/** What staff ask and decide about single visits: why, visit, promises, opt-out. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "#open-database.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { dialled, dramaNumber, ending, newLedger, runningCampaign, visit } from "../support/survey.ts";
import { hearback as run } from "../unit/cli/run-command.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const hearback = (...args: string[]) =>
  run(args, {
    env: { HEARBACK_DATABASE_URL: database.url, HEARBACK_DATA_KEY: "07".repeat(32) },
    services: { openDatabase },
  });

describe("hearback why", () => {
  it("tells an attempt that was not answered, what it came to, and when it goes on", async () => {
    const { attempt, campaign, ledger } = await dialled(database.pool, visit({ visitRef: "W1" }));
    await ledger.ringing(attempt.id);
    const at = new Date(Date.now() + 4 * 3_600_000);
    await ledger.end(
      attempt,
      ending({ disposition: "no_answer", cause: 19, sipCode: 480, follows: { kind: "retry", at } }),
    );
    const { status, stdout } = await hearback("why", "W1");
    expect(status).toBe(0);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => line.replace(/^ +\w{3}, .{21,23} {2}/, ""));
    expect(lines[0]).toBe(`Visit W1 of the campaign "${campaign.name}": due`);
    expect(lines).toContain("imported: to be called");
    expect(lines).toContain("attempt 1, the first call: dialled");
    expect(lines).toContain("it rings");
    expect(lines).toContain("ended: no answer (SIP 480, cause 19); it counts");
    expect(lines.some((line) => line.startsWith("to be called, not before "))).toBe(true);
    expect(lines.at(-1)).toMatch(/The next call is not before /);
    expect(JSON.parse((await hearback("why", "W1", "--json")).stdout)[0].attempts).toHaveLength(1);
  });

  it("tells by what an outcome that nobody saw was found", async () => {
    const { attempt, ledger } = await dialled(database.pool, visit({ visitRef: "W9" }));
    await ledger.end(attempt, ending({ disposition: "unknown" }));
    const why = async () => (await hearback("why", "W9")).stdout;
    expect(await why()).toContain("nobody can say yet what became of the call");
    const found = (state: string, disposition: string, evidence: string, counts = true) =>
      database.pool.query(
        "update attempt set state = $2, disposition = $3, evidence = $4, counts = $5 where id = $1",
        [attempt.id, state, disposition, evidence, counts],
      );
    await found("unknown", "unknown", "none");
    expect(await why()).toContain("nobody will ever know what became of the call");
    await found("ended", "busy", "cel-hangup");
    expect(await why()).toContain("cause 16), as Asterisk's event log shows; it counts");
    await found("ended", "pending", "cel-absent", false);
    expect(await why()).toContain("was never dialled, as Asterisk's event log proves; it does not count");
  });

  it("says who held, released and withdrew a visit, and that it is over", async () => {
    await runningCampaign(database.pool, [visit({ visitRef: "W2" })]);
    expect((await hearback("visit", "hold", "W2", "--by", "m.ward")).stdout).toContain("is held");
    expect((await hearback("why", "W2")).stdout).toMatch(/held by m\.ward: not called until it is released/);
    expect((await hearback("visit", "release", "W2", "--by", "m.ward")).status).toBe(0);
    expect((await hearback("visit", "withdraw", "W2", "--by", "a.matron")).status).toBe(0);
    const { stdout } = await hearback("why", "W2");
    expect(stdout).toMatch(/withdrawn by a\.matron: never called\n {2}It is never called\.\n$/);
    const late = await hearback("visit", "hold", "W2");
    expect(late.status).toBe(1);
    expect(late.stderr).toContain("is withdrawn and cannot become held");
  });

  it("asks which campaign is meant, and names a visit that is not there", async () => {
    const one = await runningCampaign(database.pool, [visit({ visitRef: "W3" })]);
    const other = await runningCampaign(database.pool, [visit({ visitRef: "W3" })]);
    const { status, stderr } = await hearback("visit", "hold", "W3");
    expect(status).toBe(1);
    expect(stderr).toContain(`say --campaign, one of "${one.name}", "${other.name}"`);
    expect((await hearback("visit", "hold", "W3", "--campaign", other.name)).status).toBe(0);
    expect((await hearback("why", "nobody")).stderr).toContain('There is no visit "nobody".');
  });

  it("does not stop a call that rings", async () => {
    await dialled(database.pool, visit({ visitRef: "W4" }));
    const { status, stderr } = await hearback("visit", "withdraw", "W4");
    expect(status).toBe(1);
    expect(stderr).toContain("just now: ask again when the call has ended");
  });
});

describe("hearback promises", () => {
  it("lists what is due and what is late, and asks for a look by its exit status", async () => {
    expect((await hearback("promises")).stdout).toContain("Nothing is promised");
    await runningCampaign(database.pool, [visit({ visitRef: "P1" })]);
    await promise("P1", "-12 minutes");
    const late = await hearback("promises");
    expect(late.stdout).toMatch(/P1 \(.*\) +LATE by 12 min/);
    expect(late.status).toBe(1);
    await database.pool.query("update callback set due = clock_timestamp() + interval '90 minutes'");
    const due = await hearback("promises");
    expect(due.stdout).toMatch(/P1 \(.*\) +due in 90 min/);
    expect(due.status).toBe(0);
  });
});

/** As a call would have left it. */
const promise = (ref: string, due: string) =>
  database.pool.query(
    `with a as (
       insert into attempt (id, visit_id, campaign_id, trust, unit, number, reason, again, state, channel_id, owner,
         phone_hmac, dialed_at, ended_at, disposition, counts)
       select i.id, v.id, v.campaign_id, v.trust, v.unit, 1, 'first', false, 'ended', 'hb-' || i.id, 'test', v.phone_hmac,
         now(), now(), 'callback', true from visit v, (select housekeeping.new_id() as id) i where v.visit_ref = $1
       returning *),
     k as (
       insert into call (id, attempt_id, visit_id, trust, unit, flow, flow_version, answered_at, flow_state)
       select a.id, a.id, a.visit_id, a.trust, a.unit, 'fft', '', now(), '{}' from a returning *)
     insert into callback (visit_id, call_id, trust, unit, due)
     select k.visit_id, k.id, k.trust, k.unit, clock_timestamp() + $2::interval from k`,
    [ref, due],
  );

describe("hearback opt-out", () => {
  it("keeps a number from being rung, lists it without the number, and takes a mistake back", async () => {
    const phone = dramaNumber(640);
    const campaign = await runningCampaign(database.pool, [visit({ visitRef: "O1", phone })]);
    expect((await hearback("opt-out", "add", "--phone", phone)).stdout).toBe(
      "This number is not rung from now on.\n",
    );
    expect((await hearback("opt-out", "add", "--phone", phone)).stdout).toContain("was not rung already");
    expect(await newLedger(database.pool).claim(campaign, 5)).toEqual([]);
    const { stdout } = await hearback("opt-out", "list");
    expect(stdout).toMatch(/number +staff/);
    expect(stdout).not.toContain(phone.slice(-6));
    expect((await hearback("why", "O1")).stdout).toContain(
      "this number is not to be called any more, by staff",
    );
    const id = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(stdout)![0];
    expect((await hearback("opt-out", "withdraw", id)).status).toBe(0);
    expect((await hearback("opt-out", "list")).stdout).toBe("Nobody has opted out yet.\n");
  });

  it.each([
    [["--phone", "0909 8790000"], "--phone:"],
    [["--nhs-number", "123"], "no NHS number"],
    [[], "needs one of --phone and --nhs-number"],
  ])("refuses %j and repeats no number", async (args, told) => {
    const { status, stderr } = await hearback("opt-out", "add", ...args);
    expect(status).toBe(2);
    expect(stderr).toContain(told);
    expect(stderr).not.toMatch(/8790000|123/);
  });
});

describe("hearback stop-all", () => {
  it("lets no call begin, keeps the first reason, and is undone", async () => {
    const campaign = await runningCampaign(database.pool, [
      visit({ visitRef: "S1" }),
      visit({ visitRef: "S2" }),
    ]);
    const ledger = newLedger(database.pool);
    const [claimed] = await ledger.claim(campaign, 1);
    const stopped = await hearback("stop-all", "--because", "wrong hospital's name", "--by", "t.coms");
    expect(stopped.stdout).toMatch(
      /No call begins any more, anywhere: stopped by t\.coms, .*: wrong hospital's name\./,
    );
    expect(await ledger.claim(campaign, 5)).toEqual([]);
    expect(await ledger.commitToRing(claimed!, campaign, "asterisk")).toEqual({
      kind: "refused",
      because: "stopped-by-staff",
    });
    expect((await hearback("stop-all", "--because", "again")).stdout).toContain("wrong hospital's name");
    expect((await hearback("why", "S2")).stdout).toContain(
      "all calls are stopped (wrong hospital's name, by t.coms)",
    );
    expect((await hearback("resume-all")).stdout).toMatch(/Calls may begin again \(stopped by t\.coms/);
    expect((await hearback("resume-all")).stdout).toBe("Nothing was stopped.\n");
    expect(await ledger.claim(campaign, 5)).toHaveLength(2);
  });
});
