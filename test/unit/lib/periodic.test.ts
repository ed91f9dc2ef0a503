import { expect, it } from "vitest";
import type { Clock } from "#lib/clock.ts";
import { createPeriodic } from "#lib/periodic.ts";

it("does its work at once and after each wait, also after a failure, until it is stopped", async () => {
  const waits: number[] = [];
  let onWait = () => {};
  const clock: Clock = {
    now: () => new Date(0),
    monotonicMs: () => 0,
    wait: async (ms) => {
      waits.push(ms);
      onWait();
    },
  };
  const failures: unknown[] = [];
  let runs = 0;
  const work = async () => {
    runs += 1;
    if (runs === 2) throw new Error("once");
  };
  const periodic = createPeriodic(clock, 60_000, work, (thrown) => failures.push(thrown));
  const stopped = new Promise<void>((resolve) => {
    onWait = () => {
      if (waits.length === 3) void periodic.stop().then(resolve);
    };
  });
  periodic.start();
  await stopped;
  expect({ runs, waits, failures: failures.length }).toEqual({
    runs: 3,
    waits: [60_000, 60_000, 60_000],
    failures: 1,
  });
});
