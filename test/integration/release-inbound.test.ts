/** People who ring us are drawn into the canary like those whom we ring, and one who hears nothing takes it back. */
import type { Pool } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { paperBook } from "#call/audio.ts";
import { createInbound } from "#call/inbound.ts";
import type { InboundBook, IncomingCall } from "#call/incoming.ts";
import { type CallRunner, runCall } from "#call/run-call.ts";
import { silentLogger } from "#lib/logger.ts";
import { createCallLog } from "#postgres/calls.ts";
import { watchCanary } from "#postgres/release-canary.ts";
import { noteUnheard } from "#postgres/release-troubles.ts";
import { createInboundBook } from "#postgres/ring-back.ts";
import { hashOf } from "#release/files.ts";
import { createVoices, type Voices } from "#release-voices.ts";
import type { ReleaseVoice } from "#storage/release-voice.ts";
import type { CallerAct } from "#walk/caller-act.ts";
import { ScriptedLine } from "#walk/scripted-line.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { publishDraft, sam, uncheckedDesk } from "../support/releases.ts";
import { readFlow } from "../support/shipped-flows.ts";
import { begin, ciphers, dialled, dramaNumber, ending, newLedger, visit } from "../support/survey.ts";

let db: TestDatabase;
let pool: Pool;
beforeEach(async () => {
  db = await createTestDatabase();
  pool = db.pool;
});
afterEach(() => db.drop());

const owner = "test-inbound";
const folders = () => new Map([["flows/ring-back.yaml", Buffer.from("flow: ring-back\n")]]);
const deskOf = () => uncheckedDesk(pool, folders);

/** Another text, as a canary. */
async function publish(share = 1): Promise<number> {
  const path = "flows/ring-back.yaml";
  const there = (await deskOf().file("draft", path))!;
  const bytes = Buffer.concat([Buffer.from("# changed\n"), there]);
  await deskOf().saveFile({ path, bytes, expectedHash: hashOf(there) }, sam);
  return publishDraft(pool, share, folders);
}

/** Release 1 for all, and release 2 for that share of people. */
async function canaryOf(share = 1): Promise<void> {
  await deskOf().approve(await publish(), sam);
  expect(await publish(share)).toBe(2);
}

const flows = new Map(["ring-back", "fft"].map((name) => [name, readFlow(name)]));
const voiceOf = (release: number | null): ReleaseVoice => ({
  ...{ release, flows, book: paperBook },
  prompts: { language: "en-GB", ids: new Set(["trust-name"]), words: new Map() },
});

async function voices(): Promise<Voices> {
  const all = createVoices({
    ...{ pool, owner, folders: voiceOf(null), logger: silentLogger, layNames: async () => {} },
    load: async (_, release) => voiceOf(release),
  });
  await all.look();
  return all;
}

/** An Asterisk that never begins to play. */
class MuteLine extends ScriptedLine {
  override play(): void {}
}

const runnerOf = async (line: ScriptedLine): Promise<CallRunner> => ({
  ...{ voices: await voices(), log: createCallLog(pool, owner), clock: line, logger: silentLogger },
  ...{ allowNumbers: new Set<string>(), fieldsOf: async () => ({}) },
  hashPhone: (e164) => ciphers.hash("phone", e164).toString("hex"),
  callbackTimes: async () => ({ kind: "callback-times", sameDay: true, times: [] }),
});

interface Row {
  id: string;
  release: number | null;
  silent: boolean | null;
  disposition: string;
}

/** A whole call to us from this number, as it stands in its row. */
async function rings(
  phone: string,
  line: ScriptedLine,
  different: Partial<InboundBook> = {},
  times: Partial<Pick<CallRunner, "times">> = {},
): Promise<Row> {
  const inbound = createInbound({
    ...{ ...(await runnerOf(line)), ...times, book: { ...createInboundBook(pool, owner), ...different } },
    ...{ greetingFlow: "ring-back", giveUp: new AbortController().signal, maxCalls: 1 },
    endAttempt: async (attempt, how) => void (await newLedger(pool, { owner }).end(attempt, how)),
  });
  const call: IncomingCall = {
    ...{ channelId: "1700000000.1", node: "asterisk", from: phone, to: "+441632960001" },
    ...{ answer: () => line, engaged: () => {}, apologise: () => {} },
  };
  await inbound.take(call);
  const { rows } = await pool.query<Row>(
    "select id, release, silent, disposition from call where direction = 'inbound' and ended_at is not null",
  );
  expect(rows).toHaveLength(1);
  return rows[0]!;
}

/** A visit whose call was cut short in that release, and which waits for its person to ring. */
async function leftIn(release: number, phone: string): Promise<void> {
  const { ledger, attempt } = await dialled(pool, visit({ phone }));
  const id = await begin(pool, attempt, { release });
  await createCallLog(pool).end({ id, disposition: "interrupted", endedBy: "fault", machine: null });
  const retried = { kind: "retry", at: new Date() } as const;
  await ledger.end(attempt, ending({ disposition: "interrupted", follows: retried }));
}

const toQuestion: CallerAct[] = [
  ...[{ hear: "ring-back-keys" }, { press: "1" }, { hear: "ring-back-who-keys" }, { press: "1" }],
  ...[{ hear: "for-good" }, { hangUp: true } as const],
];
/** The database takes so long before the first word. */
const slowBook = (line: ScriptedLine, ms: number): Partial<InboundBook> => ({
  begin: async (call) => {
    const before = await createInboundBook(pool, owner).begin(call);
    await line.next(ms);
    return before;
  },
});
const phone = dramaNumber(310);

describe("somebody who rings us in a canary", () => {
  it("and hears nothing takes it back, and the reason says that they rang us", async () => {
    await canaryOf();
    await leftIn(1, phone);
    const row = await rings(phone, new MuteLine([{ wait: 2_500 }, { hangUp: true }]));
    expect(row).toMatchObject({ release: 2, silent: true, disposition: "hung_up" });
    expect(await watchCanary(pool)).toEqual({
      ...{ kind: "rolled-back", number: 2 },
      why: "1 call to us heard nothing: one is enough",
    });
    expect(await deskOf().state()).toEqual({ live: 1, canary: null });
    const { rows } = await pool.query(
      "select harmed, figures -> 'canary' as arm from housekeeping.release_event where release = 2 and kind = 'rollback'",
    );
    expect(rows).toEqual([
      { harmed: true, arm: expect.objectContaining({ calls: 1, silent: 1, silentInbound: 1 }) },
    ]);
  });

  it("and hears the greeting too late takes that canary back, though the visit goes on in its own release", async () => {
    await canaryOf();
    await leftIn(1, phone);
    const line = new ScriptedLine(toQuestion);
    const row = await rings(phone, line, slowBook(line, 2_100));
    expect(line.heard).toContain("for-good");
    expect(row).toMatchObject({ release: 1, silent: true });
    expect(await watchCanary(pool)).toMatchObject({ kind: "rolled-back", number: 2 });
  });

  it("but was greeted too late by the release of all others leaves it", async () => {
    await canaryOf(1e-9);
    await leftIn(2, phone);
    const line = new ScriptedLine(toQuestion);
    const row = await rings(phone, line, slowBook(line, 2_100));
    expect(row).toMatchObject({ release: 2, silent: true });
    expect(await watchCanary(pool)).toBeNull();
    expect((await deskOf().state()).canary).toMatchObject({
      figures: { canary: { silent: 0 }, last: { silent: 1, silentInbound: 1 } },
    });
  });

  it("and hears all leaves it", async () => {
    await canaryOf();
    await leftIn(1, phone);
    const line = new ScriptedLine([{ hear: "ring-back-keys" }, { hangUp: true }]);
    expect(await rings(phone, line)).toMatchObject({ release: 2, silent: false });
    expect(await watchCanary(pool)).toBeNull();
  });

  it("and does not hear one prompt takes it back", async () => {
    await canaryOf();
    await leftIn(1, phone);
    const { release } = await rings(phone, new ScriptedLine([{ hear: "ring-back-what" }, { hangUp: true }]));
    expect(await noteUnheard(pool, "1700000000.1", ["ring-back-what"])).toMatchObject({ release });
    expect(await watchCanary(pool)).toMatchObject({
      number: 2,
      why: "a prompt had no sound once: once is enough",
    });
  });

  it.each<[string, CallerAct[], boolean]>([
    ["hangs up at once, by their own doing,", [{ wait: 1_900 }, { hangUp: true }], false],
    ["waits for two seconds, and hangs up,", [{ wait: 2_100 }, { hangUp: true }], true],
    ["is cut off by us before a word", [{ wait: 500 }, { lose: true }], true],
  ])("and %s is judged as one whom we rang", async (_, acts, silent) => {
    await canaryOf();
    const { attempt, campaign } = await dialled(pool, visit({ phone: dramaNumber(311) }));
    const line = new MuteLine(acts);
    const runner = { ...(await runnerOf(line)), log: createCallLog(pool) };
    const rung = await runCall(runner, { attempt, campaign, line, answeredAt: line.now() });
    expect(rung.silent).toBe(silent);
    await newLedger(pool, { owner }).end(attempt, ending({ disposition: rung.disposition }));
    expect((await rings(phone, new MuteLine(acts))).silent).toBe(silent);
    expect((await watchCanary(pool))?.kind ?? null).toBe(silent ? "rolled-back" : null);
  });

  it("and whose end is written after others took the call for lost takes it back all the same", async () => {
    await canaryOf();
    await leftIn(1, phone);
    const { id } = await rings(phone, new MuteLine([{ wait: 100 }, { hangUp: true }]));
    await pool.query("update call set ended_by = 'fault', disposition = 'interrupted' where id = $1", [id]);
    const seen = { id, disposition: "hung_up", endedBy: "them", machine: null } as const;
    await createCallLog(pool, owner).end({ ...seen, silent: true });
    expect(await watchCanary(pool)).toMatchObject({ kind: "rolled-back" });
  });

  it("is told to whoever watches the calls, by the call's id", async () => {
    await canaryOf();
    await leftIn(1, phone);
    const told: string[] = [];
    const line = new MuteLine([{ wait: 2_500 }, { hangUp: true }]);
    const times = {
      ...{ firstAudio: () => {}, keyToPrompt: () => {}, takenOver: () => {} },
      silent: (id: string) => void told.push(id),
    };
    const { id } = await rings(phone, line, {}, { times });
    expect(told).toEqual([id]);
  });
});
