import type { Clock } from "#lib/clock.ts";
import type { Audio, JoinOrder, Line, LineEvent, RecordOptions } from "./line.ts";
import type { LineTimes } from "./line-times.ts";

/** The call is over: the far end hung up, or we lost hold of the line. */
export class LineEnded extends Error {
  readonly how: Extract<LineEvent, { kind: "hung-up" | "lost" }>;
  constructor(how: Extract<LineEvent, { kind: "hung-up" | "lost" }>) {
    super(how.kind);
    this.how = how;
  }
}

/** Whether the far end is talking, followed through the whole call. Times: clock.monotonicMs. */
export interface Talk {
  since: number | null;
  lastHeard: number | null;
}

/** Playbacks whose ids differ, one after the other; ids come again, so that another process can name what may play. */
const playbackIds = 8;
const playbackId = (channelId: string, n: number): string => `${channelId}-p${n % playbackIds}`;

/** Every id under which something may be playing on this channel. */
export const playbackIdsOf = (channelId: string): string[] =>
  Array.from({ length: playbackIds }, (_, n) => playbackId(channelId, n));

/** Two clocks never agree quite; an event told longer ago than this is taken for one told just now. */
const longestLagMs = 3_000;

/** An Asterisk that stood still answers before it has read what the far end sent meanwhile. */
const backlogMs = 150;
/** An Asterisk that tells all too late for long must not hold a line for ever. */
const mostUnseen = 5;

/**
 * A line as a conversation uses it: events come one by one, an end is thrown as LineEnded so that every wait ends with
 * it, and talk is tracked whatever is being waited for.
 */
export class AttentiveLine {
  readonly #line: Line;
  readonly #clock: Clock;
  readonly #times: LineTimes | null;
  readonly talk: Talk = { since: null, lastHeard: null };
  #plays = 0;
  /** So many times running it was not known whether they were silent. */
  #unseen = 0;

  constructor(line: Line, clock: Clock, times: LineTimes | null = null) {
    this.#line = line;
    this.#clock = clock;
    this.#times = times;
  }

  nowMs(): number {
    return this.#clock.monotonicMs();
  }

  /** The next event, or null at `untilMs`. @throws LineEnded */
  async next(untilMs: number): Promise<LineEvent | null> {
    const event = await this.#line.next(untilMs);
    if (!event) return null;
    if (event.kind === "hung-up" || event.kind === "lost") throw new LineEnded(event);
    if (event.kind === "play-started") this.#times?.began(event.id, this.nowMs());
    if (event.kind === "talk-started") this.talk.since ??= this.#when(event.atMs);
    if (event.kind === "talk-finished") {
      this.talk.since = null;
      this.talk.lastHeard = this.#when(event.atMs);
    }
    return event;
  }

  /**
   * The next event. "silence": none by `untilMs`, and there is none. "unseen": none was told, but what the far end does is
   * not told just now. @throws LineEnded
   */
  async nextOrSilence(untilMs: number): Promise<LineEvent | "silence" | "unseen"> {
    const event = await this.next(untilMs);
    const unseen = event === null && !(await this.#line.inSight());
    this.#unseen = unseen ? this.#unseen + 1 : 0;
    if (event) return event;
    if (unseen && this.#unseen <= mostUnseen) return "unseen";
    return (await this.next(this.nowMs() + backlogMs)) ?? "silence";
  }

  /** A moment on the line's own clock, on ours: talk is told only once it has lasted, and quiet likewise. */
  #when(atMs: number): number {
    const agoMs = this.#clock.now().getTime() - atMs;
    return this.nowMs() - Math.min(Math.max(agoMs, 0), longestLagMs);
  }

  /** Starts the pieces and returns the playback's id. */
  play(audio: Audio[]): string {
    const id = playbackId(this.#line.channelId, this.#plays++);
    this.#times?.playing(id);
    this.#line.play(id, audio);
    return id;
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

  /** Takes up a recording that another process began; one that runs needs no sound of ours to go on. */
  async takeUpRecording(name: string, options: RecordOptions): Promise<"running" | "ended" | "none"> {
    const found = await this.#line.takeUpRecording(name, options);
    if (found === "running") this.#times?.began(name, this.nowMs());
    return found;
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
