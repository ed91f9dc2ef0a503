import { expect, test } from "vitest";
import type { Batch } from "../../bench/calls/batch.ts";
import { isMet } from "../../bench/part.ts";
import { scaleOut, tell } from "../../bench/parts/scale-out.ts";
import { type Climb, climb } from "../../bench/scale/climb.ts";
import type { ScaledStep, Size } from "../../bench/scale/scaled-house.ts";
import { tableOf } from "../../bench/table.ts";

/** @param failsOnce levels at which it fails the first time only */
async function climbTo(limit: number, first: number, failsOnce: number[] = []) {
  const tried: number[] = [];
  const made = await climb({
    ...{ first, most: 200, holds: (seen: boolean) => seen },
    try: async (level) => {
      tried.push(level);
      const chance = failsOnce.includes(level) && tried.filter((each) => each === level).length === 1;
      return level <= limit && !chance;
    },
  });
  return { held: made.held?.level ?? null, failed: made.failed?.level ?? null, tried };
}

test("a climb ends within a twentieth of what is held, from below and from above", async () => {
  for (const first of [20, 60, 68, 90, 150]) {
    const { held, failed } = await climbTo(70, first);
    expect(held, `from ${first}`).toBeLessThanOrEqual(70);
    expect(failed! / held!, `from ${first}`).toBeLessThanOrEqual(1.07);
  }
});

test("what fails once is tried again, and only what fails twice has failed", async () => {
  expect((await climbTo(70, 60, [60])).held).toBe((await climbTo(70, 60)).held);
  expect((await climbTo(5, 6)).tried.slice(0, 2)).toEqual([6, 6]);
});

test("nothing held, and everything held", async () => {
  expect(await climbTo(0, 4)).toMatchObject({ held: null, failed: 1 });
  expect(await climbTo(500, 100)).toMatchObject({ held: 200, failed: null });
});

const cpu = { asterisk: 2, node: 1, postgres: 0.5, "far end": 0.25 };
const batchOf = (keyToPromptMs: number) => ({ cpu, calls: [{ keyToPromptMs }] }) as Batch;
const stepOf = (atOnce: number, more: Partial<ScaledStep> = {}): ScaledStep => ({
  ...{ atOnce, most: atOnce, jitterP99Ms: 12, lost: 0, wrongRatings: 0, brokenStories: 0, unheard: 0 },
  ...{ failure: null, batch: batchOf(560), asterisk: { cores: 0.19, heldBack: 0.7 } },
  ...{ node: { cores: 0.05, heldBack: 0.125 } },
  ...more,
});
const climbOf = (held: number): Climb<ScaledStep> => ({
  held: { level: held, seen: stepOf(held) },
  failed: { level: held + 1, seen: stepOf(held + 1, { jitterP99Ms: 31, batch: batchOf(900) }) },
});
const sizes: Size[] = [
  { nodes: 1, apps: 1 },
  { nodes: 2, apps: 1 },
  { nodes: 1, apps: 2 },
  { nodes: 2, apps: 2 },
];
const told = (levels: number[][]) => {
  const climbs = new Map(sizes.map((size, i) => [size, levels[i]!.map(climbOf)]));
  return tell(climbs, [{ size: sizes[0]!, step: stepOf(40) }]);
};
const figureOf = (measured: ReturnType<typeof told>, name: string) =>
  measured.figures.find((figure) => figure.name === name);

test("the ratio is of the rounds' means, and only that of two and two has the goal", () => {
  const measured = told([[38, 42], [80, 80], [40, 42], [72, 76]]); // biome-ignore format: a row a size
  const both = figureOf(measured, "times as many as with one of each, 2 Asterisks, 2 Hearbacks")!;
  expect(both).toMatchObject({ value: 1.85, goal: { atLeast: 1.8 } });
  expect(isMet(both)).toBe(true);
  expect(figureOf(measured, "times as many as with one of each, 2 Asterisks, 1 Hearback")).toMatchObject({
    ...{ value: 2 },
  });
  expect(measured.figures.filter(({ goal }) => goal)).toHaveLength(1);
  const less = told([[40, 40], [80, 80], [40, 42], [70, 70]]); // biome-ignore format: a row a size
  expect(less.figures.filter((figure) => !isMet(figure))).toHaveLength(1);
});

test("it tells each one's CPU, and what gave way", () => {
  const measured = told([[40], [80], [40], [76]]);
  expect(figureOf(measured, "CPU of each Asterisk, 1 Asterisk, 1 Hearback")?.value).toBeCloseTo(0.19);
  expect(figureOf(measured, "Node held back, 2 Asterisks, 2 Hearbacks")?.value).toBeCloseTo(12.5);
  expect(measured.notes).toHaveLength(4);
  expect(measured.notes[0]).toMatch(
    /^1 Asterisk, 1 Hearback: With 41 at once .*percentile 31 ms, .* key to prompt 400 ms; Asterisk was held back in 70 % .* Node in 13 %\.$/,
  );
  expect(measured.cpuSeconds).toEqual(cpu);
});

test("sizes at which nothing was held miss the goal, and the table says so", () => {
  const climbs = new Map(sizes.map((size) => [size, [{ held: null, failed: null }]]));
  const measured = tell(climbs, []);
  const { number, title } = scaleOut;
  const results = { parts: [{ number, title, seconds: 1, outcome: { kind: "measured", ...measured } }] };
  expect(tableOf(results as unknown as Parameters<typeof tableOf>[0])).toMatch(
    /2 Hearbacks +- +at least 1\.80 +MISSED/,
  );
});
