import type { Audio, JoinOrder, Line, LineEvent, RecordOptions } from "#call/line.ts";
import type { Clock } from "#lib/clock.ts";
import type { CallerAct } from "../caller-act.ts";
import { ScriptedLine, type ScriptedLineOptions } from "../scripted-line.ts";

/** What somebody does when it is their turn: acts, or nothing, so that time passes. */
export type AskCaller = (moment: { recording: boolean; withinMs: number }) => Promise<CallerAct[]>;

/** Shorter waits are the line's own, such as the pause for the handset's way to the ear: nobody is asked in them. */
const leastWaitMs = 1_500;

/** A line to somebody at a terminal, on a pretend clock: it asks them whenever the call waits for them. */
export class TryLine implements Line, Clock {
  readonly #line: ScriptedLine;
  readonly #ask: AskCaller;
  #recording = false;

  constructor(ask: AskCaller, options: ScriptedLineOptions) {
    this.#line = new ScriptedLine([], options);
    this.#ask = ask;
  }

  now = () => this.#line.now();
  monotonicMs = () => this.#line.monotonicMs();
  wait: Clock["wait"] = () => this.#line.wait();

  get channelId(): string {
    return this.#line.channelId;
  }

  async next(untilMs: number): Promise<LineEvent | null> {
    const withinMs = untilMs - this.monotonicMs();
    if (withinMs >= leastWaitMs && this.#line.idleUntil(untilMs))
      this.#line.feed(await this.#ask({ recording: this.#recording, withinMs }));
    const event = await this.#line.next(untilMs);
    if (event?.kind === "recording-started") this.#recording = true;
    if (event?.kind === "recording-finished") this.#recording = false;
    return event;
  }

  play(id: string, audio: Audio[]): void {
    this.#line.play(id, audio);
  }

  stopPlaying(id: string): void {
    this.#line.stopPlaying(id);
  }

  startRecording(name: string, options: RecordOptions): void {
    this.#line.startRecording(name, options);
  }

  stopRecording(name: string): void {
    this.#line.stopRecording(name);
  }

  takeUpRecording(name: string, options: RecordOptions): Promise<"running" | "ended" | "none"> {
    return this.#line.takeUpRecording(name, options);
  }

  join(order: JoinOrder): void {
    this.#line.join(order);
  }

  part(): void {
    this.#line.part();
  }

  takeUpJoin(): Promise<boolean> {
    return this.#line.takeUpJoin();
  }

  hangUp(): void {
    this.#line.hangUp();
  }
}
