import { beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "#lib/clock.ts";
import { createEngineGate, type EngineGate } from "#transcript/engine-gate.ts";
import { pauseAfter, SpeechTrouble } from "#transcript/speech-trouble.ts";

const never = new AbortController().signal;
const trouble = (kind: SpeechTrouble["kind"] = "away", retryAfterMs?: number) =>
  new SpeechTrouble(kind, "as told", retryAfterMs === undefined ? {} : { retryAfterMs });

let nowMs: number;
let sleepers: { untilMs: number; wake: () => void }[];
let gate: EngineGate;
const clock: Clock = {
  now: () => new Date(nowMs),
  monotonicMs: () => nowMs,
  wait: (ms, signal) =>
    new Promise((resolve, reject) => {
      sleepers.push({ untilMs: nowMs + ms, wake: resolve });
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    }),
};
const settle = () => new Promise((resolve) => setImmediate(resolve));
const pass = async (ms: number) => {
  nowMs += ms;
  for (const sleeper of sleepers.filter(({ untilMs }) => untilMs <= nowMs)) sleeper.wake();
  await settle();
};
/** Who got in, in the order they did. */
const entering = (signal = never) => {
  const visit = gate.enter(signal);
  let isIn = false;
  visit.then(
    () => {
      isIn = true;
    },
    () => {},
  );
  return { visit, isIn: () => isIn };
};

beforeEach(() => {
  [nowMs, sleepers] = [0, []];
  gate = createEngineGate(clock);
});

describe("the gate before a speech engine", () => {
  it("lets everybody in while all is well, and knows the engine's health only once it has answered", async () => {
    const [first, second] = [await gate.enter(never), await gate.enter(never)];
    expect([first.healthy, second.healthy]).toEqual([false, false]);
    first.answered();
    second.left();
    expect((await gate.enter(never)).healthy).toBe(true);
  });

  it("closes at the first trouble; after a pause one tries while the others wait", async () => {
    const pauseMs = (await gate.enter(never)).troubled(trouble());
    const waiting = [entering(), entering(), entering()];
    await pass(pauseMs - 1);
    expect(waiting.map(({ isIn }) => isIn())).toEqual([false, false, false]);
    await pass(1);
    expect(waiting.map(({ isIn }) => isIn())).toEqual([true, false, false]);
    (await waiting[0]!.visit).answered();
    await settle();
    expect(waiting.map(({ isIn }) => isIn())).toEqual([true, true, true]);
    expect((await waiting[1]!.visit).healthy).toBe(true);
  });

  it("waits longer and longer, up to a limit, and begins anew after an answer", async () => {
    let pauseMs = (await gate.enter(never)).troubled(trouble());
    const pauses = [pauseMs];
    for (let i = 0; i < 9; i++) {
      const next = entering();
      await pass(pauseMs);
      pauseMs = (await next.visit).troubled(trouble());
      pauses.push(pauseMs);
    }
    expect(pauses).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 1000));
    const next = entering();
    await pass(pauseMs);
    (await next.visit).answered();
    expect((await gate.enter(never)).troubled(trouble())).toBe(2000);
  });

  it("takes the same trouble of several that were inside for one", async () => {
    const visits = [await gate.enter(never), await gate.enter(never), await gate.enter(never)];
    expect(visits.map((visit) => visit.troubled(trouble()))).toEqual([2000, 2000, 2000]);
  });

  it("is not opened by one that came in before and answers after it closed", async () => {
    const [early, unlucky] = [await gate.enter(never), await gate.enter(never)];
    unlucky.troubled(trouble("quota"));
    early.answered();
    const next = entering();
    await settle();
    expect(next.isIn()).toBe(false);
  });

  it("lets the next one try where the first did not ask the engine after all", async () => {
    const pauseMs = (await gate.enter(never)).troubled(trouble());
    const [first, second] = [entering(), entering()];
    await pass(pauseMs);
    (await first.visit).left();
    await settle();
    expect(second.isIn()).toBe(true);
    expect((await second.visit).healthy).toBe(false);
  });

  it("can be left while waiting, for the pause and for the one that tries", async () => {
    const pauseMs = (await gate.enter(never)).troubled(trouble());
    const stop = new AbortController();
    const tries = entering();
    const waits = entering(stop.signal);
    await pass(pauseMs);
    expect(tries.isIn()).toBe(true);
    const later = entering(stop.signal);
    stop.abort(new Error("stopped"));
    await expect(waits.visit).rejects.toThrow("stopped");
    await expect(later.visit).rejects.toThrow("stopped");
    await expect(gate.enter(stop.signal)).rejects.toThrow("stopped");
  });
});

describe("the pause after a trouble", () => {
  it.each([
    ["away", undefined, 0, 2_000],
    ["quota", undefined, 0, 15_000],
    ["quota", 40_000, 0, 40_000],
    ["quota", 1_000, 0, 15_000],
    ["quota", 90 * 60_000, 0, 60 * 60_000],
    ["quota", undefined, 10 * 60_000, 10 * 60_000],
    ["misconfigured", undefined, 0, 60_000],
    ["misconfigured", undefined, 50 * 60_000, 60 * 60_000],
  ] as const)("%s, asked for %j ms, after %i ms: %i ms", (kind, askedMs, lastMs, pauseMs) => {
    expect(pauseAfter(trouble(kind, askedMs), lastMs)).toBe(pauseMs);
  });
});
