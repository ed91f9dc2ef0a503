/** Many walks, few at once: as many as the machine carries in time, and none while live calls need it. */
import type { Clock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import type { WalkedCall } from "#release/walk-report.ts";
import type { PlannedWalk } from "./planned-walk.ts";
import { firstPace, lookEveryMs, type Punctuality, paceAfter, tooLateMs } from "./punctuality.ts";

export interface WalkProgress {
  /** Calls in all, those that have ended, and of them those with a fault. */
  walks: number;
  done: number;
  failed: number;
  /** Something to tell whoever waits. */
  line?: string;
}

export interface Turns {
  punctuality: Punctuality;
  clock: Clock;
  signal: AbortSignal;
  onProgress?: ((progress: WalkProgress) => void) | undefined;
  /** False while live calls need the machine. */
  mayGoOn?: (() => boolean | Promise<boolean>) | undefined;
  make(walk: PlannedWalk, i: number): Promise<WalkedCall>;
}

/** A walk that fails each time while the machine is late has failed. */
const mostTries = 5;
const apartMs = 150;
const askAgainMs = 1_000;
export const waitingWords = "waiting: live calls have the machine";

/** @returns in the order of `walks`. @throws AppError walk_stopped */
export async function walkInTurn(walks: readonly PlannedWalk[], turns: Turns): Promise<WalkedCall[]> {
  return new InTurn(walks, turns).walk();
}

/** @throws AppError walk_stopped */
export async function untilItMayGoOn(
  { mayGoOn = () => true, clock, signal }: Pick<Turns, "mayGoOn" | "clock" | "signal">,
  onWait: () => void,
): Promise<void> {
  for (let asked = 0; !(await mayGoOn()); asked += 1) {
    if (asked === 0) onWait();
    await clock.wait(askAgainMs, signal).catch(() => {});
    assertNotStopped(signal);
  }
  assertNotStopped(signal);
}

class InTurn {
  readonly #walks: readonly PlannedWalk[];
  readonly #turns: Turns;
  readonly #waiting: number[];
  readonly #going = new Set<number>();
  readonly #earlier = new Map<number, WalkedCall["faults"][]>();
  readonly #results = new Map<number, WalkedCall>();
  #pace = firstPace;
  #lookedMs: number;
  #broken: unknown = null;

  constructor(walks: readonly PlannedWalk[], turns: Turns) {
    this.#walks = walks;
    this.#turns = turns;
    this.#waiting = walks.map((_, i) => i);
    this.#lookedMs = turns.clock.monotonicMs();
  }

  async walk(): Promise<WalkedCall[]> {
    const { clock, signal } = this.#turns;
    while (this.#waiting.length + this.#going.size > 0) {
      assertNotStopped(signal);
      if (this.#broken) throw this.#broken;
      this.#look();
      if (this.#waiting.length > 0 && this.#going.size < this.#pace) await this.#begin();
      await clock.wait(apartMs, signal).catch(() => {});
    }
    assertNotStopped(signal);
    return this.#walks.map((_, i) => this.#results.get(i)!);
  }

  #look(): void {
    const { clock, punctuality } = this.#turns;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#lookedMs < lookEveryMs) return;
    this.#pace = paceAfter(this.#pace, punctuality.worstSince(this.#lookedMs));
    this.#lookedMs = nowMs;
  }

  async #begin(): Promise<void> {
    await untilItMayGoOn(this.#turns, () => this.#tell(waitingWords));
    const i = this.#waiting.shift()!;
    this.#going.add(i);
    void this.#turns
      .make(this.#walks[i]!, i)
      .then((result) => this.#ended(i, result))
      .catch((thrown) => {
        this.#broken ??= thrown;
      })
      .finally(() => this.#going.delete(i));
  }

  /** What fails while everything is in time has failed; what failed late may have been the machine's fault. */
  #ended(i: number, result: WalkedCall): void {
    const earlier = this.#earlier.get(i) ?? [];
    if (!result.passed && result.lateMs > tooLateMs && earlier.length + 1 < mostTries) {
      this.#earlier.set(i, [...earlier, result.faults]);
      this.#waiting.push(i);
      this.#tell(`to be walked again, the machine was ${result.lateMs} ms late: ${nameOf(result)}`);
      return;
    }
    this.#results.set(i, { ...result, earlier });
    this.#tell(`${result.passed ? "passed" : "FAILED"}: ${nameOf(result)}`);
  }

  #tell(line: string): void {
    const results = [...this.#results.values()];
    const failed = results.filter(({ passed }) => !passed).length;
    this.#turns.onProgress?.({ walks: this.#walks.length, done: results.length, failed, line });
  }
}

const nameOf = ({ flow, name }: WalkedCall): string => `${flow}, ${name}`;

/** @throws AppError walk_stopped */
export function assertNotStopped(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError("walk_stopped", "The walk was stopped.");
}
