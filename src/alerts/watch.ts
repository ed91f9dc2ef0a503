/** Looks every fifteen seconds, and has people told. */
import type { Clock } from "#lib/clock.ts";
import {
  type Condition,
  type HappeningKind,
  happenedOf,
  holdsForMs,
  type Limits,
  verdictsOf,
} from "./conditions.ts";
import { decide } from "./decide.ts";
import type { AlertBook } from "./ports.ts";
import type { VitalSigns } from "./vital-signs.ts";

export const lookEveryMs = 15_000;

export interface AlertWatchParts {
  vitals(): Promise<VitalSigns>;
  book: AlertBook;
  clock: Clock;
  limits: Limits;
  repeatHours: number;
}

export interface AlertWatch {
  /** One look; throws what the database throws, and nothing is forgotten by that. */
  look(): Promise<void>;
  /** A call in which nothing was heard: told with the next look. */
  silentCall(callId: string): void;
}

/** So many silent calls are remembered while the database is away; more would say nothing new. */
const mostRemembered = 1_000;

export function createAlertWatch({ vitals, book, clock, limits, repeatHours }: AlertWatchParts): AlertWatch {
  /** Since when a thing has held, on the clock that only goes forward. */
  const since = new Map<string, number>();
  const silent: Condition<HappeningKind>[] = [];
  return {
    silentCall: (subject) => {
      if (silent.length < mostRemembered) silent.push({ kind: "silent-call", subject, detail: "" });
    },
    look: async () => {
      const signs = await vitals();
      const nowMs = clock.monotonicMs();
      const verdicts = verdictsOf(signs, limits).flatMap((verdict) => {
        const { kind, subject, holds } = verdict;
        const key = `${kind} ${subject}`;
        if (holds === null) return [];
        if (!holds) since.delete(key);
        else if (!since.has(key)) since.set(key, nowMs);
        // Not yet long enough to count, and not over either: nothing changes.
        if (holds && nowMs - since.get(key)! < holdsForMs[kind]) return [];
        return [{ ...verdict, holds }];
      });
      const remembered = silent.length;
      const happened = [...happenedOf(signs), ...silent];
      await book.settle((known) =>
        decide(known, { verdicts, happened }, clock.now(), repeatHours * 3_600_000),
      );
      silent.splice(0, remembered);
    },
  };
}
