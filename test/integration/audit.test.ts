/** The audit: what it takes, that it is only ever added to, and what `hearback verify` sees of one that was meddled with. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import type { AuditEntry } from "#access/audit.ts";
import { openDatabase } from "#open-database.ts";
import { auditCsv, auditHead, auditPage, auditRecords, writeAudit } from "#postgres/audit-log.ts";
import { inTransaction } from "#postgres/transaction.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { hearback } from "../unit/cli/run-command.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const entry = (different: Partial<AuditEntry> = {}): AuditEntry => ({
  who: { kind: "user", id: "u-1", name: "Morgan Ward" },
  action: "listen",
  subject: { kind: "story", id: "s-1" },
  trust: "RX1",
  reason: null,
  details: {},
  ...different,
});
const write = (different: Partial<AuditEntry> = {}) =>
  inTransaction(database.pool, (tx) => writeAudit(tx, entry(different)));
const all = async () => Array.fromAsync(auditRecords(database.pool, {}));

/** As the tables' owner could, who takes the trigger away first. */
const meddle = async (sql: string) => {
  await database.pool.query(`alter table housekeeping.audit_entry disable trigger user; ${sql};
    alter table housekeeping.audit_entry enable trigger user`);
};

beforeEach(() => meddle("truncate housekeeping.audit_entry"));

async function verify(...more: string[]) {
  const env = { HEARBACK_DATABASE_URL: database.url };
  const ran = await hearback(["verify", "--json", "--database-only", ...more], {
    env,
    services: { openDatabase },
  });
  const told = JSON.parse(ran.stdout) as {
    broken: { name: string; rows: { id: string; what: string }[] }[];
    auditHead: string | null;
  };
  return { ...told, rows: told.broken.flatMap(({ name, rows }) => (name === "audit" ? rows : [])) };
}

describe("an entry", () => {
  it("comes back as it was written, hostile text and all", async () => {
    const hostile = entry({
      who: { kind: "user", id: 'a"b', name: "=cmd|' /C calc'!A0 \u2028 \u{1f4de} é" },
      reason: "-1:5:x\n\t\"quoted\" \\ {} 'x'",
      details: { rows: 3, format: "csv", dryRun: false, from: null },
    });
    await inTransaction(database.pool, (tx) => writeAudit(tx, hostile));
    await write({ subject: null, trust: null });
    const [first, second] = await all();
    expect(first).toMatchObject({ ...hostile, n: 1 });
    expect(second).toMatchObject({ subject: null, trust: null, n: 2 });
    expect((await verify()).rows).toEqual([]);
  });

  it("is not there where its act came to nothing", async () => {
    await write();
    const failed = inTransaction(database.pool, async (tx) => {
      await writeAudit(tx, entry());
      throw new Error("after all");
    });
    await expect(failed).rejects.toThrow("after all");
    await write();
    expect((await all()).map(({ n }) => n)).toEqual([1, 2]);
  });

  it.each<[string, object]>([
    ["a field that is not listed", { details: { givenName: "x" } }],
    ["an action that is not listed", { action: "peek" }],
    ["a telephone number", { details: { label: "ring 07700 900123" } }],
    ["a telephone number abroad", { details: { label: "+447700900123" } }],
    ["a whole text", { details: { label: "x".repeat(301) } }],
  ])("is refused with %s, and its act with it", async (_, different) => {
    const act = inTransaction(database.pool, async (tx) => {
      await tx.query("insert into housekeeping.instance (owner, alive_until) values ('refused', now())");
      await writeAudit(tx, entry(different as Partial<AuditEntry>));
    });
    await expect(act).rejects.toMatchObject({ code: "audit_refused" });
    const { rowCount } = await database.pool.query(
      "select from housekeeping.instance where owner = 'refused'",
    );
    expect(rowCount).toBe(0);
  });

  it("takes an id that only has many digits", async () => {
    await write({ details: { storyId: "01932b4c-0123-7456-8901-012345678901" } });
    expect(await all()).toHaveLength(1);
  });

  it.each([
    "update housekeeping.audit_entry set reason = 'x'",
    "delete from housekeeping.audit_entry",
    "truncate housekeeping.audit_entry",
  ])("cannot be changed by its owner either: %s", async (sql) => {
    await write();
    await expect(database.pool.query(sql)).rejects.toThrow("only ever added to");
  });

  it("is written in read committed only", async () => {
    const act = inTransaction(database.pool, async (tx) => {
      await tx.query("set transaction isolation level repeatable read");
      await writeAudit(tx, entry());
    });
    await expect(act).rejects.toThrow("read committed");
  });
});

describe("of a meddled audit, verify names", () => {
  const forge = (n: number) => `insert into housekeeping.audit_entry
    select ${n}, at, who_kind, who_id, who_name, action, subject_kind, subject_id, trust, reason, details, hash
    from housekeeping.audit_entry where n = 2`;
  beforeEach(async () => {
    for (let count = 0; count < 6; count += 1) await write({ subject: { kind: "story", id: `s-${count}` } });
  });

  it.each([
    ["a changed row", "update housekeeping.audit_entry set who_id = 'u-2' where n = 3", "3", /changed/],
    [
      "a changed time",
      "update housekeeping.audit_entry set at = at - interval '1 us' where n = 3",
      "3",
      /ch/,
    ],
    ["a removed row", "delete from housekeeping.audit_entry where n = 3", "4", /1 rows before it are gone/],
    ["the first row gone", "delete from housekeeping.audit_entry where n = 1", "2", /1 rows before it/],
    ["a row put in at the end", forge(7), "7", /does not follow/],
    [
      "two rows that changed places",
      `update housekeeping.audit_entry set n = 100 where n = 3; update housekeeping.audit_entry set n = 3 where n = 4;
       update housekeeping.audit_entry set n = 4 where n = 100`,
      "3",
      /moved/,
    ],
    [
      "a row taken out and the others moved up",
      "delete from housekeeping.audit_entry where n = 3; update housekeeping.audit_entry set n = n - 1 where n > 3",
      "3",
      /moved/,
    ],
    [
      "words moved from one field to the next",
      "update housekeeping.audit_entry set subject_id = 's', reason = '-3' where n = 4",
      "4",
      /changed/,
    ],
  ])("%s", async (_, sql, id, what) => {
    await meddle(sql);
    const { rows } = await verify();
    expect(rows[0]).toEqual({ id, what: expect.stringMatching(what) });
  });

  test("an end that was cut off, where it was noted", async () => {
    const { auditHead: noted, rows } = await verify();
    expect(rows).toEqual([]);
    expect(noted).toBe(`6:${(await auditHead(database.pool))!.hash}`);
    await write();
    expect((await verify("--audit-head", noted!)).rows).toEqual([]);
    await meddle("delete from housekeeping.audit_entry where n > 4");
    expect((await verify()).rows).toEqual([]);
    expect((await verify("--audit-head", noted!)).rows).toEqual([
      { id: "6", what: "it was noted, and is gone: the audit ends at 4" },
    ]);
    await write();
    await write();
    expect((await verify("--audit-head", noted!)).rows).toEqual([
      { id: "6", what: expect.stringContaining("not what was noted") },
    ]);
  });
});

describe("many writers", () => {
  it("leave one chain, whatever fails among them", async () => {
    const begun = performance.now();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 300 }, (_, index) =>
        inTransaction(database.pool, async (tx) => {
          await writeAudit(tx, entry({ subject: { kind: "story", id: `s-${index}` } }));
          if (index % 7 === 0) throw new Error("after all");
        }),
      ),
    );
    const kept = outcomes.filter(({ status }) => status === "fulfilled").length;
    const seconds = (performance.now() - begun) / 1000;
    console.log(`audit: ${Math.round(kept / seconds)} entries a second by 10 writers at once, no fsync`);
    expect(kept).toBe(257);
    expect((await all()).map(({ n }) => n)).toEqual(Array.from({ length: kept }, (_, index) => index + 1));
    expect((await verify()).rows).toEqual([]);
  });
});

describe("a reader", () => {
  it("filters, and pages from the newest", async () => {
    for (let count = 0; count < 5; count += 1) await write({ subject: { kind: "story", id: `s-${count}` } });
    await write({ who: { kind: "token", id: "t-1", name: "warehouse" }, action: "export", trust: "RX2" });
    const { pool } = database;
    const first = await auditPage(pool, {}, { before: null, limit: 4 });
    expect(first.items.map(({ n }) => n)).toEqual([6, 5, 4, 3]);
    const second = await auditPage(pool, {}, { before: first.next, limit: 4 });
    expect(second).toMatchObject({ items: [{ n: 2 }, { n: 1 }], next: null });
    const found = async (filter: Parameters<typeof auditPage>[1]) =>
      (await auditPage(pool, filter, { before: null, limit: 50 })).items.map(({ n }) => n);
    expect(await found({ whoId: "t-1" })).toEqual([6]);
    expect(await found({ actions: ["export", "listen"], trust: "RX1" })).toHaveLength(5);
    expect(await found({ subject: { kind: "story", id: "s-3" } })).toEqual([4]);
    await meddle(
      "update housekeeping.audit_entry set at = timestamptz '2026-05-01 00:00Z' + make_interval(hours => n::int)",
    );
    const at = new Date("2026-05-01T03:00:00Z");
    expect(await found({ from: at })).toEqual([6, 5, 4, 3]);
    expect(await found({ until: at })).toEqual([2, 1]);
  });

  it("exports CSV that no spreadsheet runs", async () => {
    await write({ reason: '=HYPERLINK("http://x")', details: { rows: 2 } });
    const lines = await Array.fromAsync(auditCsv(database.pool, {}));
    expect(lines[0]).toMatch(/^"n","at","who_kind"/);
    expect(lines[1]).toContain(`"'=HYPERLINK(""http://x"")"`);
    expect(lines[1]).toContain(`"{""rows"":2}"`);
  });
});
