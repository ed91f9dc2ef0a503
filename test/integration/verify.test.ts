/** `hearback verify` on a history that is whole, and on one fault planted after another. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ClaimedAttempt } from "#campaign/ports.ts";
import { openDatabase } from "#open-database.ts";
import { createCallLog } from "#postgres/calls.ts";
import { proveKey } from "#postgres/data-key.ts";
import { createStoryRows } from "#postgres/stories.ts";
import { toALawWav } from "#recording/a-law-wav.ts";
import { openStoryFolder } from "#story-folder.ts";
import { invariants } from "#verify/invariants.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { begin, ciphers, dialled, ending, flowState, visit } from "../support/survey.ts";
import { hearback } from "../unit/cli/run-command.ts";

const phone = "+447700900123";
let database: TestDatabase;
let folder: string;
let attempt: ClaimedAttempt;
let callId: string;
let storyFile: string;

beforeEach(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(join(tmpdir(), "hearback-verify-"));
  await proveKey(database.pool, ciphers);
  await wholeHistory();
});
afterEach(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** One call to its end: a rating, a story that is kept, consent; and an opt-out. */
async function wholeHistory(): Promise<void> {
  const { pool } = database;
  const made = await dialled(pool, visit({ phone }));
  attempt = made.attempt;
  const log = createCallLog(pool);
  callId = await begin(pool, attempt);
  const press = (sequence: number, digit: string, step: string, state: object, effects: object[]) =>
    log.keep({
      ...{ callId, sequence, key: { digit, step, pressedAt: new Date() } },
      ...{ state: flowState(state), effects: effects as never },
    });
  await press(1, "1", "greeting", {}, []);
  const rated = { answers: { rating: 4 } };
  await press(2, "4", "question", rated, [{ kind: "answer", name: "rating", value: 4 }]);
  await log.partBegun({ callId, name: `${callId}-1-1`, take: 1, part: 1 });
  await log.partEnded({ name: `${callId}-1-1`, durationMs: 1000, speechMs: 900 });
  await press(3, "9", "thanks", rated, [{ kind: "opt-out" }]);
  await log.end({ id: callId, disposition: "partial", endedBy: "them", machine: null });
  await made.ledger.end(attempt, ending({ disposition: "partial" }));
  const rows = createStoryRows(pool, { transcribe: false });
  const [story] = await rows.ofCall(callId);
  const settings = { storyFolder: folder, dataKey: Buffer.alloc(32, 7), masterKey: null, oldMasterKeys: [] };
  const store = (await openStoryFolder(settings)).storeOn(pool);
  const bytes = toALawWav(Buffer.alloc(8_000, 0x55));
  const put = await store.put(`${story!.storyId}.wav`, bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  storyFile = fileURLToPath(put.uri);
  const part = { name: `${callId}-1-1`, startMs: 0, durationMs: 1000, sha256 };
  await rows.stored(story!.storyId, {
    ...put,
    durationMs: 1000,
    speechMs: 900,
    truncated: false,
    parts: [part],
  });
}

interface Told {
  checked: string[];
  broken: { name: string; broken: number; rows: { id: string; what: string }[] }[];
}

async function verify(...more: string[]): Promise<{ status: number; told: Told }> {
  const env = {
    HEARBACK_DATABASE_URL: database.url,
    HEARBACK_STORY_FOLDER: folder,
    HEARBACK_DATA_KEY: Buffer.alloc(32, 7).toString("hex"),
  };
  const ran = await hearback(["verify", "--json", ...more], { env, services: { openDatabase } });
  expect(ran.stderr).toBe("");
  return { status: ran.status, told: JSON.parse(ran.stdout) };
}

/** As a bug, or somebody at the database's own prompt, would: nothing is in the way. */
async function plant(sql: string): Promise<void> {
  const { pool } = database;
  await pool.query(`
    drop index attempt_one_open_a_visit, attempt_one_open_a_number, attempt_one_open_a_person, story_one_kept_a_call;
    alter table attempt disable trigger attempt_too_many;
    do $$ declare c record; begin
      for c in select conrelid::regclass as on_table, conname from pg_constraint
        where contype = 'c' and conrelid in ('attempt'::regclass, 'visit'::regclass, 'call'::regclass, 'story'::regclass,
          'recording'::regclass)
      loop execute format('alter table %s drop constraint %I', c.on_table, c.conname); end loop; end $$`);
  await pool.query(sql);
}

/** A second attempt at the visit, or at another with the same number, like the first but for these columns. */
const copyOfAttempt = (columns: Record<string, string>) => {
  const row: Record<string, string> = {
    ...{
      id: "gen_random_uuid()",
      visit_id: "visit_id",
      campaign_id: "campaign_id",
      trust: "trust",
      unit: "unit",
    },
    ...{
      number: "2",
      reason: "'retry'",
      again: "false",
      state: "'ended'",
      channel_id: "'hb-x'",
      owner: "owner",
    },
    ...{ phone_hmac: "phone_hmac", claimed_at: "claimed_at", dialed_at: "dialed_at", ended_at: "ended_at" },
    ...{ answered_at: "answered_at", disposition: "'no_answer'", counts: "false", permitted: "permitted" },
    ...columns,
  };
  return `insert into attempt (${Object.keys(row).join(", ")}) select ${Object.values(row).join(", ")} from attempt`;
};
const otherVisit = `insert into visit (id, campaign_id, trust, unit, visit_ref, content_hmac, phone_enc, phone_hmac, person_hmac,
  status, disposition) select '00000000-0000-4000-8000-000000000001', campaign_id, trust, unit, 'other', content_hmac,
  phone_enc, phone_hmac, person_hmac, 'done', 'no_answer' from visit;`;
const anHourLater = {
  dialed_at: "dialed_at + interval '1 hour'",
  ended_at: "ended_at + interval '1 hour'",
  answered_at: "null",
};

test("a whole history holds, and is told line by line", async () => {
  const { status, told } = await verify("--settled");
  expect(told.broken).toEqual([]);
  expect(status).toBe(0);
  expect(told.checked).toEqual([...invariants.map(({ name }) => name), "audit", "stored", "files"]);
  const env = { HEARBACK_DATABASE_URL: database.url, HEARBACK_STORY_FOLDER: folder };
  const { stdout } = await hearback(["verify"], { env, services: { openDatabase } });
  expect(stdout).toMatch(/^ok {5}I1 /m);
});

describe("of a planted fault tells", () => {
  test.each<[string, string, string]>([
    [
      "I1",
      "has 2 open attempts",
      `${copyOfAttempt({ state: "'unknown'" })}; ${copyOfAttempt({ state: "'live'", channel_id: "'hb-y'" })} where number = 1`,
    ],
    ["I1", "while an earlier attempt at visit", copyOfAttempt({ dialed_at: "dialed_at + interval '1 ms'" })],
    [
      "I2",
      "2 open calls to its number",
      `${otherVisit} ${copyOfAttempt({ state: "'live'" })}; ${copyOfAttempt({ state: "'live'", channel_id: "'hb-y'" })} where number = 1`,
    ],
    [
      "I2",
      "another call to its number",
      `${otherVisit} ${copyOfAttempt({ visit_id: "'00000000-0000-4000-8000-000000000001'", dialed_at: "dialed_at + interval '1 ms'" })}`,
    ],
    ["I3", "counts 5 attempts", "update visit set attempts = 5, tried = 5"],
    [
      "I3",
      "tried 4 times",
      `${[2, 3, 4]
        .map((n) => copyOfAttempt({ number: String(n), channel_id: `'hb-${n}'`, counts: "true" }))
        .map((sql) => `${sql} where number = 1`)
        .join(";")}`,
    ],
    ["I3", "promised calls", copyOfAttempt({ reason: "'callback'", counts: "true" })],
    ["I3", 'earlier attempt ended "partial"', copyOfAttempt(anHourLater)],
    ["I4", "without a moment of dialling", "update attempt set dialed_at = null"],
    ["I4", "before it was claimed", "update attempt set dialed_at = claimed_at - interval '1 s'"],
    ["I4", "refused, and dialled", "update attempt set state = 'refused', counts = false"],
    ["I4", "began before", "update call set answered_at = answered_at - interval '1 min'"],
    ["I4", "without a call", copyOfAttempt({ ...anHourLater, disposition: "'completed'" })],
    ["I5", "its last key has sequence 3", "update call set sequence = 2"],
    [
      "I5",
      "before the key in front",
      "update key_press set pressed_at = pressed_at - interval '1 min' where sequence = 3",
    ],
    [
      "I5",
      "the last rating key is none, the rating 4",
      "delete from key_press where sequence = 2; insert into key_press (call_id, sequence, trust, unit, digit, step, pressed_at) select id, 2, trust, unit, '8', 'question', now() from call",
    ],
    ["I5", "the last rating key is 4, the rating none", "update call set rating = null"],
    ["I5", "the flow's last state", "update call set rating = 3"],
    ["I5", "no opt-out written", "delete from opt_out"],
    ["I6", "without one of its parts", "update recording set state = 'ended'"],
    ["I6", "no recording", "delete from recording"],
    ["I6", "thrown away, though", "update recording set state = 'discarded'"],
    ["I6", "the line heard speech", "update story set audio = 'discarded', discarded_because = 'no-speech'"],
    ["I6", "nobody asked for", "update story set audio = 'discarded', discarded_because = 'deleted'"],
    [
      "I6",
      "words of a story",
      "insert into transcript (story_id, trust, unit, state, engine, text) select id, trust, unit, 'done', 'x', 'x' from story; update story set audio = 'waiting'",
    ],
    ["I7", 'still "live"', "update attempt set state = 'live', dialed_at = dialed_at - interval '1 day'"],
    [
      "I7",
      'still "dialing"',
      "update attempt set state = 'dialing', dialed_at = dialed_at - interval '10 min'",
    ],
    ["I7", "the call is open", "update call set ended_at = null"],
    [
      "I7",
      "waits to be kept",
      "update story set audio = 'waiting'; update call set ended_at = ended_at - interval '1 hour'",
    ],
    [
      "I7",
      "promised call is overdue",
      "insert into callback (visit_id, call_id, trust, unit, due) select visit_id, id, trust, unit, now() - interval '1 hour' from call; update visit set not_before = now() - interval '1 hour'",
    ],
    [
      "hours",
      "outside the hours",
      "update attempt set permitted = tstzrange(dialed_at - interval '1 hour', dialed_at - interval '1 min')",
    ],
    ["hours", "without any hours", "update attempt set permitted = null"],
    [
      "opt-outs",
      "after the opt-out",
      "update opt_out set scope = 'number', written_at = written_at - interval '1 min'",
    ],
    [
      "opt-outs",
      "after the opt-out",
      "update opt_out set scope = 'person', person_hmac = (select person_hmac from visit), phone_hmac = null, written_at = written_at - interval '1 min'",
    ],
    ["keys", "its key is not there", "delete from story_key"],
    [
      "keys",
      "erased without a proof",
      "update story set audio = 'discarded', discarded_because = 'erased'; update recording set state = 'discarded'",
    ],
    ...(
      [
        ["erased on record, and still there", "select"],
        [
          "its words are still there",
          "insert into transcript (story_id, trust, unit) select id, trust, unit from story",
        ],
        [
          "its notes are still there",
          "insert into story_note (story_id, trust, unit, text, by_user, by_name) select id, trust, unit, 'x', id, 'x' from story",
        ],
      ] as const
    ).map(([what, sql]): [string, string, string] => [
      ...(["keys", what] as const),
      `insert into story_erasure (story_id, trust, unit, by_kind, by_id, why, gone) select id, trust, unit, 'job', 'x', 'x', '{}' from story; ${sql}`,
    ]),
    ["counts", "and 2 are counted; migration 0055", "update visit_count set visits = 2 where visits = 1"],
    ["sealed", "lies there in plain", "update story set uri = 'file:///x.wav'"],
    [
      "spacing",
      'dialled 01:00:00 after an attempt that ended "no_answer"',
      `update attempt set disposition = 'no_answer'; ${copyOfAttempt(anHourLater)}`,
    ],
    ["states", 'is "done", and a call', "update attempt set state = 'live'"],
    ["states", 'is "calling", and no call', "update visit set status = 'calling'"],
    ["stored", "not what was written", `update story set sha256 = repeat('0', 64)`],
  ])("%s: %s", async (name, what, sql) => {
    await plant(sql);
    const { status, told } = await verify();
    const found = told.broken.find((one) => one.name === name);
    expect(found?.rows.map((row) => row.what).join("\n"), JSON.stringify(told.broken)).toContain(what);
    expect(found!.rows[0]!.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(status).toBe(1);
  });

  test("and not of a second try that the rules, or staff, allow", async () => {
    const spacing = async () => (await verify()).told.broken.filter(({ name }) => name === "spacing");
    await plant(`update attempt set disposition = 'busy'; ${copyOfAttempt(anHourLater)}`);
    expect(await spacing(), "busy: after half an hour").toEqual([]);
    await database.pool.query("update attempt set disposition = 'no_answer' where number = 1");
    await database.pool.query("update attempt set dialed_at = dialed_at + interval '1 min' where number = 2");
    expect(await spacing()).toHaveLength(1);
    await database.pool.query(
      `insert into visit_history (visit_id, trust, unit, at, status, disposition, not_before, next_reason, by)
       select visit_id, trust, unit, dialed_at + interval '1 min', 'due', 'no_answer', dialed_at, 'retry', 'staff'
       from attempt where number = 1`,
    );
    expect(await spacing()).toEqual([]);
  });

  test("and not of a call in its third talk with a person", async () => {
    const deadline = async () => (await verify()).told.broken.filter(({ name }) => name === "I7");
    const agoHours = (hours: number) =>
      database.pool.query(
        "update attempt set state = 'live', dialed_at = clock_timestamp() - $1 * interval '1 h'",
        [hours],
      );
    await plant(
      `update campaign set settings = settings || '{"transfers": {"desk": {"number": "+441632960123", "talkMinutes": 60}}}'`,
    );
    await agoHours(3.5);
    expect(await deadline()).toEqual([]);
    await agoHours(6);
    expect(await deadline()).toHaveLength(1);
    // It began with what was then on the list, which may have had the longest talks; not so one that began since.
    const { rows } = await database.pool.query<{ name: string }>("select name from campaign");
    const longer = ["campaign", "transfer", rows[0]!.name, "desk", "--talk-limit", "61"];
    const changed = await hearback(longer, {
      ...{ env: { HEARBACK_DATABASE_URL: database.url }, services: { openDatabase } },
    });
    expect(changed).toMatchObject({ status: 0, stderr: "" });
    expect(await deadline()).toEqual([]);
    await database.pool.query("update attempt set claimed_at = clock_timestamp() + interval '2 min'");
    expect(await deadline()).toHaveLength(1);
  });

  test("a story whose file is gone, and a file that no row knows", async () => {
    rmSync(storyFile);
    writeFileSync(join(folder, "00000000-0000-4000-8000-00000000000a.wav"), "");
    const { told } = await verify();
    expect(told.broken.map(({ name, rows }) => [name, rows[0]!.what])).toEqual([
      ["stored", "its file is missing"],
      ["files", "a file without a row"],
    ]);
  });

  test("a file that should be gone", async () => {
    await plant(
      "update story set state = 'deleted', audio = 'discarded', discarded_because = 'deleted'; update recording set state = 'discarded'",
    );
    const { told } = await verify();
    expect(told.broken.map(({ name, rows }) => [name, rows[0]!.what])).toEqual([
      ["keys", "its key is there, though there is nothing to open"],
      ["files", "its file is there, and its row says deleted"],
    ]);
  });
});

describe("the INVITEs of a far end", () => {
  const invitesOf = (...lines: string[]): string => {
    const file = join(folder, "invites.csv");
    writeFileSync(file, ["time,number,call id", ...lines, ""].join("\n"));
    return file;
  };
  const now = () => new Date().toISOString();

  test("hold where each is that of an attempt", async () => {
    const { status, told } = await verify("--invites", invitesOf(`${now()},${phone},a`));
    expect(told).toMatchObject({ broken: [], checked: expect.arrayContaining(["invites"]) });
    expect(status).toBe(0);
  });

  test("do not where one came twice, to a stranger, or before its attempt", async () => {
    const early = new Date(Date.now() - 60_000).toISOString();
    const lines = [
      `${now()},${phone},a`,
      `${now()},${phone},b`,
      `${now()},+447700900124,c`,
      `${early},${phone},d`,
    ];
    const { status, told } = await verify("--invites", invitesOf(...lines));
    expect(told.broken).toEqual([
      {
        ...{ name: "invites", says: expect.any(String), broken: 3 },
        rows: [
          { id: "c", what: "an INVITE that no attempt was committed for" },
          { id: "d", what: "an INVITE that no attempt was committed for" },
          { id: attempt.id, what: "2 INVITEs for one attempt" },
        ],
      },
    ]);
    expect(status).toBe(1);
  });
});
