/** One running copy of the application, as far as it dials: it can be killed, frozen, and given a wrong clock. */
import { dispositionOf } from "#asterisk/cause-codes.ts";
import type { CallLog } from "#call/ports.ts";
import { createDialer, type Dialer } from "#campaign/dialer.ts";
import type { CampaignLook, ClaimedAttempt, CommitToRing } from "#campaign/ports.ts";
import { noteBrokenPromises, type PromiseBook } from "#campaign/promises.ts";
import { takeOver } from "#campaign/take-over.ts";
import { AppError } from "#lib/errors.ts";
import { silentLogger } from "#lib/logger.ts";
import { type BookOfRings, mayRingAt } from "./book-of-rings.ts";
import type { Chance } from "./chance.ts";
import type { LeasedLedger } from "./memory-ledger.ts";
import type { Office } from "./office.ts";
import { holdCall } from "./pretend-call.ts";
import type { PretendNetwork } from "./pretend-network.ts";
import { PretendClock, type PretendTime } from "./pretend-time.ts";

/** Slower where each look costs a question to a real database. */
export interface Pace {
  idlePollMs: number;
  leaseMs: number;
}

export interface InstanceParts {
  owner: string;
  office: Office;
  time: PretendTime;
  chance: Chance;
  book: BookOfRings;
  network: PretendNetwork;
  whoIs(visitId: string): { phone: string; person: string };
  pace: Pace;
  /** What just now was claimed or committed, and is not yet dialled: the worst moment for anything to change. */
  onClaimed(attempt: ClaimedAttempt, instance: Instance): void;
  /** Others have taken its calls over. */
  onReplaced(): void;
}

const pollMs = 5_000;
/** Done or not, and told or not; the last two only come late. */
const faults = ["before", "after", "late", "very late"] as const;
/** watching.ts forbids dialling from this difference on. */
const clocksApartMs = 2_000;

export class Instance {
  readonly clock: PretendClock;
  readonly #parts: InstanceParts;
  readonly #dialer: Dialer;
  readonly #ledger: LeasedLedger;
  readonly #calls: CallLog;
  readonly #promises: PromiseBook;
  #foundNothing = false;

  constructor(parts: InstanceParts) {
    this.#parts = parts;
    this.clock = new PretendClock(parts.time);
    this.clock.stretch = (ms) => (ms === pollMs ? this.#pollMs() : ms);
    this.#ledger = this.#faulty(parts.office.ledger(parts.owner, parts.pace.leaseMs));
    // What a call leaves is kept in the local spool while the database is away: late, and never refused.
    this.#calls = this.#faulty(parts.office.calls, { breaks: false });
    this.#promises = this.#faulty(parts.office.promises);
    const { network } = parts;
    const callParts = { ...parts, calls: this.#calls, clock: this.clock };
    this.#dialer = createDialer({
      ...{
        ledger: this.#ledger,
        telephone: network.telephone(this.clock),
        clock: this.clock,
        log: silentLogger,
      },
      ...{
        pollMs,
        dispositionOf,
        allowNumbers: new Set<string>(),
        faultsOf: () => [],
        freeCapacity: () => 200,
      },
      runCall: (leg) => holdCall(callParts, leg),
      gate: () => (Math.abs(this.clock.offsetMs) > clocksApartMs ? "the clocks differ" : null),
      onEvent: (event) => {
        if (event.kind === "refused") network.tell(event.attempt.visitId, `refused: ${event.because}`);
        if (event.kind === "ended") network.tell(event.attempt.visitId, `ended: ${event.ending.disposition}`);
      },
    });
  }

  start(): void {
    this.#dialer.start();
    void this.#watch();
  }

  /** kill -9: what was asked of the database may still be done, and nobody hears of it. */
  kill(): void {
    this.clock.dead = true;
  }

  /** SIGSTOP, and SIGCONT later. */
  freeze(ms: number): void {
    this.clock.frozenUntilMs = this.#parts.time.nowMs + ms;
  }

  async #watch(): Promise<void> {
    while (!this.clock.dead) {
      try {
        await this.#ledger.renewLeases();
        const { office } = this.#parts;
        const campaign = (id: string) => office.campaign(id);
        const parts = { ledger: this.#ledger, callLog: this.#calls, clock: this.clock, log: silentLogger };
        await takeOver({ ...parts, campaign });
        await noteBrokenPromises(this.#promises);
      } catch (thrown) {
        if (thrown instanceof AppError && thrown.code === "instance_replaced") {
          this.kill();
          return this.#parts.onReplaced();
        }
      }
      await this.clock.wait(this.#parts.pace.leaseMs / 3);
    }
  }

  /** Where nothing is to be done it looks less often: nights would otherwise take most of the machine's time. */
  #pollMs(): number {
    const { nowMs } = this.#parts.time;
    if (!mayRingAt(nowMs) && !mayRingAt(nowMs + 600_000)) return 600_000;
    return this.#foundNothing ? this.#parts.pace.idlePollMs : pollMs;
  }

  /** What goes to the database comes late at times, breaks off, or is done and never answered. */
  #faulty<T extends object>(of: T, { breaks } = { breaks: true }): T {
    return new Proxy(of, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...values: unknown[]) => Promise<unknown>;
        return (...values: unknown[]) =>
          this.#through(String(name), breaks, () => method.apply(target, values));
      },
    });
  }

  #through<T>(name: string, breaks: boolean, work: () => Promise<T>): Promise<T> {
    const { chance, time } = this.#parts;
    const fault = chance.happens(0.004) ? chance.pick(breaks ? faults : faults.slice(2)) : null;
    return new Promise((resolve, reject) => {
      const answer = (settle: () => void) => {
        const lateMs = fault === "very late" ? 8_000 : fault === "late" ? 900 : 0;
        if (lateMs > 0) time.after(lateMs, () => this.clock.awake(settle));
        else this.clock.awake(settle);
      };
      const broken = () => reject(new Error("the connection to the database broke"));
      if (fault === "before") return answer(broken);
      time.outside(work).then(
        (value) => {
          if (name === "look") this.#foundNothing = !(value as CampaignLook).due;
          if (name === "claim") this.#claimed(value);
          if (name === "takeOverAbandoned") this.#tookOver(value);
          if (name === "commitToRing") this.#committed(value);
          answer(fault === "after" ? broken : () => resolve(value));
        },
        (thrown) => answer(() => reject(thrown)),
      );
    });
  }

  #committed(value: unknown): void {
    const commit = value as CommitToRing;
    if (commit.kind === "refused" || !this.#parts.chance.happens(0.01)) return;
    this.#parts.onClaimed(this.#parts.network.whoIs(commit.order.attemptId).attempt, this);
  }

  #tookOver(value: unknown): void {
    const abandoned = value as Awaited<ReturnType<LeasedLedger["takeOverAbandoned"]>>;
    for (const { id, visitId, state } of abandoned) {
      this.#parts.network.tell(visitId, `taken over by ${this.#parts.owner}: ${state}`);
      this.#parts.network.takenOver(id);
    }
  }

  #claimed(value: unknown): void {
    const attempts = value as Awaited<ReturnType<LeasedLedger["claim"]>>;
    this.#foundNothing = attempts.length === 0;
    for (const attempt of attempts) {
      this.#parts.network.tell(attempt.visitId, `claimed by ${this.#parts.owner} as ${attempt.reason}`);
      this.#parts.network.claimed({ attempt, ...this.#parts.whoIs(attempt.visitId) });
      if (this.#parts.chance.happens(0.01)) this.#parts.onClaimed(attempt, this);
    }
  }
}
