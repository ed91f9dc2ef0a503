import type { Audio, Line, LineEvent } from "#call/line.ts";
import { PassingLine } from "#call/passing-line.ts";
import { type Clock, systemClock } from "#lib/clock.ts";
import { bytesPerMs, type ReleaseSounds } from "./sounds.ts";

/** One request to play, and what became of it; times by the monotonic clock. */
export interface Playback {
  audio: readonly Audio[];
  startedMs: number | null;
  endedMs: number | null;
  /** `stopped`: by a key; `failed`: Asterisk could not play it; null: it was never told. */
  end: "complete" | "stopped" | "hung-up" | "failed" | null;
}

const cutOffWithinMs = 3_000;

/** A real line, and with it what was asked to be heard on it, and when: the caller acts by it, the ear checks it. */
export class WatchedLine extends PassingLine implements Clock {
  readonly playbacks: Playback[] = [];
  readonly #sounds: ReleaseSounds;
  readonly #onPrompt: (prompt: string) => void;
  readonly #onQuiet: () => void;
  readonly #playing = new Map<string, { playback: Playback; timers: NodeJS.Timeout[] }>();

  constructor(
    line: Line,
    { sounds, onPrompt, onQuiet }: { sounds: ReleaseSounds; onPrompt(prompt: string): void; onQuiet(): void },
  ) {
    super(line);
    this.#sounds = sounds;
    this.#onPrompt = onPrompt;
    this.#onQuiet = onQuiet;
  }

  now = () => systemClock.now();
  monotonicMs = () => systemClock.monotonicMs();
  wait: Clock["wait"] = (ms, signal) => systemClock.wait(ms, signal);

  get quiet(): boolean {
    return this.#playing.size === 0;
  }

  override async next(untilMs: number): Promise<LineEvent | null> {
    const event = await super.next(untilMs);
    if (event?.kind === "play-started") this.#began(event.id);
    if (event?.kind === "play-finished") this.#ended(event.id, event.complete ? "complete" : "failed");
    if (event?.kind === "hung-up" || event?.kind === "lost") this.#over();
    return event;
  }

  override play(id: string, audio: Audio[]): void {
    const playback: Playback = { audio, startedMs: null, endedMs: null, end: null };
    this.playbacks.push(playback);
    this.#playing.set(id, { playback, timers: [] });
    super.play(id, audio);
  }

  override stopPlaying(id: string): void {
    const playing = this.#playing.get(id);
    // Where the call ends by it, its end is told to nobody any more.
    if (playing) Object.assign(playing.playback, { end: "stopped", endedMs: this.monotonicMs() });
    for (const timer of playing?.timers ?? []) clearTimeout(timer);
    super.stopPlaying(id);
  }

  /** What broke off just before was broken off by that: Asterisk tells of it first. */
  #over(): void {
    for (const id of [...this.#playing.keys()]) this.#ended(id, "hung-up");
    const since = this.monotonicMs() - cutOffWithinMs;
    for (const playback of this.playbacks)
      if (playback.end === "failed" && (playback.endedMs ?? 0) >= since) playback.end = "hung-up";
  }

  #began(id: string): void {
    const playing = this.#playing.get(id);
    if (!playing) return;
    playing.playback.startedMs = this.monotonicMs();
    let at = 0;
    for (const piece of playing.playback.audio) {
      if ("prompt" in piece) playing.timers.push(setTimeout(() => this.#onPrompt(piece.prompt), at));
      at += lengthOf(piece, this.#sounds);
    }
  }

  #ended(id: string, how: "complete" | "failed" | "hung-up"): void {
    const playing = this.#playing.get(id);
    if (!playing) return;
    this.#playing.delete(id);
    for (const timer of playing.timers) clearTimeout(timer);
    const { playback } = playing;
    playback.endedMs = this.monotonicMs();
    playback.end = how === "complete" ? how : (playback.end ?? how);
    if (this.quiet) this.#onQuiet();
  }
}

/** Of what the caller told, nobody knows how long it is. */
export function lengthOf(piece: Audio, { byName }: ReleaseSounds): number {
  if ("pauseMs" in piece) return piece.pauseMs;
  return "sound" in piece ? (byName.get(piece.sound)?.length ?? 0) / bytesPerMs : 0;
}
