/** Which keys that were acknowledged are not among those that were kept. */
import type { FarEndEvent } from "#rehearsal/far-end/ledger.ts";

export interface KeyTally {
  pressed: number;
  acknowledged: number;
  lost: { attempt: string; digit: string; step: string }[];
  misheard: number;
}

/** As Hearback has it. */
export interface KeptKey {
  attempt: string;
  digit: string;
  step: string;
}

interface Call {
  attempt: { id: string } | null;
  events: readonly FarEndEvent[];
}

/** @param kept in the order in which they were pressed */
export function tallyKeys(kept: readonly KeptKey[], calls: readonly Call[]): KeyTally {
  const byAttempt = Map.groupBy(kept, ({ attempt }) => attempt);
  const tally: KeyTally = { pressed: 0, acknowledged: 0, lost: [], misheard: 0 };
  for (const { attempt, events } of calls) {
    tally.misheard += events.filter(({ what }) => what === "misheard").length;
    const keys = events.filter((event) => event.what === "key");
    const acknowledged = new Set(events.flatMap((event) => (event.what === "acknowledged" ? [event.n] : [])));
    const answered = keys.filter(({ n }) => acknowledged.has(n));
    tally.pressed += keys.length;
    tally.acknowledged += answered.length;
    const lost = lostOf(answered, byAttempt.get(attempt?.id ?? "") ?? []);
    tally.lost.push(...lost.map(({ digit, step }) => ({ attempt: attempt?.id ?? "none", digit, step })));
  }
  return tally;
}

/** Whose story a full disk ended presses # in the menu that follows, and has it kept as what it is there. */
const mayBe = (keptAs: string, pressedIn: string): boolean =>
  keptAs === pressedIn || (pressedIn === "story" && keptAs === "review");

type Press = Extract<FarEndEvent, { what: "key" }>;

function lostOf(answered: readonly Press[], kept: readonly KeptKey[]): Press[] {
  const left = [...kept];
  const found = new Set<number>();
  return answered.filter(({ n, digit, step, again }) => {
    // In their order: what comes before it in the rows cannot be a later key.
    const at = left.findIndex((key) => key.digit === digit && mayBe(key.step, step));
    if (at >= 0) {
      left.splice(0, at + 1);
      found.add(again ?? n);
    }
    // The same answer to the same question, asked anew when the call changed hands, is kept with its first press.
    return at < 0 && (again === undefined || !found.has(again));
  });
}
