import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";

/** What the far end did and heard, whatever Hearback believes. A line each, there before anything follows from it. */
export type FarEndEvent = { atMs: number; call: string } & (
  | { what: "invite"; number: string; tag: number }
  | { what: "ringing" | "busy" | "answered" | "cancelled" }
  | { what: "heard"; prompt: string }
  /**
   * `step` is what was asked when it was pressed; `again` is the same key's first press for that step, where a call that
   * changed hands asked anew.
   */
  | { what: "key"; n: number; digit: string; step: string; again?: number }
  /** What was heard next could not be said without the key. */
  | { what: "acknowledged"; n: number; by: string }
  /** Another rating was read back than the one that was pressed. */
  | { what: "misheard"; pressed: string; by: string }
  | { what: "story-begun"; take: number; from: number }
  /** Frames from `from` up to this one were spoken. */
  | { what: "story-ended"; take: number; to: number }
  /** `because`: they hung up, or the person did, who had nothing more to say or waited too long. */
  | { what: "ended"; because: "them" | "done" | "impatient" | "hung-up" }
);
type Without<T> = T extends unknown ? Omit<T, "atMs"> : never;
export type NewFarEndEvent = Without<FarEndEvent>;

export interface Ledger {
  write(event: NewFarEndEvent): void;
  close(): void;
}

export function openLedger(file: string): Ledger {
  const descriptor = openSync(file, "a", 0o600);
  return {
    write: (event) => void writeSync(descriptor, `${JSON.stringify({ atMs: Date.now(), ...event })}\n`),
    close: () => {
      fsyncSync(descriptor);
      closeSync(descriptor);
    },
  };
}

export const readLedger = (file: string): FarEndEvent[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as FarEndEvent);
