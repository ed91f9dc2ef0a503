import type { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImportedVisit } from "#campaign/ports.ts";
import { tellVisit } from "#campaign/tell-visit.ts";
import { newId, newName } from "#lib/ids.ts";
import { visitHistories } from "#postgres/visit-history.ts";
import { createVisitLists } from "#postgres/visits.ts";
import { createCiphers } from "#storage/ciphers.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  begin,
  ciphers,
  dialled,
  dramaNumber,
  ending,
  importVisits,
  newLedger,
  runningCampaign,
  visit,
} from "../support/survey.ts";

let db: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  db = await createTestDatabase();
  pool = db.pool;
});
afterAll(() => db.drop());

const query = async (sql: string, ...values: unknown[]) => (await pool.query(sql, values)).rows;
const count = async (campaignId: string) =>
  (await query("select count(*)::int as n from visit where campaign_id = $1", campaignId))[0].n;

const none = { added: 0, same: 0, stopped: 0, ringing: 0, differ: [] };

describe("an import", () => {
  it("adds what is new, and changes nothing the second time", async () => {
    const campaign = await runningCampaign(pool);
    const list = [visit(), visit(), visit()];
    expect(await importVisits(pool, campaign.id, list)).toEqual({ ...none, added: 3 });
    expect(await importVisits(pool, campaign.id, [...list, visit()])).toEqual({ ...none, added: 1, same: 3 });
    expect(await count(campaign.id)).toBe(4);
  });

  it("reports the lines of visits it has with other details, and leaves them as they are", async () => {
    const campaign = await runningCampaign(pool);
    await importVisits(pool, campaign.id, [
      visit({ visitRef: "A", phone: dramaNumber(1) }),
      visit({ visitRef: "B" }),
    ]);
    const changed = visit({ visitRef: "A", phone: dramaNumber(2), line: 42 });
    expect(await importVisits(pool, campaign.id, [changed, visit()])).toEqual({
      ...none,
      added: 1,
      differ: [42],
    });
    const [row] = await query(
      "select phone_enc from visit where campaign_id = $1 and visit_ref = 'A'",
      campaign.id,
    );
    expect(ciphers.decrypt("phone", row.phone_enc)).toBe(dramaNumber(1));
  });

  it("knows a visitRef that comes again later in the same import", async () => {
    const campaign = await runningCampaign(pool);
    const first = visit({ visitRef: "twice", phone: dramaNumber(3) });
    const outcomes = await createVisitLists(pool, ciphers).withImport(campaign.id, async (sink) => [
      await sink.addVisits([first]),
      await sink.addVisits([{ ...first, line: 8 }]),
      await sink.addVisits([visit({ visitRef: "twice", phone: dramaNumber(4), line: 9 })]),
    ]);
    expect(outcomes).toEqual([
      { ...none, added: 1 },
      { ...none, same: 1 },
      { ...none, differ: [9] },
    ]);
  });

  it("stops a visit of a row that could not be read whole", async () => {
    const campaign = await runningCampaign(pool);
    await importVisits(pool, campaign.id, [visit({ visitRef: "there", phone: dramaNumber(6) })]);
    const stop = { doNotCallReason: "deceased", visitStatus: null } as const;
    const outcome = await createVisitLists(pool, ciphers).withImport(campaign.id, (sink) =>
      sink.stopVisits([
        { visitRef: "there", ...stop },
        { visitRef: "elsewhere", ...stop },
      ]),
    );
    expect(outcome).toEqual({ stopped: 1, ringing: 0 });
    const { rows } = await pool.query(
      "select status, disposition, do_not_call_reason from visit where campaign_id = $1",
      [campaign.id],
    );
    expect(rows).toEqual([{ status: "done", disposition: "suppressed", do_not_call_reason: "deceased" }]);
  });

  it("that fails leaves nothing", async () => {
    const campaign = await runningCampaign(pool);
    const refused = createVisitLists(pool, ciphers).withImport(campaign.id, async (sink) => {
      await sink.addVisits([visit()]);
      throw new Error("line 3 is wrong");
    });
    await expect(refused).rejects.toThrow("line 3 is wrong");
    expect(await count(campaign.id)).toBe(0);
  });

  it("waits for another into the same campaign", async () => {
    const campaign = await runningCampaign(pool);
    const order: string[] = [];
    const lists = createVisitLists(pool, ciphers);
    const slow = lists.withImport(campaign.id, async (sink) => {
      order.push("first begins");
      await new Promise((resolve) => setTimeout(resolve, 100));
      await sink.addVisits([visit({ visitRef: "same" })]);
      order.push("first ends");
    });
    while (order.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await Promise.all([slow, lists.withImport(campaign.id, async () => void order.push("second"))]);
    expect(order).toEqual(["first begins", "first ends", "second"]);
  });

  it("into a campaign that is not there is refused", async () => {
    await expect(importVisits(pool, newId(), [visit()])).rejects.toMatchObject({ code: "campaign_missing" });
  });

  it("takes a visit that is not to be called as suppressed, and so never due", async () => {
    const campaign = await runningCampaign(pool);
    await importVisits(pool, campaign.id, [visit({ visitRef: "A", doNotCallReason: "deceased" })]);
    expect(await query("select status, disposition from visit where campaign_id = $1", campaign.id)).toEqual([
      { status: "done", disposition: "suppressed" },
    ]);
    expect(await newLedger(pool).claim(campaign, 10)).toEqual([]);
    await expect(
      query("update visit set status = 'due' where campaign_id = $1", campaign.id),
    ).rejects.toThrow(/check constraint/);
  });

  it("never brings back a number that has opted out", async () => {
    const campaign = await runningCampaign(pool);
    const phone = dramaNumber(977);
    await query(
      "insert into opt_out (trust, unit, scope, source, phone_hmac) values ('RXX', 'all', 'number', 'staff', $1)",
      ciphers.hash("phone", phone),
    );
    await importVisits(pool, campaign.id, [visit({ phone })]);
    expect(await query("select status, disposition from visit where campaign_id = $1", campaign.id)).toEqual([
      { status: "done", disposition: "suppressed" },
    ]);
  });

  it("keeps every detail, each under its own trust and unit", async () => {
    const campaign = await runningCampaign(pool);
    const details: Partial<ImportedVisit> = {
      trust: "RYY",
      site: "Main",
      ward: "Ward 7",
      service: "Surgery",
      language: "cy-GB",
      visitAt: new Date("2026-11-20T10:00:00Z"),
      givenName: "Zebedee",
      nhsNumber: "9434765919",
      extra: { consultant: "Xanthippe" },
    };
    await importVisits(pool, campaign.id, [visit(details), visit()]);
    const [row, plain] = await query("select * from visit where campaign_id = $1 order by id", campaign.id);
    expect(row).toMatchObject({
      trust: "RYY",
      unit: "Ward 7",
      site: "Main",
      service: "Surgery",
      language: "cy-GB",
    });
    expect(row.visit_at).toEqual(details.visitAt);
    expect(ciphers.decrypt("given-name", row.given_name_enc)).toBe("Zebedee");
    expect(ciphers.decrypt("nhs-number", row.nhs_number_enc)).toBe("9434765919");
    expect(JSON.parse(ciphers.decrypt("extra", row.extra_enc))).toEqual({ consultant: "Xanthippe" });
    expect(plain).toMatchObject({ trust: "RXX", unit: "all", given_name_enc: null, extra_enc: null });
  });
});

describe("a later list", () => {
  const again = (different: Partial<ImportedVisit>) =>
    visit({ visitRef: "A", content: JSON.stringify(different), ...different });
  const standing = async (campaignId: string) => {
    const columns = "status, disposition, do_not_call_reason as reason";
    return (
      await query(`select ${columns} from visit where campaign_id = $1 and visit_ref = 'A'`, campaignId)
    )[0];
  };
  const suppressed = { status: "done", disposition: "suppressed", reason: "deceased" };

  it.each([
    [{ doNotCallReason: "deceased" }, suppressed],
    [{ visitStatus: "withdrawn" }, { status: "withdrawn", disposition: "pending", reason: null }],
    [{ visitStatus: "held" }, { status: "held", disposition: "pending", reason: null }],
  ] as const)("stops a visit that is due: %o", async (wish, stands) => {
    const [before, row] = [visit({ visitRef: "A" }), again(wish)];
    const campaign = await runningCampaign(pool, [before]);
    expect(await importVisits(pool, campaign.id, [row])).toEqual({ ...none, stopped: 1 });
    expect(await standing(campaign.id)).toEqual(stands);
    expect(await newLedger(pool).claim(campaign, 10)).toEqual([]);
    // Neither that list again nor the earlier one changes anything.
    expect(await importVisits(pool, campaign.id, [row])).toEqual({ ...none, same: 1 });
    expect(await importVisits(pool, campaign.id, [before])).toEqual({ ...none, same: 1 });
    expect(await standing(campaign.id)).toEqual(stands);
  });

  it("stops all visits of a person of whom it says that they are dead, those that ring after that ring", async () => {
    const person = `nhs:${newName("person")}`;
    const of = { person, nhsNumber: "9990000018" };
    const claimed = await dialled(pool, visit(of));
    const waiting = await runningCampaign(pool, [visit({ ...of, visitRef: "A" })]);
    const elsewhere = await runningCampaign(pool, [visit({ ...of, visitRef: "A", trust: "RYY" })]);
    const list = await runningCampaign(pool, [visit({ visitRef: "B" })]);
    const row = visit({ ...of, doNotCallReason: "deceased" });
    expect(await importVisits(pool, list.id, [row])).toEqual({ ...none, added: 1 });
    expect(await standing(waiting.id)).toEqual(suppressed);
    expect((await standing(elsewhere.id)).reason).toBeNull();
    expect(await newLedger(pool).claim(elsewhere, 1)).toEqual([]);
    const retry = { kind: "retry", at: new Date(0) } as const;
    await claimed.ledger.end(claimed.attempt, ending({ disposition: "no_answer", follows: retry }));
    const left = "select status, do_not_call_reason as reason from visit where id = $1";
    expect(await query(left, claimed.attempt.visitId)).toEqual([{ status: "done", reason: "deceased" }]);
    await importVisits(pool, waiting.id, [visit({ ...of, visitRef: "C" })]);
    expect(await newLedger(pool).claim(waiting, 10)).toEqual([]);
    const told = tellVisit((await visitHistories(pool, "A", waiting.name))[0]!, {
      now: new Date(),
      say: String,
    });
    expect(told.join("\n")).toMatch(
      /this person is not to be called any more, by a list that says "deceased"/,
    );
    // Taken back by staff, it stays so when the list comes again.
    await query("update opt_out set revoked_at = now() where source = 'import' and because = 'deceased'");
    await importVisits(pool, list.id, [row]);
    await importVisits(pool, waiting.id, [visit({ ...of, visitRef: "D" })]);
    expect(await newLedger(pool).claim(waiting, 10)).toHaveLength(1);
  });

  it("stops a visit that is claimed and not dialled yet, so that it does not ring", async () => {
    const campaign = await runningCampaign(pool, [visit({ visitRef: "A" })]);
    const ledger = newLedger(pool);
    const [attempt] = await ledger.claim(campaign, 1);
    const stopped = await importVisits(pool, campaign.id, [again({ doNotCallReason: "deceased" })]);
    expect(stopped).toEqual({ ...none, stopped: 1 });
    expect(await ledger.commitToRing(attempt!, campaign, "asterisk")).toMatchObject({ kind: "refused" });
    expect(await standing(campaign.id)).toEqual(suppressed);
    const told = "select refused_because from attempt where id = $1";
    expect(await query(told, attempt!.id)).toEqual([{ refused_because: "do-not-call" }]);
  });

  it("never has a claimed visit both stopped at once and rung, however the two meet", async () => {
    for (let round = 0; round < 20; round += 1) {
      const campaign = await runningCampaign(pool, [visit({ visitRef: "A" })]);
      const ledger = newLedger(pool);
      const [attempt] = await ledger.claim(campaign, 1);
      const [commit, report] = await Promise.all([
        ledger.commitToRing(attempt!, campaign, "asterisk"),
        importVisits(pool, campaign.id, [again({ visitStatus: "withdrawn" })]),
      ]);
      expect(report).toEqual({ ...none, stopped: 1, ringing: commit.kind === "committed" ? 1 : 0 });
      if (commit.kind === "committed") await ledger.end(attempt!, ending());
    }
  });

  it.each([
    [{ doNotCallReason: "deceased" }, suppressed],
    [{ visitStatus: "withdrawn" }, { status: "withdrawn", disposition: "no_answer", reason: null }],
    [{ visitStatus: "held" }, { status: "held", disposition: "no_answer", reason: null }],
  ] as const)("says that the telephone rings, and has it the last ring: %o", async (wish, stands) => {
    const { attempt, campaign, ledger } = await dialled(pool, visit({ visitRef: "A" }));
    const stopped = { ...none, stopped: 1, ringing: 1 };
    expect(await importVisits(pool, campaign.id, [again(wish)])).toEqual(stopped);
    expect(await importVisits(pool, campaign.id, [again(wish)])).toEqual({ ...none, same: 1 });
    await ledger.end(
      attempt,
      ending({ disposition: "no_answer", follows: { kind: "retry", at: new Date(0) } }),
    );
    expect(await standing(campaign.id)).toEqual(stands);
    expect(await ledger.claim(campaign, 1)).toEqual([]);
  });

  it("takes a promise back with the visit, and leaves alone what is done", async () => {
    const { attempt, campaign, ledger } = await dialled(pool, visit({ visitRef: "A" }));
    await query(
      `insert into callback (visit_id, call_id, trust, unit, asked_at, due) values ($1, $2, 'RXX', 'all', now(), now())`,
      ...[attempt.visitId, await begin(pool, attempt)],
    );
    const follows = { kind: "callback", at: new Date(0), again: false } as const;
    await importVisits(pool, campaign.id, [again({ doNotCallReason: "deceased" })]);
    await ledger.end(attempt, ending({ disposition: "callback", follows }));
    expect(await query("select state from callback where visit_id = $1", attempt.visitId)).toEqual([
      { state: "withdrawn" },
    ]);
    const done = await dialled(pool, visit({ visitRef: "A" }));
    await done.ledger.end(done.attempt, ending());
    const report = await importVisits(pool, done.campaign.id, [again({ doNotCallReason: "deceased" })]);
    expect(report).toEqual({ ...none, same: 1 });
    expect(await standing(done.campaign.id)).toMatchObject({ status: "done", disposition: "completed" });
  });

  it("has new visits that are held or withdrawn from the first", async () => {
    const list = [again({ visitStatus: "held" }), visit({ visitRef: "B", visitStatus: "withdrawn" })];
    const campaign = await runningCampaign(pool, list);
    expect(await newLedger(pool).claim(campaign, 10)).toEqual([]);
    expect(await standing(campaign.id)).toMatchObject({ status: "held" });
  });
});

describe("personal details at rest", () => {
  it("are nowhere in the database in plain", async () => {
    const secrets = [dramaNumber(321), "Zebedee", "9434765919", "Xanthippe"];
    const [phone, givenName, nhsNumber, kept] = secrets;
    const details = { phone: phone!, person: nhsNumber!, givenName: givenName!, nhsNumber: nhsNumber! };
    const content = JSON.stringify(secrets);
    const campaign = await runningCampaign(pool, [
      visit({ ...details, extra: { consultant: kept! }, content }),
    ]);
    const ledger = newLedger(pool);
    const [attempt] = await ledger.claim(campaign, 1);
    await ledger.commitToRing(attempt!, campaign, "asterisk");
    const tables = await query(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const looked: string[] = [];
    for (const { name } of tables) {
      // bytea::text is hexadecimal: look for the bytes of the text as well as for the text. Six digits of a number are
      // found in hundreds of encrypted rows by chance now and then.
      for (const text of [...secrets, phone!.slice(1), phone!.slice(-8)]) {
        const hex = Buffer.from(text).toString("hex");
        const found = await query(
          `select from ${name} t where position($1 in t::text) > 0 or position($2 in t::text) > 0`,
          text,
          hex,
        );
        if (found.length > 0) looked.push(`${name} holds a secret`);
      }
    }
    expect(tables.length).toBeGreaterThan(11);
    expect(looked).toEqual([]);
  });

  it("can only be read with their key, for what they are, and unchanged", () => {
    const phone = dramaNumber(5);
    const secret = ciphers.encrypt("phone", phone);
    const wrong = { code: "cipher_failed" };
    expect(ciphers.decrypt("phone", secret)).toBe(phone);
    expect(ciphers.encrypt("phone", phone)).not.toEqual(secret);
    expect(() => createCiphers(Buffer.alloc(32, 8)).decrypt("phone", secret)).toThrow(
      expect.objectContaining(wrong),
    );
    expect(() => ciphers.decrypt("given-name", secret)).toThrow(expect.objectContaining(wrong));
    for (let at = 0; at < secret.length; at++) {
      const changed = Buffer.from(secret);
      changed[at] = changed[at]! ^ 1;
      expect(() => ciphers.decrypt("phone", changed)).toThrow(expect.objectContaining(wrong));
    }
    expect(() => ciphers.decrypt("phone", Buffer.alloc(0))).toThrow(expect.objectContaining(wrong));
    expect(() => createCiphers(Buffer.alloc(31))).toThrow(
      expect.objectContaining({ code: "cipher_key_length" }),
    );
  });

  it("are found by a hash that depends on the key and on what they are", () => {
    expect(ciphers.hash("phone", dramaNumber(5))).toEqual(ciphers.hash("phone", dramaNumber(5)));
    expect(ciphers.hash("phone", dramaNumber(5))).not.toEqual(ciphers.hash("person", dramaNumber(5)));
    const other = createCiphers(Buffer.alloc(32, 8));
    expect(ciphers.hash("phone", dramaNumber(5))).not.toEqual(other.hash("phone", dramaNumber(5)));
  });
});
