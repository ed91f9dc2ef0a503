import { describe, expect, it } from "vitest";
import { DurableWrites } from "#call/durable-writes.ts";
import type { CallLog, CallStep } from "#call/ports.ts";
import type { AnswerSpool, CallWrite, Replay, Spooled } from "#call/spool.ts";
import { AppError } from "#lib/errors.ts";
import { silentLogger } from "#lib/logger.ts";
import { flowState } from "../../support/survey.ts";
import { FakeClock } from "../campaign/dialer-fakes.ts";

const step = (sequence: number, callId = "call"): CallStep => ({
  ...{ callId, sequence, state: flowState(), effects: [] },
  key: { digit: "1", step: "question", pressedAt: new Date(0) },
});
const nameOf = (write: CallWrite): string =>
  write.kind === "keep" ? `${write.step.callId} ${write.step.sequence}` : write.kind;

/** A database that answers at once, refuses, is gone, or is frozen; and a spool that may be full. */
class Bench {
  readonly clock = new FakeClock();
  database: "there" | "gone" | "frozen" | "refuses" = "there";
  spoolIsFull = false;
  spoolWrites: Promise<void> | null = null;
  direct: string[] = [];
  spooled: string[] = [];
  replayed: string[] = [];
  cleared: { refused: boolean }[] = [];
  cameBack = 0;
  probes = 0;
  lost = new Set<string>();
  onReplay: () => Promise<void> = async () => {};

  async #ask(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.database === "gone") throw new Error("Connection terminated unexpectedly");
    if (this.database === "refuses") throw new AppError("call_missing", "no such call");
    if (this.database === "frozen") await new Promise(() => {});
  }
  #log(): CallLog {
    const note = (name: string) => async () => {
      await this.#ask();
      this.direct.push(name);
    };
    return {
      begin: note("begin"),
      keep: async (kept) => note(nameOf({ kind: "keep", step: kept }))(),
      partBegun: note("part-begun"),
      partEnded: note("part-ended"),
      end: note("end"),
    };
  }
  readonly #replay: Replay = {
    take: async ({ write }) => {
      await this.#ask();
      await this.onReplay();
      this.replayed.push(nameOf(write));
    },
    holds: async (write) => !this.lost.has(nameOf(write)),
    isRefusal: (thrown) => thrown instanceof AppError && thrown.code === "call_missing",
  };
  readonly #spool: AnswerSpool = {
    append: async ({ write }: Spooled) => {
      await new Promise((resolve) => setImmediate(resolve));
      await this.spoolWrites;
      if (this.spoolIsFull) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
      this.spooled.push(nameOf(write));
    },
    clear: async (how) => void this.cleared.push(how),
    close: async () => {},
    leftBehind: async () => [],
  };
  readonly writes = new DurableWrites({
    ...{
      log: this.#log(),
      replay: this.#replay,
      spool: this.#spool,
      clock: this.clock,
      logger: silentLogger,
    },
    endAttempt: async () => {
      await this.#ask();
      this.direct.push("attempt-end");
    },
    probe: () => {
      this.probes += 1;
      return this.#ask();
    },
    cameBack: async () => void this.cameBack++,
  });
}

const end = { id: "call", disposition: "partial", endedBy: "them", machine: null } as const;

describe("what calls leave behind", () => {
  it("goes to the database alone while it is there", async () => {
    const bench = new Bench();
    await bench.writes.log.keep(step(1));
    await bench.writes.log.end(end);
    expect(bench.direct).toEqual(["call 1", "end"]);
    expect(bench.spooled).toEqual([]);
    expect(bench.writes.whyNot()).toBeNull();
  });

  it("goes to the spool, all of it, once the database is gone, and no call may begin", async () => {
    const bench = new Bench();
    bench.database = "gone";
    await bench.writes.log.keep(step(1));
    expect(bench.writes.whyNot()).toMatch(/database is away/);
    bench.database = "there";
    await bench.writes.log.keep(step(2));
    await bench.writes.log.end(end);
    expect(bench.direct, "what comes later stays behind it").toEqual([]);
    expect(bench.spooled).toEqual(["call 1", "call 2", "end"]);
  });

  it("makes nobody wait for a frozen database for longer than half a second, and only the first", async () => {
    const bench = new Bench();
    bench.database = "frozen";
    let kept = false;
    const first = bench.writes.log.keep(step(1)).then(() => {
      kept = true;
    });
    await bench.clock.advance(100);
    const second = bench.writes.log.keep(step(1, "other"));
    await bench.clock.advance(390);
    expect(kept).toBe(false);
    await bench.clock.advance(10);
    await Promise.all([first, second]);
    await bench.writes.log.keep(step(2));
    expect(bench.clock.ms).toBe(500);
    expect(bench.spooled).toEqual(["call 1", "other 1", "call 2"]);
  });

  it("is seen to be away within a second, without a write", async () => {
    const bench = new Bench();
    bench.writes.start();
    await bench.clock.advance(1_000);
    expect(bench.writes.whyNot()).toBeNull();
    bench.database = "frozen";
    await bench.clock.advance(950);
    expect(bench.writes.whyNot()).toMatch(/database is away/);
  });

  it("asks nothing more of a database that has just taken a write, and asks again once none came", async () => {
    const bench = new Bench();
    bench.writes.start();
    await bench.clock.advance(10);
    const before = bench.probes;
    for (let n = 1; n <= 10; n += 1) {
      await bench.writes.log.keep(step(n));
      await bench.clock.advance(200);
    }
    expect(bench.probes).toBe(before);
    bench.database = "gone";
    await bench.clock.advance(500);
    expect(bench.probes).toBeGreaterThan(before);
    expect(bench.writes.whyNot()).toMatch(/database is away/);
  });

  it("tells all who wait for it once one has found it gone", async () => {
    const bench = new Bench();
    bench.database = "frozen";
    const kept: string[] = [];
    const waits = bench.writes.log.keep(step(1)).then(() => kept.push("waits"));
    await bench.clock.advance(100);
    bench.database = "gone";
    const finds = bench.writes.log.keep(step(1, "other")).then(() => kept.push("finds"));
    await bench.clock.advance(10);
    await Promise.all([waits, finds]);
    expect(kept.toSorted()).toEqual(["finds", "waits"]);
    expect(bench.clock.ms, "and not half a second later").toBeLessThan(500);
  });

  it("is replayed in its order when the database is back, and only then goes there again", async () => {
    const bench = new Bench();
    bench.database = "gone";
    bench.writes.start();
    for (const n of [1, 2, 3]) await bench.writes.log.keep(step(n));
    await bench.clock.advance(5_000);
    expect(bench.replayed).toEqual([]);
    bench.database = "there";
    let late: Promise<void> | null = null;
    bench.onReplay = async () => {
      late ??= bench.writes.log.keep(step(4));
    };
    await bench.clock.advance(1_000);
    await late;
    expect(bench.replayed).toEqual(["call 1", "call 2", "call 3", "call 4"]);
    expect(bench.cameBack).toBeGreaterThan(0);
    expect(bench.cleared).toEqual([{ refused: false }]);
    expect(bench.writes.whyNot()).toBeNull();
    await bench.writes.log.keep(step(5));
    expect(bench.direct).toEqual(["call 5"]);
  });

  it("that is on its way to the spool while the rest is replayed is waited for", async () => {
    const bench = new Bench();
    bench.database = "gone";
    bench.writes.start();
    await bench.writes.log.keep(step(1));
    const { promise, resolve } = Promise.withResolvers<void>();
    bench.spoolWrites = promise;
    const second = bench.writes.log.keep(step(2));
    bench.database = "there";
    await bench.clock.advance(1_000);
    expect(bench.replayed).toEqual(["call 1"]);
    expect(bench.cleared).toEqual([]);
    resolve();
    await second;
    await bench.clock.advance(1_000);
    expect(bench.replayed).toEqual(["call 1", "call 2"]);
    expect(bench.cleared).toHaveLength(1);
  });

  it("is replayed on from where the database went away again", async () => {
    const bench = new Bench();
    bench.database = "gone";
    bench.writes.start();
    for (const n of [1, 2]) await bench.writes.log.keep(step(n));
    bench.database = "there";
    bench.onReplay = async () => {
      bench.database = "gone";
    };
    await bench.clock.advance(1_000);
    expect(bench.replayed).toEqual(["call 1"]);
    expect(bench.cleared).toEqual([]);
    bench.onReplay = async () => {};
    bench.database = "there";
    await bench.clock.advance(1_000);
    expect(bench.replayed).toEqual(["call 1", "call 2"]);
  });

  it("that the replay does not bring into the database is set aside, and holds up nothing", async () => {
    const bench = new Bench();
    bench.database = "gone";
    bench.writes.start();
    for (const n of [1, 2]) await bench.writes.log.keep(step(n));
    bench.lost.add("call 1");
    bench.database = "there";
    await bench.clock.advance(1_000);
    expect(bench.replayed).toEqual(["call 1", "call 2"]);
    expect(bench.cleared).toEqual([{ refused: true }]);
  });

  it("is told where the database is there and refuses", async () => {
    const bench = new Bench();
    bench.database = "refuses";
    await expect(bench.writes.log.keep(step(1))).rejects.toMatchObject({ code: "call_missing" });
    expect(bench.spooled).toEqual([]);
    expect(bench.writes.whyNot()).toBeNull();
  });

  it("is not acknowledged where the spool is full too; an end is remembered", async () => {
    const bench = new Bench();
    bench.database = "gone";
    bench.spoolIsFull = true;
    bench.writes.start();
    await expect(bench.writes.log.keep(step(1))).rejects.toMatchObject({ code: "answer_not_kept" });
    await bench.writes.log.end(end);
    bench.database = "there";
    await bench.clock.advance(1_000);
    expect(bench.replayed).toEqual(["end"]);
  });

  it("is replayed a last time on stopping, or left in the spool where the database stays away", async () => {
    for (const database of ["there", "gone"] as const) {
      const bench = new Bench();
      bench.database = "gone";
      await bench.writes.log.keep(step(1));
      bench.database = database;
      await bench.writes.stop();
      expect(bench.cleared.length).toBe(database === "there" ? 1 : 0);
    }
  });
});
