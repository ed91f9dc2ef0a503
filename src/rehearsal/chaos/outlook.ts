/** Whether a run can still come to anything. Where it cannot, it is given up at once, and says why. */
import type { FaultKind } from "./faults.ts";

/** The run cannot go on; the message says what was seen. */
export class GivenUp extends Error {}

/** A process of an instance that ended without our doing. Times: milliseconds since the epoch. */
export interface End {
  instance: string;
  status: number;
  fromMs: number;
  diedMs: number;
  /** It had said that it was up. */
  wasUp: boolean;
}

interface Span {
  kind: FaultKind;
  fromMs: number;
  /** Infinity while it goes on. */
  untilMs: number;
}

/** Whoever starts while the database or Asterisk is just coming back may still find it away. */
const aftermathMs = 5_000;
/** An instance that ends so often in a row, before it is up and with nothing else wrong, will never be up. */
const mostEndsInARow = 3;
/** With no fault under way somebody is rung within this time, or never. */
export const quietForMs = 60_000;

export class Outlook {
  readonly #nowMs: () => number;
  readonly #spans: Span[] = [];
  readonly #inARow = new Map<string, number>();
  readonly #everUp = new Set<string>();
  readonly #givenUp = Promise.withResolvers<never>();
  #rung = { count: 0, atMs: 0 };

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
    this.#rung.atMs = nowMs();
    // Nobody may be waiting for it just then.
    this.#givenUp.promise.catch(() => {});
  }

  /** What work comes to, or GivenUp as soon as it cannot come to anything. */
  race<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#givenUp.promise]);
  }

  giveUp(why: string): void {
    this.#givenUp.reject(new GivenUp(why));
  }

  /** @returns to be called when it is over */
  faultBegins(kind: FaultKind): () => void {
    const span: Span = { kind, fromMs: this.#nowMs(), untilMs: Number.POSITIVE_INFINITY };
    this.#spans.push(span);
    return () => {
      span.untilMs = this.#nowMs();
    };
  }

  isUp(instance: string): void {
    this.#everUp.add(instance);
    this.#inARow.delete(instance);
  }

  ended(end: End): void {
    const { instance, status } = end;
    if (end.wasUp) this.isUp(instance);
    if (end.wasUp || this.#explains(end)) return;
    const times = (this.#inARow.get(instance) ?? 0) + 1;
    this.#inARow.set(instance, times);
    const what = `instance ${instance} ended by itself with status ${status}`;
    if (!this.#everUp.has(instance)) this.giveUp(`${what} before it was ever up`);
    else if (times >= mostEndsInARow)
      this.giveUp(`${what} ${times} times in a row before it was up, and no fault explains it`);
  }

  /** How many have been rung by now, and whether there is somebody to ring. */
  rung(count: number, somebodyIsDue: boolean): void {
    if (count !== this.#rung.count || !somebodyIsDue) this.#rung = { count, atMs: this.#nowMs() };
    const lastMs = Math.max(this.#rung.atMs, ...this.#spans.map(({ untilMs }) => untilMs));
    if (this.#nowMs() - lastMs > quietForMs)
      this.giveUp(
        `nobody was rung for ${quietForMs / 1000} s, though no fault was under way and there is somebody to ring`,
      );
  }

  /** Of what an instance needs to come up. */
  #explains({ fromMs, diedMs }: End): boolean {
    return this.#spans.some(
      (span) =>
        /postgres|asterisk|ari/.test(span.kind) &&
        span.fromMs <= diedMs &&
        span.untilMs + aftermathMs >= fromMs,
    );
  }
}

/** A whole run may take so long, however much goes wrong in it. */
export const limitMsOf = ({
  calls,
  kills,
  maxCalls,
}: {
  calls: number;
  kills: number;
  maxCalls: number;
}): number => 300_000 + calls * Math.max(2_000, 40_000 / maxCalls) + kills * 10_000;
