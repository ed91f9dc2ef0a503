import { expect, it } from "vitest";
import { EventQueue } from "#asterisk/event-queue.ts";
import type { Clock } from "#lib/clock.ts";

/** A clock whose waits end at once, so much later than asked for; then what waited at the door comes in. */
function lateBy(lateMs: number, comesIn: () => void = () => {}) {
  let nowMs = 0;
  const waits: number[] = [];
  const clock: Clock = {
    now: () => new Date(nowMs),
    monotonicMs: () => nowMs,
    wait: async (ms) => {
      waits.push(ms);
      nowMs += ms + (waits.length === 1 ? lateMs : 0);
      if (waits.length > 1) comesIn();
    },
  };
  return { clock, waits };
}

it("gives nothing once the time has passed", async () => {
  const { clock, waits } = lateBy(5);
  expect(await new EventQueue(clock).next(1_000)).toBeNull();
  expect(waits).toEqual([1_000]);
});

it("after a standstill lets in what happened meanwhile, before it says that nothing did", async () => {
  const talk = { kind: "talk-started", atMs: 3 } as const;
  const { clock } = lateBy(5_000, () => queue.push(talk));
  const queue = new EventQueue(clock);
  expect(await queue.next(1_000)).toEqual(talk);
});

it("and says it all the same where nothing comes", async () => {
  const { clock, waits } = lateBy(5_000);
  expect(await new EventQueue(clock).next(1_000)).toBeNull();
  expect(waits).toHaveLength(2);
});
