import { type ArmFigures, callsWanted } from "#release/canary.ts";
import type { LiveState } from "#release/ports.ts";

export interface ShownArm extends ArmFigures {
  name: string;
}

/** What new calls get, and how the canary does. */
export interface ShownState {
  live: number | null;
  canary: {
    number: number;
    percent: number;
    since: Date;
    arms: ShownArm[];
    /** What the test stated, or why it waits. */
    states: string;
    wanted: number;
    /** Of the calls it takes, in hundredths. */
    done: number;
  } | null;
}

export function shownState({ live, canary }: LiveState): ShownState {
  if (!canary) return { live, canary: null };
  const { number, share, since, figures, verdict } = canary;
  const last = live === null ? "What the folders hold" : `Release ${live}`;
  return {
    live,
    canary: {
      ...{ number, percent: Math.round(share * 1_000) / 10, since, states: verdict.states },
      arms: [
        { name: `Release ${number}`, ...figures.canary },
        { name: last, ...figures.last },
      ],
      wanted: callsWanted,
      done: Math.min(100, Math.round((100 * figures.canary.calls) / callsWanted)),
    },
  };
}
