/**
 * What calls leave behind is durable before anybody hears of it: in the database, or, while that is away or too slow for
 * a patient to wait for, in the spool, from which it is replayed in its order (RELIABILITY.md 2.3).
 */
import { setImmediate as turn } from "node:timers/promises";
import type { Ledger } from "#campaign/ports.ts";
import { type Clock, later } from "#lib/clock.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import { newId } from "#lib/ids.ts";
import type { Logger } from "#lib/logger.ts";
import type { CallLog } from "./ports.ts";
import { replayAll } from "./replay-all.ts";
import type { AnswerSpool, CallWrite, Replay, Spooled } from "./spool.ts";

export interface DurableWritesParts {
  /** The database's own. */
  log: CallLog;
  endAttempt: Ledger["end"];
  /** Resolves while the database is there. */
  probe(): Promise<unknown>;
  /** Done once the database is back, before anything is replayed. */
  cameBack(): Promise<unknown>;
  replay: Replay;
  spool: AnswerSpool;
  clock: Clock;
  logger: Logger;
}

/** A patient waits for no write longer than this: a key's next prompt takes half a second besides, and 1.2 s at most. */
export const writeWithinMs = 500;
const probeEveryMs = 250;
/** On stopping, so long for what is still in the spool; the rest is the next process's. */
const lastDrainMs = 3_000;

/** Writes to the database, or to the spool; `start` begins to watch the database. */
export class DurableWrites {
  readonly #parts: DurableWritesParts;
  readonly #stopped = new AbortController();
  #watching: Promise<void> = Promise.resolve();
  #away = false;
  /** Of writes under way: told once the database is found to be away. */
  readonly #underWay = new Set<(away: unknown) => void>();
  /** Appended to the spool and not yet replayed, in their order; `#coming` are on their way to its disk. */
  #waiting: Spooled[] = [];
  #coming = 0;
  /** When it last took a write of ours. */
  #tookAtMs = Number.NEGATIVE_INFINITY;
  #refused = false;
  #lastProblem = "";

  readonly log: CallLog = {
    begin: (call) => this.#write({ kind: "begin", call }),
    keep: (step) => this.#write({ kind: "keep", step }),
    partBegun: (part) => this.#write({ kind: "part-begun", part }),
    partEnded: (part) => this.#write({ kind: "part-ended", part }),
    end: (call) => this.#write({ kind: "end", call }),
  };
  readonly endAttempt: Ledger["end"] = (attempt, ending) =>
    this.#write({ kind: "attempt-end", attempt, ending });

  constructor(parts: DurableWritesParts) {
    this.#parts = parts;
  }

  /** Why no call may be begun; null when one may. Until all is replayed, the database does not know who opted out. */
  whyNot(): string | null {
    return this.#away ? "the database is away: answers are kept on this machine meanwhile" : null;
  }

  start(): void {
    this.#watching = this.#watch();
  }

  /** What the database does not take any more stays in the spool. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#watching;
    if (this.#away) await this.#inTime(this.#look(), lastDrainMs).catch(() => {});
    await this.#parts.spool.close();
  }

  async #write(write: CallWrite): Promise<void> {
    if (this.#away) return this.#keep(write);
    try {
      await this.#inTime(this.#orAway(this.#direct(write)), writeWithinMs);
      this.#tookAtMs = this.#parts.clock.monotonicMs();
    } catch (thrown) {
      if (this.#parts.replay.isRefusal(thrown)) throw thrown;
      this.#goAway(thrown);
      return this.#keep(write);
    }
  }

  /** Ends too where another finds the database away meanwhile. */
  #orAway(writing: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#underWay.add(reject);
      writing.then(resolve, reject).finally(() => this.#underWay.delete(reject));
    });
  }

  #direct(write: CallWrite): Promise<void> {
    const { log, endAttempt } = this.#parts;
    switch (write.kind) {
      case "begin":
        return log.begin(write.call);
      case "keep":
        return log.keep(write.step);
      case "part-begun":
        return log.partBegun(write.part);
      case "part-ended":
        return log.partEnded(write.part);
      case "end":
        return log.end(write.call);
      case "attempt-end":
        return endAttempt(write.attempt, write.ending);
    }
  }

  async #keep(write: CallWrite): Promise<void> {
    const { spool, clock, logger } = this.#parts;
    const spooled = { id: newId(), at: clock.now(), write };
    this.#coming += 1;
    try {
      await spool.append(spooled);
    } catch (cause) {
      logger.error(
        { kind: write.kind, problem: messageOf(cause) },
        "neither database nor spool could be written",
      );
      // An end is acknowledged to nobody: it is remembered, and after a crash it is settled as any other.
      if (write.kind === "begin" || write.kind === "keep" || write.kind === "part-begun")
        throw new AppError("answer_not_kept", "An answer could be written nowhere.", {}, { cause });
    } finally {
      this.#coming -= 1;
    }
    this.#waiting.push(spooled);
  }

  #goAway(thrown: unknown): void {
    const problem = messageOf(thrown);
    if (this.#away && problem === this.#lastProblem) return;
    this.#away = true;
    for (const tell of this.#underWay) tell(thrown);
    this.#underWay.clear();
    this.#lastProblem = problem;
    this.#parts.logger.error(
      { problem },
      "the database is away: answers go to the spool, and no call is begun",
    );
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      if (this.#away || !this.#tookJustNow()) await this.#look().catch((thrown) => this.#goAway(thrown));
      await this.#parts.clock.wait(probeEveryMs, signal).catch(() => {});
    }
  }

  /** A write that was taken says as much as a probe. */
  #tookJustNow(): boolean {
    return this.#parts.clock.monotonicMs() - this.#tookAtMs < probeEveryMs;
  }

  async #look(): Promise<void> {
    await this.#inTime(this.#parts.probe(), writeWithinMs);
    if (this.#away) await this.#drain();
  }

  async #drain(): Promise<void> {
    const { cameBack, replay, spool, logger } = this.#parts;
    await cameBack();
    const from = this.#waiting.length;
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      const { refused } = await replayAll({ replay, logger }, [first]);
      this.#refused ||= refused > 0;
      this.#waiting.shift();
    }
    if (this.#coming > 0) return;
    // In one go, without an await: what is written from here on goes to the database, behind all that was spooled.
    this.#away = false;
    const refused = this.#refused;
    this.#refused = false;
    logger.info({ replayed: from }, "the database is back, and has all that was kept here meanwhile");
    await spool
      .clear({ refused })
      .catch((thrown) => logger.error({ problem: messageOf(thrown) }, "the spool could not be cleared"));
  }

  /** What has come by the time that we look counts, also where we were too busy to see it in time. */
  #inTime<T>(coming: Promise<T>, withinMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = async () => {
        await turn();
        await turn();
        reject(new AppError("database_slow", `The database did not answer within ${withinMs} ms.`));
      };
      const over = later(this.#parts.clock, withinMs, () => void late());
      coming.then(resolve, reject).finally(over);
    });
  }
}
