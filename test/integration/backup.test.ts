/** The drill: a database and its stories written out, put back elsewhere, and compared row by row, byte by byte. */
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { linesOf, readManifest, tableFile } from "#backup/manifest.ts";
import { writeBackup } from "#backup/write-backup.ts";
import { systemClock } from "#lib/clock.ts";
import { newId } from "#lib/ids.ts";
import { writeAudit } from "#postgres/audit-log.ts";
import { queueKeepStory } from "#postgres/jobs.ts";
import { listTables } from "#postgres/table-copy.ts";
import { inTransaction } from "#postgres/transaction.ts";
import { createCiphers } from "#storage/ciphers.ts";
import { createLocalStore } from "#storage/local-disk.ts";
import { openStoryFolder } from "#story-folder.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { begin, ciphers, dialled, visit } from "../support/survey.ts";
import { hearback } from "../unit/cli/run-command.ts";

const folder = mkdtempSync(join(tmpdir(), "hearback-backup-"));
const at = (name: string) => join(folder, name);
const key = Buffer.alloc(32, 7).toString("hex");
const open: TestDatabase[] = [];
let hospital: TestDatabase;

/** Stories under a master key of their own. */
const masterKey = Buffer.alloc(32, 8);
const keys = { dataKey: Buffer.from(key, "hex"), masterKey, oldMasterKeys: [] };
const audioOf = (index: number): Buffer => Buffer.alloc(5_000 + index, index);

async function newDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const database = await createTestDatabase(options);
  open.push(database);
  return database;
}

/** With everything that is hard to carry: bytes, ranges, fractions, JSON, and words with odd characters. */
async function fill({ pool }: TestDatabase): Promise<void> {
  const { disk, storeOn } = await openStoryFolder({ ...keys, storyFolder: at("stories") });
  for (let index = 0; index < 3; index++) {
    const extra = { note: 'say "hello"\n\u2028 \\N, \u0000'.replace("\u0000", "") };
    const { attempt } = await dialled(pool, visit({ givenName: "Zoë", ward: "O'Neill \u2028 ward", extra }));
    const call = await begin(pool, attempt);
    const story = newId();
    await inTransaction(pool, (tx) =>
      writeAudit(tx, {
        ...{
          who: { kind: "user", id: "u-1", name: "Zoë" },
          action: "listen",
          trust: "T",
          reason: "\u2028 \n",
        },
        ...{ subject: { kind: "story", id: story }, details: { fromMs: 0.1 + index, format: "wav" } },
      }),
    );
    await pool.query(
      "insert into story (id, call_id, visit_id, trust, unit, take, state) values ($1, $2, $3, 'T', 'U', 1, 'kept')",
      [story, call, attempt.visitId],
    );
    // The last as versions of before kept it: in plain.
    const store = index < 2 ? storeOn(pool) : disk;
    const { uri, sha256, bytes } = await store.put(`${story}.wav`, audioOf(index));
    await pool.query("update story set audio = 'stored', uri = $2, sha256 = $3, bytes = $4 where id = $1", [
      ...[story, uri, sha256, bytes],
    ]);
    await queueKeepStory(pool, call);
  }
  // A worker was at it when the backup was made.
  await pool.query(
    "update graphile_worker._private_jobs set locked_by = 'worker-1', locked_at = now() where id = 1",
  );
}

beforeAll(async () => {
  hospital = await newDatabase();
  await fill(hospital);
});
afterAll(async () => {
  for (const database of open) await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const run = (args: string[], database: TestDatabase, more: Record<string, string> = {}) =>
  hearback(args, {
    env: {
      HEARBACK_DATABASE_URL: database.ownerUrl,
      HEARBACK_DATA_KEY: key,
      HEARBACK_MASTER_KEY: masterKey.toString("hex"),
      HEARBACK_STORY_FOLDER: at("elsewhere"),
      ...more,
    },
  });

async function countsOf(pool: Pool): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { name } of await listTables(pool)) {
    const { rows } = await pool.query<{ count: number }>(`select count(*)::int as count from ${name}`);
    counts[name] = rows[0]!.count;
  }
  return counts;
}

const hashOf = async (pool: Pool, sql: string): Promise<string> =>
  (
    await pool.query<{ hash: string }>(
      `select md5(string_agg(t::text, e'\\n' order by t::text)) as hash from (${sql}) t`,
    )
  ).rows[0]!.hash;

describe("hearback backup and restore", () => {
  test("everything comes back into an empty database and folder, and is the same", async () => {
    const made = await run(["backup", at("first")], hospital);
    expect(made.stderr).toContain("3 stories copied");
    expect(made.status).toBe(0);
    expect(statSync(at("first")).mode & 0o777).toBe(0o700);
    expect(statSync(join(at("first"), "manifest.json")).mode & 0o777).toBe(0o600);

    const empty = await newDatabase({ empty: true });
    const restored = await run(["restore", at("first")], empty);
    expect(restored.stderr).toContain("3 stories put back, each read again");
    expect(restored.stdout).toMatch(/^Restored as of .*: \d+ rows, 3 stories, all equal\./);
    expect(restored.stdout).toContain("3 campaigns that were running are paused");
    expect(restored.status).toBe(0);

    expect(await countsOf(empty.pool)).toEqual(await countsOf(hospital.pool));
    for (const sql of [
      ...[
        "visit",
        "attempt",
        "call",
        "permitted_span",
        "housekeeping.data_key_proof",
        "housekeeping.audit_entry",
      ].map((name) => `select * from ${name}`),
      "select id, call_id, sha256, bytes, created_at from story",
      "select * from story_key",
      "select id, name, settings, created_at from campaign",
      "select id, payload::text, key, run_at, attempts, created_at from graphile_worker._private_jobs",
    ])
      expect(await hashOf(empty.pool, sql), sql).toBe(await hashOf(hospital.pool, sql));
    const { stdout } = await run(["verify", "--database-only"], empty);
    expect(stdout).toMatch(/^ok +audit .*$/m);
    expect(stdout).toMatch(/^The audit ends at 4:[0-9a-f]{64}$/m);
  });

  test("stories lie where the new settings say, byte for byte, and their rows know it", async () => {
    const [, restored] = open;
    const { rows } = await restored!.pool.query<{ uri: string; id: string }>(
      "select id, uri from story order by id",
    );
    for (const { uri } of rows) {
      expect(fileURLToPath(uri)).toContain(at("elsewhere"));
      const original = await createLocalStore(at("stories"));
      expect(readFileSync(fileURLToPath(uri))).toEqual(await original.read(basename(fileURLToPath(uri))));
    }
    const { storeOn } = await openStoryFolder({ ...keys, storyFolder: at("elsewhere") });
    const opened = await Promise.all(rows.map(({ id }) => storeOn(restored!.pool).read(`${id}.wav`)));
    const lengths = opened.map((bytes) => bytes.length - 5_000).toSorted();
    expect(lengths, "each opens with the keys that came back").toEqual([0, 1, 2]);
  });

  test("numbers can be read again, rules hold again, and the counters go on", async () => {
    const { pool } = open[1]!;
    const { rows } = await pool.query<{ phone_enc: Buffer }>("select phone_enc from visit");
    for (const row of rows) expect(ciphers.decrypt("phone", row.phone_enc)).toMatch(/^\+447700900\d{3}$/);
    await expect(pool.query("delete from campaign")).rejects.toThrow(/violates foreign key/);
    const before = await pool.query("select updated_at from campaign limit 1");
    await pool.query("update campaign set name = name");
    const after = await pool.query("select updated_at from campaign limit 1");
    expect(after.rows[0].updated_at).not.toEqual(before.rows[0].updated_at);
    const { rows: jobs } = await pool.query(
      "select locked_by from graphile_worker._private_jobs order by id",
    );
    expect(jobs).toEqual([{ locked_by: null }, { locked_by: null }, { locked_by: null }]);
    await queueKeepStory(pool, newId());
  });

  test("a wrong key is refused, for the backup and for the restoring, and nothing is written", async () => {
    const wrong = { HEARBACK_DATA_KEY: "cd".repeat(32) };
    const early = await run(["backup", at("wrong")], hospital, wrong);
    expect(early.stderr).toContain("is not the key that this database was written with");
    const empty = await newDatabase({ empty: true });
    const { status, stderr } = await run(["restore", at("first")], empty, wrong);
    expect(stderr).toContain("HEARBACK_DATA_KEY is not the key of this backup: nothing was written");
    expect(status).toBe(1);
    const other = await run(["restore", at("first")], empty, { HEARBACK_MASTER_KEY: "cd".repeat(32) });
    expect(other.stderr).toMatch(/need the master key file:[0-9a-f]{16}: nothing was written/);
    expect(other.status).toBe(1);
    const { rows } = await empty.pool.query("select from pg_tables where schemaname = 'public'");
    expect(rows).toEqual([]);
  });

  test("a database that holds something is not written to", async () => {
    const { status, stderr } = await run(["restore", at("first")], hospital);
    expect(stderr).toContain("The database holds rows already");
    expect(status).toBe(1);
  });

  test.each([
    ["a row", () => appendFileSync(tableFile(at("first"), "public.visit"), "{}\n")],
    [
      "a story",
      () => writeFileSync(join(at("first/stories"), readdirSync(at("first/stories"))[0]!), "other"),
    ],
    ["all of it", () => rmSync(join(at("first"), "manifest.json"))],
  ])("a backup of which %s was changed is not restored", async (_, change) => {
    await run(["backup", at("fresh")], hospital);
    rmSync(at("first"), { recursive: true });
    await run(["backup", at("first")], hospital);
    rmSync(at("fresh"), { recursive: true });
    change();
    const empty = await newDatabase({ empty: true });
    const { status, stderr } = await run(["restore", at("first")], empty);
    expect(stderr).toMatch(/is not as it was written|holds no finished backup/);
    expect(status).toBe(1);
  });

  test("a folder that is in use is not written into, and missing audio is told by its name", async () => {
    const again = await run(["backup", at("stories")], hospital);
    expect(again.stderr).toContain("is not empty");
    const [first] = (await hospital.pool.query<{ uri: string }>("select uri from story order by id limit 1"))
      .rows;
    rmSync(fileURLToPath(first!.uri));
    const { status, stderr } = await run(["backup", at("second")], hospital);
    expect(stderr).toMatch(/^MISSING or damaged in the story folder: [0-9a-f-]+\.wav(\.sealed)?$/m);
    expect(status).toBe(1);
    expect(readManifest(at("second")).stories.length).toBe(2);
  });

  test("is of one moment, whatever is written meanwhile", async () => {
    const clock = { ...systemClock };
    const parts = { pool: hospital.pool, ciphers: createCiphers(Buffer.from(key, "hex")), clock };
    const writing = writeBackup({ ...parts, progress: () => {} }, at("third"));
    await Promise.all(Array.from({ length: 5 }, () => dialled(hospital.pool)));
    const { manifest } = await writing;
    const visits = await Array.fromAsync(linesOf(tableFile(at("third"), "public.visit")));
    const attempts = await Array.fromAsync(linesOf(tableFile(at("third"), "public.attempt")));
    const ids = new Set(visits.map((line) => JSON.parse(line).id));
    expect(attempts.filter((line) => !ids.has(JSON.parse(line).visit_id))).toEqual([]);
    expect(manifest.tables.find(({ name }) => name === "public.visit")?.rows).toBe(visits.length);
  });
});
