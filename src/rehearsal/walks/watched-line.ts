import type { Audio, Line, LineEvent } from "#call/line.ts";
import { PassingLine } from "#call/passing-line.ts";
import type { Clock } from "#lib/clock.ts";
import { bytesPerMs, type ReleaseSounds } from "./sounds.ts";

/** A moment of a call: by its clock, and by how much sound had come by then. */
export interface Moment {
  atMs: number;
  heardMs: number;
}

/** One request to play, and what became of it. */
export interface Playback {
  /** Of the flow that asked for it. */
  step: string | null;
  audio: readonly Audio[];
  started: Moment | null;
  ended: Moment | null;
  /** `stopped`: by a key; `failed`: Asterisk could not play it; null: it was never told. */
  end: "complete" | "stopped" | "hung-up" | "failed" | null;
}

const cutOffWithinMs = 3_000;

/** The ear at the other end. */
export interface Ear {
  readonly heardMs: number;
  /** @returns what takes it back */
  afterHearing(heardMs: number, act: () => void): () => void;
  /** A prompt begins just now. */
  promptBegins(prompt: string): void;
  /** All has been said. */
  becomesQuiet(): void;
}

interface Pending {
  prompt: string;
  takeBack(): void;
}

/** A real line, and with it what was asked to be heard on it, and when: the caller acts by it, the ear checks it. */
export class WatchedLine extends PassingLine implements Clock {
  readonly playbacks: Playback[] = [];
  readonly #sounds: ReleaseSounds;
  readonly #ear: Ear;
  readonly #clock: Clock;
  readonly #playing = new Map<string, { playback: Playback; pending: Pending[] }>();
  /** By how much sound came behind the clock at the worst, while something was played: Asterisk was kept waiting too. */
  soundLateMs = 0;
  /** The flow's; set by whoever walks it. */
  step: string | null = null;

  constructor(line: Line, { sounds, ear, clock }: { sounds: ReleaseSounds; ear: Ear; clock: Clock }) {
    super(line);
    this.#sounds = sounds;
    this.#ear = ear;
    this.#clock = clock;
  }

  now = () => this.#clock.now();
  monotonicMs = () => this.#clock.monotonicMs();
  wait: Clock["wait"] = (ms, signal) => this.#clock.wait(ms, signal);

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
    const playback: Playback = { step: this.step, audio, started: null, ended: null, end: null };
    this.playbacks.push(playback);
    this.#playing.set(id, { playback, pending: [] });
    super.play(id, audio);
  }

  override stopPlaying(id: string): void {
    const playing = this.#playing.get(id);
    // Where the call ends by it, its end is told to nobody any more.
    if (playing) Object.assign(playing.playback, { end: "stopped", ended: this.#moment() });
    for (const { takeBack } of playing?.pending ?? []) takeBack();
    super.stopPlaying(id);
  }

  #moment = (): Moment => ({ atMs: this.monotonicMs(), heardMs: this.#ear.heardMs });

  #over(): void {
    for (const id of [...this.#playing.keys()]) this.#ended(id, "hung-up");
    this.farEndHungUp(this.monotonicMs() - cutOffWithinMs);
  }

  /**
   * What broke off since then was broken off by that: Asterisk tells of it first, and the end of the call is told to
   * nobody where the flow had nothing more to say. @returns whether anything was
   */
  farEndHungUp(atMs: number): boolean {
    const broken = this.playbacks.filter(({ end, ended }) => end === "failed" && (ended?.atMs ?? 0) >= atMs);
    for (const playback of broken) playback.end = "hung-up";
    return broken.length > 0;
  }

  /** Each prompt begins with its own first frame, however late that comes. */
  #began(id: string): void {
    const playing = this.#playing.get(id);
    if (!playing) return;
    playing.playback.started = this.#moment();
    let at = this.#ear.heardMs;
    for (const piece of playing.playback.audio) {
      if ("prompt" in piece) playing.pending.push(this.#pending(piece.prompt, at));
      at += lengthOf(piece, this.#sounds);
    }
  }

  #pending(prompt: string, heardMs: number): Pending {
    const pending = { prompt, takeBack: () => {} };
    pending.takeBack = this.#ear.afterHearing(heardMs, () => this.#ear.promptBegins(prompt));
    return pending;
  }

  #ended(id: string, how: "complete" | "failed" | "hung-up"): void {
    const playing = this.#playing.get(id);
    if (!playing) return;
    this.#playing.delete(id);
    for (const { takeBack } of playing.pending) takeBack();
    const { playback } = playing;
    playback.end = how === "complete" ? how : (playback.end ?? how);
    playback.ended ??= this.#moment();
    this.soundLateMs = Math.max(this.soundLateMs, shortMs(playback));
    if (this.quiet) this.#ear.becomesQuiet();
  }
}

/** How much less sound came than the playback lasted. */
export function shortMs({ started, ended }: Playback): number {
  if (!started || !ended) return 0;
  return ended.atMs - started.atMs - (ended.heardMs - started.heardMs);
}

/** Of what the caller told, nobody knows how long it is. */
export function lengthOf(piece: Audio, { byName }: ReleaseSounds): number {
  if ("pauseMs" in piece) return piece.pauseMs;
  return "sound" in piece ? (byName.get(piece.sound)?.length ?? 0) / bytesPerMs : 0;
}
