/** What became of the calls that an instance held when it died. */
import { rows } from "#postgres/rows.ts";
import type { ChaosDatabase } from "./database.ts";
import type { FarCall } from "./tally.ts";

export interface LiveAtDeath {
  attempt: string;
  owner: string;
  diedMs: number;
}

export interface TakeoverTally {
  /** Calls whose instance died under them. */
  orphaned: number;
  /** Of those, in which somebody spoke to the person again. */
  goneOn: number;
  /** From the death to the first word of whoever took over, sorted. Milliseconds. */
  gapsMs: number[];
}

/** What a dead instance had still ordered of Asterisk is said by then. */
const settledMs = 2_000;

/** All live attempts, with their owners, at the moment of a death; whose was the dead one's shows later. */
export async function liveNow({ pool }: ChaosDatabase): Promise<LiveAtDeath[]> {
  const diedMs = Date.now();
  const live = await rows<{ attempt: string; owner: string }>(
    pool,
    "select id::text as attempt, owner from attempt where state = 'live'",
  ).catch(() => []);
  return live.map((each) => ({ ...each, diedMs }));
}

/** Who took a call over says so before anything else: the prompt let-me-repeat. */
export function tallyTakeovers(deaths: readonly LiveAtDeath[], calls: readonly FarCall[]): TakeoverTally {
  const byAttempt = new Map(
    calls.flatMap((call) => (call.attempt ? [[call.attempt.id, call] as const] : [])),
  );
  const tally: TakeoverTally = { orphaned: 0, goneOn: 0, gapsMs: [] };
  // Seen alive at several deaths, it was the last of them that took its owner.
  const last = new Map(deaths.map((death) => [`${death.attempt} ${death.owner}`, death]));
  for (const { attempt, owner, diedMs } of last.values()) {
    const call = byAttempt.get(attempt);
    if (!call || call.attempt?.owner === owner) continue;
    const ended = call.events.find(({ what }) => what === "ended");
    if (ended && ended.atMs <= diedMs) continue;
    // Who hung up of their own will before anybody could have come is none of it.
    if (ended?.what === "ended" && ended.because === "hung-up" && ended.atMs < diedMs + settledMs) continue;
    tally.orphaned += 1;
    const after = call.events.filter(({ atMs }) => atMs > diedMs);
    const again = after.find((event) => event.what === "heard" && event.prompt === "let-me-repeat");
    // In the middle of a story nothing is said: the recording goes on, and so does the call after it.
    const spokenTo = after.some(({ what, atMs }) => what === "acknowledged" && atMs > diedMs + settledMs);
    if (again || spokenTo) tally.goneOn += 1;
    if (again) tally.gapsMs.push(again.atMs - diedMs);
  }
  tally.gapsMs.sort((a, b) => a - b);
  return tally;
}

export const percentile = (sorted: readonly number[], share: number): number | null =>
  sorted.length === 0 ? null : sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
