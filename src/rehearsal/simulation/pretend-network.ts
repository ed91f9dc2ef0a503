/** The telephone network and the people at its ends: every kind of ending, and every way to hear of it wrongly. */
import type { DialOrder, DialOutcome, Line, Telephone } from "#call/line.ts";
import type { ClaimedAttempt } from "#campaign/ports.ts";
import type { BookOfRings, Ring } from "./book-of-rings.ts";
import type { Chance } from "./chance.ts";
import type { PretendClock, PretendTime } from "./pretend-time.ts";

/** What comes of a call, as the network knows it. */
const ends = {
  answered: 0.46,
  noAnswer: 0.24,
  busy: 0.1,
  congestion: 0.06,
  invalid: 0.015,
  failed: 0.01,
  /** It rang, and nobody here ever hears of it: the reply to our order was lost. */
  replyLostRang: 0.02,
  /** The order never went out, and we cannot know. */
  replyLostSilent: 0.02,
  /** It rang out, and the last event was lost. */
  eventLost: 0.01,
  /** Answered, but told so late that it was given up. */
  toldLate: 0.015,
  refused: 0.01,
};

/** What somebody who answers does. */
const answers = {
  completed: 0.26,
  partial: 0.1,
  declined: 0.05,
  optedOut: 0.03,
  wrongPerson: 0.02,
  callback: 0.15,
  hungUp: 0.13,
  machine: 0.16,
  noResponse: 0.05,
  silent: 0.03,
  fault: 0.02,
};
export type Answer = keyof typeof answers;

export interface Dialled {
  phone: string;
  person: string;
  attempt: ClaimedAttempt;
}

export class PretendNetwork {
  readonly #time: PretendTime;
  readonly #chance: Chance;
  readonly #book: BookOfRings;
  readonly #claimed = new Map<string, Dialled>();
  readonly #takenOver = new Set<string>();
  readonly #answers = new Map<string, Answer>();
  readonly tell: (visitId: string, what: string) => void;
  readonly counts: Record<string, number> = {};
  dialled = 0;

  constructor(
    time: PretendTime,
    chance: Chance,
    book: BookOfRings,
    tell: (visitId: string, what: string) => void,
  ) {
    this.#time = time;
    this.#chance = chance;
    this.#book = book;
    this.tell = tell;
  }

  /** The attempt's id is all that an order says of whom it is about. */
  claimed(dialled: Dialled): void {
    this.#claimed.set(dialled.attempt.id, dialled);
  }

  whoIs(attemptId: string): Dialled {
    return this.#claimed.get(attemptId)!;
  }

  answerOf(attemptId: string): Answer {
    return this.#answers.get(attemptId)!;
  }

  /** A process that was given up for dead, and speaks on, speaks to nobody. */
  hasLine(attemptId: string): boolean {
    return !this.#takenOver.has(attemptId);
  }

  /** Whoever takes an attempt over hangs up what is left of its call. */
  takenOver(attemptId: string): void {
    const ring = this.#book.rings.get(attemptId);
    this.#takenOver.add(attemptId);
    if (ring) this.#book.silent(ring);
  }

  /** One process's telephone. */
  telephone(clock: PretendClock): Telephone {
    return {
      ready: true,
      reserve: () => ({ node: "asterisk", giveBack: () => {} }),
      occupy: (node) => ({ node, giveBack: () => {} }),
      dial: (order, onRinging) => this.#dial(clock, order, onRinging),
    };
  }

  #dial(clock: PretendClock, order: DialOrder, onRinging: () => void): Promise<DialOutcome> {
    const end = this.#chance.weighted(ends);
    const { attempt, phone, person } = this.whoIs(order.attemptId);
    const { visitId, campaignId, reason } = attempt;
    this.counts[end] = (this.counts[end] ?? 0) + 1;
    this.tell(visitId, `dialled (${reason}): ${end}`);
    if (order.phone !== phone)
      this.#book.broken.push({ rule: "the visit's own number", visitId, atMs: this.#time.nowMs });
    if (end === "refused") return Promise.reject(new Error("Asterisk refused to dial"));
    if (end === "replyLostSilent") return this.#lost(clock, 3_000);
    const ids = { attemptId: attempt.id, visitId, campaignId, phone, person, reason };
    const ring: Ring = { ...ids, atMs: this.#time.nowMs, rang: false, counts: false };
    this.dialled += 1;
    this.#book.goesOut(ring);
    return this.#goOn(clock, order, onRinging, ring, end);
  }

  #goOn(
    clock: PretendClock,
    order: DialOrder,
    onRinging: () => void,
    ring: Ring,
    end: keyof typeof ends,
  ): Promise<DialOutcome> {
    const time = this.#time;
    const chance = this.#chance;
    const rings = ["answered", "noAnswer", "replyLostRang", "eventLost", "toldLate"].includes(end);
    const ringMs =
      end === "noAnswer" ? order.ringSeconds * 1000 : 3_000 + chance.below(order.ringSeconds * 800);
    if (rings) {
      time.after(1_000, () => {
        this.#book.sounded(ring);
        // Twice, or late, or not at all: the word of ringing decides nothing.
        for (let times = chance.below(3); times > 0; times -= 1) clock.awake(onRinging);
      });
    }
    if (end === "busy" || end === "invalid") ring.counts = true;
    this.#book.rests(ring, end);
    if (end !== "answered") time.after(rings ? ringMs + 1_000 : 200, () => this.#book.silent(ring));
    if (end === "replyLostRang") return this.#lost(clock, 3_000);
    if (end === "eventLost") return new Promise(() => {});
    return new Promise((resolve) => {
      const told = end === "toldLate" ? order.ringSeconds * 1000 + 40_000 : rings ? ringMs : 200;
      time.after(told, () => {
        clock.awake(() => resolve(this.#outcome(clock, ring, end)));
        if (end === "answered" && clock.dead) this.#book.silent(ring);
        if (rings && chance.happens(0.05)) clock.awake(onRinging);
      });
    });
  }

  #outcome(clock: PretendClock, ring: Ring, end: keyof typeof ends): DialOutcome {
    if (end === "answered" || end === "toldLate") {
      this.#answers.set(ring.attemptId, this.#chance.weighted(answers));
      // Whatever becomes of us, Asterisk ends the channel in the end.
      this.#time.after(1_800_000, () => this.#book.silent(ring));
      return { kind: "answered", line: this.#line(ring), answeredAt: clock.now() };
    }
    const [rang, cause, sipCode] = outcomes[end as keyof typeof outcomes];
    return { kind: "not-answered", rang, cause, sipCode };
  }

  /** The order's answer never came. */
  #lost(clock: PretendClock, ms: number): Promise<DialOutcome> {
    const rejects = this.#chance.happens(0.5);
    return new Promise((resolve, reject) => {
      this.#time.after(ms, () =>
        clock.awake(() =>
          rejects
            ? reject(new Error("the reply was lost"))
            : resolve({ kind: "unknown", reason: "the reply was lost" }),
        ),
      );
    });
  }

  #line(ring: Ring): Line {
    const nothing = () => {};
    return {
      ...{
        channelId: `hb-${ring.attemptId}`,
        next: () => new Promise(() => {}),
        play: nothing,
        stopPlaying: nothing,
      },
      ...{
        startRecording: nothing,
        stopRecording: nothing,
        takeUpRecording: async () => "none" as const,
        hangUp: () => this.#book.silent(ring),
        ...{ join: nothing, part: nothing, takeUpJoin: async () => false, inSight: async () => true },
      },
    };
  }
}

const outcomes = {
  noAnswer: [true, 19, 480],
  busy: [false, 17, 486],
  congestion: [false, 42, 503],
  invalid: [false, 1, 404],
  failed: [false, 88, 488],
} as const satisfies Record<string, [boolean, number, number]>;
