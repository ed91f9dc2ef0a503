import type { LineEvent } from "#call/line.ts";
import { PassingLine } from "#call/passing-line.ts";
import type { Clock } from "#lib/clock.ts";
import type { CallerAct } from "../caller-act.ts";
import { ScriptedLine, type ScriptedLineOptions } from "../scripted-line.ts";

/** What somebody does when it is their turn: acts, or nothing, so that time passes. */
export type AskCaller = (moment: { recording: boolean; withinMs: number }) => Promise<CallerAct[]>;

/** Shorter waits are the line's own, such as the pause for the handset's way to the ear: nobody is asked in them. */
const leastWaitMs = 1_500;

/** A line to somebody at a terminal, on a pretend clock: it asks them whenever the call waits for them. */
export class TryLine extends PassingLine implements Clock {
  readonly #script: ScriptedLine;
  readonly #ask: AskCaller;
  #recording = false;

  constructor(ask: AskCaller, options: ScriptedLineOptions) {
    const script = new ScriptedLine([], options);
    super(script);
    this.#script = script;
    this.#ask = ask;
  }

  now = () => this.#script.now();
  monotonicMs = () => this.#script.monotonicMs();
  wait: Clock["wait"] = () => this.#script.wait();

  override async next(untilMs: number): Promise<LineEvent | null> {
    const withinMs = untilMs - this.monotonicMs();
    if (withinMs >= leastWaitMs && this.#script.idleUntil(untilMs))
      this.#script.feed(await this.#ask({ recording: this.#recording, withinMs }));
    const event = await super.next(untilMs);
    if (event?.kind === "recording-started") this.#recording = true;
    if (event?.kind === "recording-finished") this.#recording = false;
    return event;
  }
}
