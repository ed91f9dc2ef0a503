/** Which fault may have cost a story its words: one that befell the node of its own call. */
import type { Fault } from "./faults.ts";

export type LossCause = "asterisk" | "disk" | "nothing that may";

/** After its last word a recording is closed within this time. */
const closingMs = 3_000;

/** @param node of the call, as its attempt has it; null where there is no attempt: it may be any */
export function causeOf(
  { beganMs, endedMs }: { beganMs: number; endedMs: number },
  node: string | null,
  faults: readonly Fault[],
): LossCause {
  const during = faults.filter(
    (fault) =>
      befalls(fault, node) && fault.fromMs <= endedMs + closingMs && fault.untilMs >= beganMs - closingMs,
  );
  // A full disk takes all that is said while it is full, and a crash the last seconds: where both were, the disk did.
  if (during.some(({ kind }) => kind === "full disk")) return "disk";
  const ofAsterisk = during.some(({ kind }) => kind === "kill asterisk" || kind === "freeze asterisk");
  return ofAsterisk ? "asterisk" : "nothing that may";
}

/** When the Asterisk that had the call was killed, which ends it; Infinity where it was not. Milliseconds since the epoch. */
export function asteriskKilledMs(callFromMs: number, node: string | null, faults: readonly Fault[]): number {
  const kills = faults.filter(
    (fault) =>
      fault.kind === "kill asterisk" && node !== null && befalls(fault, node) && fault.fromMs > callFromMs,
  );
  return Math.min(...kills.map(({ fromMs }) => fromMs));
}

/** Targets end with the number of their Asterisk: "asterisk 2", "recordings of asterisk 2" (faults.ts). */
const befalls = ({ target }: Fault, node: string | null): boolean =>
  node === null || /\basterisk (\d+)$/.exec(target)?.[1] === /\d+$/.exec(node)?.[0];
