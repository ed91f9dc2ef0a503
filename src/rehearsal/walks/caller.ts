import { type CallerAct, tellAct } from "#walk/caller-act.ts";
import type { Leg, Subscriber } from "./caller-exchange.ts";
import type { Deed } from "./course.ts";
import { type FrameClock, frameMs } from "./frame-clock.ts";
import { voiceFrames } from "./voice.ts";

const reactionMs = 300;

/** Plays a script at the far end of a real call, by the frames that it sends, and keeps all that comes out of the telephone. */
export class Caller implements Subscriber {
  readonly #clock: FrameClock;
  readonly #acts: CallerAct[];
  readonly #heard: Uint8Array[] = [];
  readonly #listening = new Set<{ atMs: number; act(): void }>();
  readonly #over = Promise.withResolvers<void>();
  readonly #pending = new Set<() => void>();
  #leg: Leg | null = null;
  #waitingFor: string | null = null;
  #waitingForQuiet = false;
  #begun = 0;
  #isOver = false;
  keys = "";
  /** What they did, in order. */
  readonly deeds: Deed[] = [];
  /** When they hung up, by the call's clock; null: they did not. */
  hungUpAtMs: number | null = null;
  /** Whether anything is being said to them; set by whoever holds the other end. */
  isQuiet: () => boolean = () => true;

  constructor(acts: readonly CallerAct[], clock: FrameClock) {
    this.#clock = clock;
    this.#acts = [...acts];
  }

  /** Resolves once the call has ended at this end. */
  get ended(): Promise<void> {
    return this.#over.promise;
  }

  /** All A-law that arrived, one frame behind the other. */
  get heard(): Uint8Array {
    return Buffer.concat(this.#heard);
  }

  /** The number of the act, from 0, that they never came to; null once all is done. */
  get stuckAt(): number | null {
    if (this.#waitingFor !== null || this.#waitingForQuiet) return this.#begun - 1;
    return this.#acts.length > 0 ? this.#begun : null;
  }

  answered(leg: Leg): void {
    this.#leg = leg;
    this.#act();
  }

  hears(codes: Uint8Array): void {
    this.#heard.push(Uint8Array.from(codes));
    for (const one of [...this.#listening])
      if (one.atMs < this.heardMs && this.#listening.delete(one)) one.act();
  }

  /** How much sound has come. */
  get heardMs(): number {
    return this.#heard.length * frameMs;
  }

  /** Acts when the first frame after so much sound comes. @returns what takes it back */
  afterHearing(heardMs: number, act: () => void): () => void {
    const one = { atMs: heardMs, act };
    this.#listening.add(one);
    return () => void this.#listening.delete(one);
  }

  over(): void {
    this.#isOver = true;
    for (const takeBack of this.#pending) takeBack();
    this.#listening.clear();
    this.#over.resolve();
  }

  /** Told by the other end: a prompt begins just now. */
  promptBegins(prompt: string): void {
    if (this.#waitingFor !== prompt) return;
    this.#waitingFor = null;
    this.#after(reactionMs, () => this.#act());
  }

  /** Told by the other end: all has been said. */
  becomesQuiet(): void {
    if (!this.#waitingForQuiet) return;
    this.#waitingForQuiet = false;
    this.#after(reactionMs, () => this.#act());
  }

  #act(): void {
    const act = this.#acts.shift();
    if (!act || this.#isOver) return;
    this.#begun += 1;
    if ("hear" in act) this.#waitingFor = act.hear;
    else if ("hearOut" in act) {
      this.#waitingForQuiet = true;
      if (this.isQuiet()) this.becomesQuiet();
    } else if ("wait" in act) this.#after(act.wait, () => this.#act());
    else if ("press" in act) this.#press([...act.press], act.gapMs ?? 1_000);
    else if ("talk" in act) {
      this.#does(tellAct(act));
      this.#leg?.say(voiceFrames(act.talk));
      this.#after(act.talk, () => this.#act());
    } else if ("hangUp" in act) {
      this.#does(tellAct(act));
      this.hungUpAtMs = this.#clock.monotonicMs();
      this.#leg?.hangUp();
    } else throw new Error("a telephone cannot do this");
  }

  /** A key takes 180 ms on the wire: no two closer than that. */
  #press(digits: readonly string[], gapMs: number): void {
    const apart = Math.max(gapMs, 200);
    for (const [i, digit] of digits.entries())
      this.#after(i * apart, () => {
        this.keys += digit;
        this.#does(tellAct({ press: digit }));
        this.#leg?.press(digit);
      });
    this.#after((digits.length - 1) * apart, () => this.#act());
  }

  #does(words: string): void {
    this.deeds.push({ atMs: this.#clock.monotonicMs(), words });
  }

  #after(ms: number, act: () => void): void {
    const takeBack = this.#clock.after(ms, () => {
      this.#pending.delete(takeBack);
      act();
    });
    this.#pending.add(takeBack);
  }
}
