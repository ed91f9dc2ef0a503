/** Somebody on the telephone who answers what is asked, however often, and writes down what they did and heard. */
import type { Ledger } from "./ledger.ts";
import type { MarkedPrompt } from "./marked-prompts.ts";
import { storyFrames } from "./marked-story.ts";
import { PromptEar } from "./prompt-ear.ts";
import type { RtpLeg } from "./rtp-leg.ts";

/** What they are like; drawn by seed and number. */
export interface Character {
  kind: "tells" | "rates" | "opts-out" | "hangs-up" | "hangs-up-telling" | "busy" | "away";
  rating: number;
  storyFrames: number;
  reactionMs: number;
}

/** The step of the flow that a marked prompt belongs to: whoever hears it knows that the steps before it are done. */
const stepOf: Partial<Record<MarkedPrompt, string>> = {
  ...{ hello: "greeting", welcome: "welcome", "fft-question": "question", "story-invitation": "story" },
  ...{ tone: "story", "review-keys": "review", "consent-question": "consent", "thank-you": "thanks" },
  ...{ "opted-out": "opt-out", goodbye: "goodbye" },
};
/** In the order in which a call comes to them. */
const order = ["greeting", "welcome", "question", "read-back", "story", "review", "consent", "thanks"];
const rankOf = (step: string): number => (order.includes(step) ? order.indexOf(step) : order.length);
/** Where saying nothing leads on too, only what comes before that silence is over answers to the key. */
const ledOnBySilence = ["read-back", "review", "consent"];
const silenceMs = 5_500;
const labels: readonly string[] = [
  "very-good",
  "good",
  "neither-good-nor-poor",
  "poor",
  "very-poor",
  "dont-know",
];

const notUnderstood: readonly MarkedPrompt[] = ["take-your-time", "let-me-repeat", "story-limit-reached"];

const patienceMs = 30_000;
/** On its way to Asterisk, and there into the recording. */
const lastWordMs = 300;
/** Of the tone, 20 ms each, once its beginning has been told from other sounds. */
const toneFramesLeft = 10;
/** Some of it may never come: the Asterisk that played it is dead, say. */
const longestToneMs = 3_000;
const breathMs = 760;
/** The same key sooner is taken for a slip (sameKeyWithinMs of the flow). */
const sameKeyAfterMs = 900;

export class PretendPerson {
  readonly #call: string;
  readonly #tag: number;
  readonly #character: Character;
  readonly #leg: RtpLeg;
  readonly #ledger: Ledger;
  readonly #hangUp: (because: "done" | "impatient" | "hung-up") => void;
  readonly #ear = new PromptEar();
  #timers = new Set<NodeJS.Timeout>();
  #patience: NodeJS.Timeout | undefined;
  #intention: NodeJS.Timeout | undefined;
  #keys = 0;
  #waiting: { n: number; step: string; digit: string; atMs: number }[] = [];
  #lastKey = { digit: "", atMs: 0 };
  /** The first press for each step, and whether it has been asked anew since because the call changed hands. */
  readonly #firstPress = new Map<string, { n: number; digit: string; askedAnew: boolean }>();
  #take = 0;
  #spoken = 0;
  /** What they do once the tone has been heard out, and how much of it is to come. */
  #afterTone: { left: number; act: () => void } | null = null;
  #told: { take: number; from: number; count: number } | null = null;

  constructor(options: {
    call: string;
    tag: number;
    character: Character;
    leg: RtpLeg;
    ledger: Ledger;
    hangUp: (because: "done" | "impatient" | "hung-up") => void;
  }) {
    this.#call = options.call;
    this.#tag = options.tag;
    this.#character = options.character;
    this.#leg = options.leg;
    this.#ledger = options.ledger;
    this.#hangUp = options.hangUp;
    this.#leg.onSound = (codes) => {
      const prompt = this.#ear.hear(codes);
      if (prompt) this.#heard(prompt);
      else this.#hearTone();
    };
    this.#leg.onSaid = () => this.#saidAll();
    this.#bePatient();
  }

  /** The call is over, whoever ended it. */
  over(): void {
    clearTimeout(this.#patience);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#storyEnded();
  }

  #heard(prompt: MarkedPrompt): void {
    this.#ledger.write({ call: this.#call, what: "heard", prompt });
    if (prompt === "let-me-repeat") for (const press of this.#firstPress.values()) press.askedAnew = true;
    this.#bePatient();
    this.#acknowledge(prompt);
    this.#think(prompt);
  }

  #acknowledge(prompt: MarkedPrompt): void {
    // Whoever asks for more, or says anything again, has not heard that the story was over: a silence ends it then.
    if (notUnderstood.includes(prompt)) this.#waiting = this.#waiting.filter((key) => key.step !== "story");
    const step = labels.includes(prompt) ? "read-back" : stepOf[prompt];
    if (!step) return;
    // Who goes back to an earlier step (the call has changed hands) has not heard what was pressed since.
    const answered = this.#waiting.filter((key) => rankOf(key.step) < rankOf(step) && !isOverdue(key));
    // Of several keys to one question, asked anew each time, what comes after it answers to the last.
    const known = [...new Map(answered.map((key) => [key.step, key])).values()];
    this.#waiting = this.#waiting.filter((key) => key.step === step);
    for (const { n } of known) {
      this.#ledger.write({ call: this.#call, what: "acknowledged", n, by: prompt });
    }
    const rated = known.find((key) => key.step === "question" && key.digit !== "9");
    if (rated && step === "read-back" && labels.indexOf(prompt) + 1 !== Number(rated.digit))
      this.#ledger.write({ call: this.#call, what: "misheard", pressed: rated.digit, by: prompt });
  }

  /** What they do about it; what they had meant to do before is forgotten. */
  #think(prompt: MarkedPrompt): void {
    const meant = this.#meaning(prompt);
    if (meant === null) return;
    // Who is asked something else in the middle of a story stops telling it.
    if (prompt !== "tone") this.#storyEnded();
    this.#forget();
    if (prompt === "tone") this.#hearOutTone(meant);
    else this.#intention = this.#after(this.#character.reactionMs, meant);
  }

  /** Nobody tells into the tone, also where it stood still in the middle. */
  #hearOutTone(meant: () => void): void {
    const act = () => {
      this.#forget();
      this.#intention = this.#after(breathMs, meant);
    };
    this.#afterTone = { left: toneFramesLeft, act };
    this.#intention = this.#after(longestToneMs, act);
  }

  #hearTone(): void {
    if (this.#afterTone && --this.#afterTone.left === 0) this.#afterTone.act();
  }

  /** Null: nothing to do about this one. */
  #meaning(prompt: MarkedPrompt): (() => void) | null {
    const { kind, rating } = this.#character;
    if (labels.includes(prompt)) return () => this.#press("1", "read-back");
    switch (prompt) {
      case "hello":
        return () => this.#press("1", "greeting");
      case "fft-question":
        if (kind === "hangs-up") return () => this.#hangUp("hung-up");
        return () => this.#press(kind === "opts-out" ? "9" : String(rating), "question");
      case "story-invitation":
        return kind === "rates" ? () => this.#press("#", "story") : null;
      case "tone":
        return kind === "rates" ? () => this.#press("#", "story") : () => this.#tell();
      case "review-keys":
        return () => this.#press("1", "review");
      case "consent-question":
        return () => this.#press("1", "consent");
      case "thank-you":
        return () => {}; // nothing is asked any more
      default:
        return null;
    }
  }

  #forget(): void {
    this.#afterTone = null;
    clearTimeout(this.#intention);
  }

  #press(digit: string, step: string): void {
    const tooSoonMs = digit === this.#lastKey.digit ? this.#lastKey.atMs + sameKeyAfterMs - Date.now() : 0;
    if (tooSoonMs > 0) {
      this.#intention = this.#after(tooSoonMs, () => this.#press(digit, step));
      return;
    }
    this.#storyEnded();
    this.#keys += 1;
    this.#lastKey = { digit, atMs: Date.now() };
    this.#waiting.push({ n: this.#keys, step, digit, atMs: this.#lastKey.atMs });
    const again = this.#pressedBefore(step, digit);
    this.#ledger.write({ call: this.#call, what: "key", n: this.#keys, digit, step, ...again });
    this.#leg.press(digit);
    this.#bePatient();
  }

  /** The first press may have been kept by whoever held the call then: one answer, however often it is asked for. */
  #pressedBefore(step: string, digit: string): { again?: number } {
    const first = this.#firstPress.get(step);
    if (first?.askedAnew && first.digit === digit) return { again: first.n };
    this.#firstPress.set(step, { n: this.#keys, digit, askedAnew: false });
    return {};
  }

  /** Every telling has frames of its own, so that none is taken for another. */
  #tell(): void {
    const count = this.#character.storyFrames;
    this.#take += 1;
    this.#told = { take: this.#take, from: this.#spoken, count };
    this.#ledger.write({ call: this.#call, what: "story-begun", take: this.#take, from: this.#spoken });
    this.#leg.say(storyFrames(this.#tag, this.#spoken + count).slice(this.#spoken));
    this.#spoken += count;
    if (this.#character.kind === "hangs-up-telling") this.#after(count * 10, () => this.#breakOff());
    this.#bePatient();
  }

  /** In the middle of the story, in words that have all been said: Asterisk reads no sound behind a goodbye. */
  #breakOff(): void {
    this.#storyEnded();
    this.#after(lastWordMs, () => this.#hangUp("hung-up"));
  }

  #saidAll(): void {
    if (!this.#told) return;
    this.#storyEnded();
    this.#intention = this.#after(300, () => this.#press("#", "story"));
  }

  #storyEnded(): void {
    if (!this.#told) return;
    const { take, from, count } = this.#told;
    this.#told = null;
    const to = from + count - this.#leg.unsaid;
    this.#leg.say([]);
    this.#ledger.write({ call: this.#call, what: "story-ended", take, to });
  }

  #bePatient(): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.#hangUp("impatient"), patienceMs);
  }

  #after(ms: number, act: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
    return timer;
  }
}

const isOverdue = ({ step, atMs }: { step: string; atMs: number }): boolean =>
  ledOnBySilence.includes(step) && Date.now() - atMs > silenceMs;
