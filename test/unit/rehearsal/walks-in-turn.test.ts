/** Which walks are made again, how many at once, and by which clock. */
import { describe, expect, it } from "vitest";
import { systemClock } from "#lib/clock.ts";
import { FrameClock } from "#rehearsal/walks/frame-clock.ts";
import { type Turns, walkInTurn } from "#rehearsal/walks/in-turn.ts";
import type { PlannedWalk } from "#rehearsal/walks/planned-walk.ts";
import { firstPace, Punctuality, paceAfter } from "#rehearsal/walks/punctuality.ts";
import type { WalkedCall } from "#release/walk-report.ts";

const planned = (name: string) => ({ flow: { flow: "fft" }, script: { name } }) as PlannedWalk;
const call = (name: string, how: Partial<WalkedCall>): WalkedCall => ({
  ...{ flow: "fft", name, passed: true, steps: [], keys: "", ways: [], heard: [], course: [], faults: [] },
  ...{ durationMs: 0, lateMs: 0, earlier: [], ...how },
});
const fault = { step: "menu", expected: '"hello"', got: '"goodbye" was heard' };

function turns(outcomes: Record<string, Partial<WalkedCall>[]>, more: Partial<Turns> = {}) {
  const made: string[] = [];
  const told: string[] = [];
  // Tests wait for the walks alone: a pause lasts as long as one turn of the event loop.
  const clock = { ...systemClock, wait: () => new Promise<void>((resolve) => setImmediate(resolve)) };
  const walking = walkInTurn(Object.keys(outcomes).map(planned), {
    ...{ punctuality: new Punctuality(), clock, signal: new AbortController().signal },
    onProgress: ({ line }) => told.push(line ?? ""),
    make: async ({ script: { name } }) => {
      made.push(name);
      return call(name, outcomes[name]!.length > 1 ? outcomes[name]!.shift()! : outcomes[name]![0]!);
    },
    ...more,
  });
  return { walking, made, told };
}

describe("walks in turn", () => {
  it("make again what failed while the machine was late, and say so", async () => {
    const late = { passed: false, faults: [fault], lateMs: 900 };
    const { walking, made, told } = turns({ one: [late, late, {}], two: [{}] });
    const results = await walking;
    expect(results.map(({ name, passed }) => [name, passed])).toEqual([
      ["one", true],
      ["two", true],
    ]);
    expect(results[0]!.earlier).toEqual([[fault], [fault]]);
    expect(made.filter((name) => name === "one")).toHaveLength(3);
    expect(told).toContain("to be walked again, the machine was 900 ms late: fft, one");
  });

  it("believe at once what failed while everything was in time", async () => {
    const { walking, made } = turns({ one: [{ passed: false, faults: [fault], lateMs: 20 }, {}] });
    expect(await walking).toMatchObject([{ passed: false, faults: [fault], earlier: [] }]);
    expect(made).toEqual(["one"]);
  });

  it("give up on what fails time after time, however late the machine is", async () => {
    const { walking, made } = turns({ one: [{ passed: false, faults: [fault], lateMs: 5_000 }] });
    const [result] = await walking;
    expect([result!.passed, result!.earlier.length, made.length]).toEqual([false, 4, 5]);
  });

  it("wait while live calls need the machine, before each", async () => {
    let asked = 0;
    const { walking, told, made } = turns(
      { one: [{}], two: [{}] },
      { mayGoOn: async () => ++asked % 3 === 0 },
    );
    await walking;
    expect(told.filter((line) => line === "waiting: live calls have the machine")).toHaveLength(2);
    expect([asked, made]).toEqual([6, ["one", "two"]]);
  });

  it("end when they are stopped, also while they wait", async () => {
    const stop = new AbortController();
    const { walking, made } = turns({ one: [{}] }, { signal: stop.signal, mayGoOn: () => false });
    stop.abort();
    await expect(walking).rejects.toMatchObject({ code: "walk_stopped" });
    expect(made).toEqual([]);
  });
});

describe("the pace", () => {
  it("follows the lateness: fewer when late, more when not, from 1 to 30", () => {
    let atOnce = firstPace;
    for (let i = 0; i < 3; i += 1) atOnce = paceAfter(atOnce, 500);
    expect(atOnce).toBe(1);
    for (let i = 0; i < 40; i += 1) atOnce = paceAfter(atOnce, 0);
    expect(atOnce).toBe(30);
    expect([100, 200, 450].map((lateMs) => paceAfter(8, lateMs))).toEqual([9, 8, 4]);
  });

  it("knows how late it was at the worst since a moment", () => {
    const punctuality = new Punctuality();
    for (const [atMs, lateMs] of [
      [100, 700],
      [200, 3],
      [300, 80],
      [400, 40],
    ] as const)
      punctuality.note(atMs, lateMs);
    expect([0, 150, 350, 401].map((since) => punctuality.worstSince(since))).toEqual([700, 80, 40, 0]);
  });
});

describe("a walk's clock", () => {
  it("goes on by frames alone, and acts with the frame", async () => {
    const clock = new FrameClock();
    const acted: number[] = [];
    clock.after(50, () => acted.push(clock.monotonicMs()));
    const takeBack = clock.after(50, () => acted.push(-1));
    takeBack();
    const waited = clock.wait(40).then(() => acted.push(0));
    await new Promise((resolve) => setImmediate(resolve));
    expect(acted).toEqual([]);
    for (let i = 0; i < 4; i += 1) clock.tick();
    expect(acted).toEqual([60]);
    await waited;
    expect(acted).toEqual([60, 0]);
  });

  it("lets go of a wait that is given up", async () => {
    const clock = new FrameClock();
    const stop = new AbortController();
    const waited = clock.wait(40, stop.signal);
    stop.abort(new Error("enough"));
    await expect(waited).rejects.toThrow("enough");
  });
});
