/** What became of the calls that a process held when it died: from who lived when, and what the survivors wrote down. */
import { existsSync, readFileSync } from "node:fs";
import { quantile } from "#rehearsal/quantile.ts";
import type { Fault } from "./faults.ts";
import { asteriskKilledMs } from "./loss-cause.ts";
import type { FarCall } from "./tally.ts";

/** One process of an instance. Times: milliseconds since the epoch. */
export interface Life {
  pid: number;
  fromMs: number;
  /** Infinity while it lives. */
  diedMs: number;
}

export interface Orphaned {
  attempt: string;
  /** From the death to the first word of whoever took over, or to its taking up the recording; null: nobody did. */
  gapMs: number | null;
  /**
   * alone: no other process lived. disturbed: one did, and the database, Asterisk or the way to it failed as well, or
   * it had just come up, or died too. calm: another had been up for a while, and nothing else was wrong.
   */
  meanwhile: "calm" | "disturbed" | "alone";
}

/** What is wrong with the world shows for so long after it is over: whoever lost the database judges nobody yet. */
const aftermathMs = 4_000;
/** One that lives so long judges others (instances.ts). */
const settledMs = 4_000;
/** Whoever is not spoken to by then counts as if they were, for what else happened meanwhile. */
const goalMs = 3_000;
/** Who hangs up of their own will so soon would not have waited for anybody. */
const ownWillMs = 2_000;

export interface Survivors {
  lives: readonly Life[];
  /** What they wrote into their logs. */
  told: readonly Told[];
  faults: readonly Fault[];
}

interface Told {
  atMs: number;
  pid: number;
  /** It lives under this name from now on. */
  instance: string | null;
  /** It goes on with this call. */
  attempt: string | null;
}

/** From the logs of all processes of an instance. */
export function readTold(logFile: string): Told[] {
  if (!existsSync(logFile)) return [];
  return readFileSync(logFile, "utf8")
    .split("\n")
    .flatMap((line) => {
      if (!/"gapMs":|"instance":/.test(line)) return [];
      const { time, pid, instance = null, attemptId = null, gapMs } = JSON.parse(line);
      return [{ atMs: time, pid, instance, attempt: gapMs === undefined ? null : attemptId }];
    });
}

/** Every call whose process died under it, once for each death. */
export function findOrphaned(calls: readonly FarCall[], survivors: Survivors): Orphaned[] {
  const { lives, told } = survivors;
  const pidOf = new Map(told.flatMap(({ instance, pid }) => (instance ? [[instance, pid] as const] : [])));
  const taken = Map.groupBy(
    told.filter(({ attempt }) => attempt !== null).toSorted((a, b) => a.atMs - b.atMs),
    ({ attempt }) => attempt!,
  );
  return calls.flatMap((call) => {
    const { attempt } = call;
    if (!attempt) return [];
    const holders = [{ pid: pidOf.get(attempt.dialledBy) ?? 0, atMs: 0 }, ...(taken.get(attempt.id) ?? [])];
    return lives.flatMap((dead) => {
      const holder = holders.findLast(({ atMs }) => atMs <= dead.diedMs);
      if (holder?.pid !== dead.pid || !wasUp(call, dead.diedMs)) return [];
      if (asteriskKilledMs(call.atMs, attempt.node, survivors.faults) <= dead.diedMs) return [];
      return [orphaned(call, dead, holders, survivors)];
    });
  });
}

function wasUp({ events }: FarCall, atMs: number): boolean {
  const answered = events.find(({ what }) => what === "answered");
  const ended = events.find(({ what }) => what === "ended");
  if (!answered || answered.atMs > atMs) return false;
  if (ended?.what !== "ended") return true;
  const ofTheirOwn = ended.because === "hung-up" || ended.because === "done";
  return ended.atMs > atMs + (ofTheirOwn ? ownWillMs : 0);
}

function orphaned(
  call: FarCall,
  dead: Life,
  holders: readonly { atMs: number }[],
  survivors: Survivors,
): Orphaned {
  const heard = call.events.find(
    (event) => event.what === "heard" && event.prompt === "let-me-repeat" && event.atMs > dead.diedMs,
  );
  const next = holders.find(({ atMs }) => atMs > dead.diedMs);
  const goneOnMs = heard ? heard.atMs : (next?.atMs ?? null);
  return {
    attempt: call.attempt!.id,
    gapMs: goneOnMs === null ? null : goneOnMs - dead.diedMs,
    meanwhile: meanwhile(dead, goneOnMs ?? dead.diedMs + goalMs, survivors),
  };
}

function meanwhile(dead: Life, untilMs: number, { lives, told, faults }: Survivors): Orphaned["meanwhile"] {
  const others = lives.filter(
    ({ pid, fromMs, diedMs }) => pid !== dead.pid && fromMs <= dead.diedMs && diedMs > dead.diedMs,
  );
  if (others.length === 0) return "alone";
  const upSince = (pid: number) => told.find((each) => each.pid === pid && each.instance)?.atMs ?? Infinity;
  const settled = others.some(
    ({ pid, diedMs }) => diedMs > untilMs && upSince(pid) < dead.diedMs - settledMs,
  );
  const disturbed = faults.some(
    ({ kind, fromMs, untilMs: overMs }) =>
      !/^kill app|speech|full disk/.test(kind) && fromMs <= untilMs && overMs + aftermathMs >= dead.diedMs,
  );
  return settled && !disturbed ? "calm" : "disturbed";
}

export interface TakeoverTally {
  orphaned: number;
  /** Of those, with which somebody went on. */
  goneOn: number;
  /** Percentiles of the gaps. Null where there was none. */
  gapMs: Record<"p50" | "p95" | "p99" | "most", number | null>;
}

export function tallyOrphaned(orphaned: readonly Orphaned[], which?: Orphaned["meanwhile"]): TakeoverTally {
  const those = orphaned.filter(({ meanwhile }) => which === undefined || meanwhile === which);
  const gapsMs = those.flatMap(({ gapMs }) => (gapMs === null ? [] : [gapMs]));
  const at = (share: number) => (gapsMs.length === 0 ? null : quantile(gapsMs, share));
  const gapMs = { p50: at(0.5), p95: at(0.95), p99: at(0.99), most: at(1) };
  return { orphaned: those.length, goneOn: gapsMs.length, gapMs };
}
