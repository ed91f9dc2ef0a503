import type { DialOutcome, Line } from "#call/line.ts";
import { type AriChannel, type AriEvent, tellsOfRinging } from "./ari-events.ts";

/**
 * One number being rung, from before the request until somebody answers or it fails. Events may come in any order, and
 * before the request's own answer (a busy tone does); whichever settles it first, settles it.
 */
export class DialAttempt {
  readonly outcome: Promise<DialOutcome>;
  readonly #onRinging: () => void;
  readonly #answer: (channel: AriChannel) => { line: Line; answeredAt: Date };
  #settle!: (outcome: DialOutcome) => void;
  #refuse!: (error: Error) => void;
  #rang = false;
  settled = false;

  /** `answer` makes the line, at once: the next event may already lie in the same packet as the answer. */
  constructor(onRinging: () => void, answer: (channel: AriChannel) => { line: Line; answeredAt: Date }) {
    this.#onRinging = onRinging;
    this.#answer = answer;
    this.outcome = new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#refuse = reject;
    });
  }

  take(event: AriEvent): void {
    if (event.type === "StasisStart") this.#answered(event.channel);
    else if (tellsOfRinging(event)) this.#ringing();
    else if (event.type === "ChannelDestroyed") this.#failed(event.cause, event.tech_cause ?? null);
  }

  /** How the channel was found after a lost connection or an unanswered request; null: it is not there. */
  found(channel: AriChannel | null): void {
    if (!channel)
      this.settle({ kind: "unknown", reason: "the channel ended, or never was, while nobody could see" });
    else if (channel.state === "Up" && channel.dialplan?.app_name === "Stasis") this.#answered(channel);
    else if (channel.state === "Ringing") this.#ringing();
  }

  settle(outcome: DialOutcome): void {
    this.settled = true;
    this.#settle(outcome);
  }

  /** It certainly did not go out: `outcome` rejects. */
  refuse(error: Error): void {
    this.settled = true;
    this.#refuse(error);
  }

  #answered(channel: AriChannel): void {
    if (!this.settled) this.settle({ kind: "answered", ...this.#answer(channel) });
  }

  #ringing(): void {
    if (this.#rang || this.settled) return;
    this.#rang = true;
    this.#onRinging();
  }

  #failed(cause: number, sipCode: number | null): void {
    this.settle({ kind: "not-answered", rang: this.#rang, cause, sipCode });
  }
}
