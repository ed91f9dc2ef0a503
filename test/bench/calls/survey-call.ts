/** One pretend person at the far end: presses, tells, and takes the time of everything that comes out of the telephone. */
import { readMark, storyFrames } from "#rehearsal/far-end/marked-story.ts";
import type { RtpHead } from "#rehearsal/far-end/rtp-packet.ts";
import type { Leg, Subscriber } from "#rehearsal/walks/caller-exchange.ts";
import type { Jitter } from "./jitter.ts";
import { ratingOf, storyTagOf } from "./numbers.ts";
import { isLoud, type MarkedPrompts } from "./prompts.ts";

export interface Manner {
  prompts: MarkedPrompts;
  /** Of the story; 0: they hang up once they have rated. */
  storyMs: number;
  /** So much of the question is heard before the key. */
  pressAfterMs: number;
}

/** Times in milliseconds; null where it never came to that. */
export interface CallTimes {
  index: number;
  /** Of the wall clock. */
  answeredAtMs: number;
  endedAtMs: number;
  /** From the answer to the first packet that is not silent, and to the end of the word "Hello". */
  firstSoundMs: number | null;
  firstWordMs: number | null;
  /** From the key let go to the last packet of the question, and to where the next prompt begins, pause included. */
  keyToStopMs: number | null;
  keyToPromptMs: number | null;
  /** From the # let go to where the thanks begin, pause included. */
  storyToThanksMs: number | null;
  /** Heard what a whole call has. */
  whole: boolean;
}

const frameMs = 20;
const impatientMs = 30_000;
const thinkMs = 300;

export class SurveyCall implements Subscriber {
  readonly #manner: Manner;
  readonly #jitter: Jitter;
  readonly #times: CallTimes;
  readonly #onOver: (times: CallTimes) => void;
  readonly #timers = new Set<NodeJS.Timeout>();
  #leg: Leg | null = null;
  #answeredMs = 0;
  #patience: NodeJS.Timeout | undefined;
  #letGoMs: number | null = null;
  #pressed: "" | "rating" | "#" = "";
  #told = false;
  #previous: { head: RtpHead; atMs: number } | null = null;

  constructor(index: number, manner: Manner, jitter: Jitter, onOver: (times: CallTimes) => void) {
    this.#manner = manner;
    this.#jitter = jitter;
    this.#onOver = onOver;
    this.#times = {
      ...{ index, answeredAtMs: 0, endedAtMs: 0, firstSoundMs: null },
      ...{ firstWordMs: null, keyToStopMs: null, keyToPromptMs: null, storyToThanksMs: null, whole: false },
    };
  }

  answered(leg: Leg): void {
    this.#leg = leg;
    this.#answeredMs = performance.now();
    this.#times.answeredAtMs = Date.now();
    this.#bePatient();
  }

  hears(codes: Uint8Array, head: RtpHead): void {
    const atMs = performance.now();
    if (this.#previous) this.#jitter.note(this.#previous, { head, atMs });
    this.#previous = { head, atMs };
    const times = this.#times;
    const sinceAnswerMs = atMs - this.#answeredMs;
    if (times.firstSoundMs === null && isLoud(codes)) times.firstSoundMs = sinceAnswerMs;
    const mark = readMark(codes, 0);
    if (mark) this.#hearsPrompt(mark, atMs);
  }

  letGo(): void {
    this.#letGoMs = performance.now();
  }

  /** The story is told. */
  said(): void {
    if (this.#told) this.#after(thinkMs, () => this.#press("#"));
  }

  over(): void {
    this.#times.endedAtMs = Date.now();
    clearTimeout(this.#patience);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#onOver(this.#times);
  }

  #hearsPrompt({ tag, index }: { tag: number; index: number }, atMs: number): void {
    const { tags, lastLoud, lengths } = this.#manner.prompts;
    const times = this.#times;
    // Where the prompt began, whichever frame of it this is.
    const sinceKeyMs = this.#letGoMs === null ? null : atMs - index * frameMs - this.#letGoMs;
    switch (tag) {
      case tags.hello:
        if (index === lastLoud.hello) times.firstWordMs ??= atMs - this.#answeredMs + frameMs;
        break;
      case tags["fft-question"]:
        if (index * frameMs >= this.#manner.pressAfterMs && this.#pressed === "") {
          this.#pressed = "rating";
          this.#press(String(ratingOf(times.index)));
        }
        if (this.#letGoMs !== null) times.keyToStopMs = atMs - this.#letGoMs;
        break;
      case tags["story-invitation"]:
        this.#bePatient();
        // Of a question that was over when the key was let go, nothing had to be stopped.
        times.keyToStopMs ??= 0;
        times.keyToPromptMs ??= sinceKeyMs;
        if (this.#manner.storyMs === 0) this.#leave();
        break;
      case tags.tone:
        if (index === lengths.tone! - 1) this.#after(thinkMs, () => this.#tell());
        break;
      case tags["thank-you"]:
        times.storyToThanksMs ??= sinceKeyMs;
        if (index === lastLoud["thank-you"]) times.whole = true;
    }
  }

  #tell(): void {
    if (this.#told) return;
    this.#told = true;
    const { storyMs } = this.#manner;
    this.#leg?.say(storyFrames(storyTagOf(this.#times.index), Math.round(storyMs / frameMs)));
    this.#bePatient();
  }

  #press(digit: string): void {
    if (digit === "#") this.#pressed = "#";
    this.#letGoMs = null;
    this.#leg?.press(digit);
    this.#bePatient();
  }

  /** A short call: rated, and that is all. */
  #leave(): void {
    this.#times.whole = true;
    this.#leg?.hangUp();
  }

  #bePatient(): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.#leg?.hangUp(), impatientMs);
  }

  #after(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }
}
