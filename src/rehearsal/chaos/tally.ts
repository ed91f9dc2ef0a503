/** Joins what the far end knows with what Hearback knows, and counts what does not agree. */
import { basename } from "node:path";
import { rows } from "#postgres/rows.ts";
import { fromALawWav } from "#recording/a-law-wav.ts";
import type { StoryStore } from "#recording/ports.ts";
import { type FarEndEvent, readLedger } from "#rehearsal/far-end/ledger.ts";
import { findFrames, frameBytes } from "#rehearsal/far-end/marked-story.ts";
import type { Fault } from "./faults.ts";
import type { KeptKey } from "./key-tally.ts";
import { asteriskKilledMs, causeOf, type LossCause } from "./loss-cause.ts";
import type { Stage } from "./stage.ts";

export interface FarCall {
  id: string;
  number: string;
  tag: number;
  atMs: number;
  events: FarEndEvent[];
  /** The attempt that it was, by number and time. */
  attempt: AttemptRow | null;
}

interface AttemptRow {
  id: string;
  phone: string;
  /** The instance that dialled it. */
  dialledBy: string;
  node: string;
  state: string;
  disposition: string;
  dialedMs: number;
}

export interface StoryLoss {
  attempt: string;
  take: number;
  bytes: number;
  spokenBytes: number;
  /** The fault that may have caused it, as far as one is known that may. */
  because: LossCause | "told again";
  marked: boolean;
}

export interface StoryTally {
  told: number;
  bytes: number;
  foreignFrames: number;
  losses: StoryLoss[];
}

export async function readCalls({ database, ciphers, ledgerFile }: Stage): Promise<FarCall[]> {
  const attempts = await rows<AttemptRow>(
    database.pool,
    `select id::text as id, encode(phone_hmac, 'hex') as phone, coalesce(dialled_by, owner) as "dialledBy", node, state, disposition,
       (extract(epoch from dialed_at) * 1000)::float8 as "dialedMs"
     from attempt where dialed_at is not null and disposition is distinct from 'pending' order by dialed_at`,
  );
  const byPhone = Map.groupBy(attempts, ({ phone }) => phone);
  const calls = new Map<string, FarCall>();
  for (const event of readLedger(ledgerFile)) {
    if (event.what === "invite") {
      const { call: id, number, tag, atMs } = event;
      const phone = ciphers.hash("phone", number).toString("hex");
      const attempt = byPhone.get(phone)?.findLast(({ dialedMs }) => dialedMs <= atMs + 1) ?? null;
      calls.set(id, { id, number, tag, atMs, events: [], attempt });
    } else calls.get(event.call)?.events.push(event);
  }
  return [...calls.values()];
}

export const readKeptKeys = ({ database }: Stage): Promise<KeptKey[]> =>
  rows<KeptKey>(
    database.pool,
    `select k.attempt_id::text as attempt, p.digit, p.step from key_press p join call k on k.id = p.call_id
     order by p.call_id, p.pressed_at, p.sequence`,
  );

interface StoryRow {
  attempt: string;
  uri: string | null;
  audio: string;
  truncated: boolean | null;
}

export async function tallyStories(
  { database, store }: Stage,
  calls: readonly FarCall[],
  faults: readonly Fault[],
): Promise<StoryTally> {
  const stored = await rows<StoryRow>(
    database.pool,
    `select k.attempt_id::text as attempt, s.uri, s.audio, s.truncated from story s join call k on k.id = s.call_id`,
  );
  const byAttempt = Map.groupBy(stored, ({ attempt }) => attempt);
  const tally: StoryTally = { told: 0, bytes: 0, foreignFrames: 0, losses: [] };
  for (const call of calls) {
    const stories = byAttempt.get(call.attempt?.id ?? "") ?? [];
    const kept = stories.flatMap(({ uri }) => uri ?? []);
    const found = await Promise.all(kept.map(async (uri) => findFrames(await audioAt(store, uri), call.tag)));
    tally.foreignFrames += found.reduce((sum, { foreign }) => sum + foreign, 0);
    const own = new Set(found.flatMap((each) => each.own));
    const deafMs = asteriskKilledMs(call.atMs, call.attempt?.node ?? null, faults);
    const all = tellings(call).map((told) => ({ told, missing: missingOf(told, own, deafMs) }));
    for (const { told, missing } of all) {
      tally.told += 1;
      tally.bytes += (told.to - told.from) * frameBytes;
      if (missing === 0) continue;
      // Nobody recorded yet, the app having died in the tone; who came after it asked anew.
      const isAgain = all.some((other) => other.told.take > told.take && other.missing === 0);
      const isWhole = missing === told.to - told.from;
      tally.losses.push({
        attempt: call.attempt?.id ?? "none",
        take: told.take,
        bytes: missing * frameBytes,
        spokenBytes: (told.to - told.from) * frameBytes,
        because: isWhole && isAgain ? "told again" : causeOf(told, call.attempt?.node ?? null, faults),
        marked:
          stories.length === 0 || stories.some(({ truncated, audio }) => truncated || audio === "discarded"),
      });
    }
  }
  return tally;
}

const audioAt = async (store: StoryStore, uri: string): Promise<Uint8Array> =>
  fromALawWav(await store.read(basename(uri, ".sealed")));

const frameMs = 20;

/** What was said when its Asterisk was dead already was said to nobody: the far end is not told that the call is over. */
function missingOf({ from, to, beganMs }: Telling, own: ReadonlySet<number>, deafMs: number): number {
  let missing = 0;
  for (let index = from; index < to && beganMs + (index - from) * frameMs < deafMs; index++)
    if (!own.has(index)) missing += 1;
  return missing;
}

interface Telling {
  take: number;
  from: number;
  to: number;
  beganMs: number;
  endedMs: number;
}

/** A telling that nobody saw the end of is over when the call is. */
function tellings({ events }: FarCall): Telling[] {
  return events.flatMap((event) => {
    if (event.what !== "story-begun") return [];
    const ended = events.find((other) => other.what === "story-ended" && other.take === event.take);
    if (ended?.what !== "story-ended" || ended.to <= event.from) return [];
    const { take, from, atMs: beganMs } = event;
    return [{ take, from, to: ended.to, beganMs, endedMs: ended.atMs }];
  });
}
