import type { Advance } from "#flow/state.ts";
import type { CallEnd } from "./outcome.ts";

/** One stay of a call in one step, from the first word of it until the next step; what is asked again is the same stay. */
export interface TrailStep {
  /** 1, 2, 3 ... within the call; of one taken over, from behind what its first holder had kept. */
  sequence: number;
  /** A call to us may go on in another flow than it began in. */
  flow: string;
  step: string;
  /** What was spoken there (BCP 47). */
  language: string;
  /** From the answer. */
  enteredMs: number;
  leftMs: number;
  /** A way out as flow/edges.ts names it, "key 9" (whichever key opts out), or how the call ended there. */
  leftBy: string;
}

/** How a call can end in the middle of a step; at its flow's end a step is left by its own way out. */
const endedBy: Record<CallEnd["kind"], string> = {
  finished: "end",
  "hung-up": "hang-up",
  machine: "machine",
  lost: "lost",
  fault: "fault",
};
export const optedOut = "key 9";
const carriedOn = "carry-on";

type Open = Omit<TrailStep, "leftMs" | "leftBy">;

/** The way of one call through its flow, kept in memory until the call ends. */
export class Trail {
  readonly #steps: TrailStep[] = [];
  readonly #sinceAnswerMs: () => number;
  #sequence: number;
  #open: Open | null = null;

  /** @param after the sequence that an earlier holder of the call had come to; 0 for a new call */
  constructor(sinceAnswerMs: () => number, after = 0) {
    this.#sinceAnswerMs = sinceAnswerMs;
    this.#sequence = after;
  }

  /** Each answer of the interpreter, in order. */
  follow({ state, command, moves }: Advance): void {
    if (this.#open && this.#open.flow !== state.flow) this.#leave(carriedOn);
    if (!this.#open) this.#enter(state, moves[0]?.from ?? state.step);
    for (const [at, { on, to }] of moves.entries()) {
      this.#leave(on ?? optedOut);
      const next = moves[at + 1]?.from ?? (to === "end" || command.kind === "hang-up" ? null : state.step);
      if (next !== null) this.#enter(state, next);
    }
  }

  /** Once, when the call is over. */
  end(how: CallEnd): TrailStep[] {
    this.#leave(endedBy[how.kind]);
    return this.#steps;
  }

  #enter(state: Advance["state"], step: string): void {
    const { flow, language } = state;
    this.#open = { sequence: ++this.#sequence, flow, step, language, enteredMs: this.#sinceAnswerMs() };
  }

  #leave(by: string): void {
    if (!this.#open) return;
    this.#steps.push({ ...this.#open, leftMs: this.#sinceAnswerMs(), leftBy: by });
    this.#open = null;
  }
}
