import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repositoryFile } from "#rehearsal/repository.ts";
import { readBeside } from "../../bench/beside.ts";
import { drawChart } from "../../bench/chart.ts";
import { type Chart, isMet, type Part } from "../../bench/part.ts";
import { parts } from "../../bench/parts.ts";
import { type Beside, writeReadme } from "../../bench/readme.ts";
import { isWholeRun, type PartResult, type Results, readResults } from "../../bench/results.ts";
import { tableOf } from "../../bench/table.ts";

const chart: Chart = {
  ...{ name: "9-speed", title: "Speed & <more>", x: "calls at once", y: "ms", goalY: 10 },
  series: [{ name: "ours", points: [[10, 2], [100, 8], [200, Number.NaN]] }], // biome-ignore format: a row of points
};
const part: Part = {
  ...{ number: 9, name: "speed", title: "Speed", method: ["We run.", "We stop."], limits: ["Rain."] },
  run: async () => ({ figures: [], cpuSeconds: {}, charts: [], notes: [] }),
};
const figures = [
  { name: "key to prompt, p99", value: 131.4, unit: "ms", goal: { atMost: 120 } },
  { name: "calls", value: 24_000, unit: "", goal: { atLeast: 200 } },
  { name: "memory", value: 61.26, unit: "MiB" },
];
const resultsOf = (outcome: PartResult["outcome"], more: Partial<Results> = {}): Results => ({
  ...{ version: 1, quick: false, finished: true },
  machine: {
    ...{ startedAt: "2026-11-22T18:00:00.000Z", cpu: "Some processor", cores: 2, memoryMib: 8_000 },
    ...{ kernel: "6.1", loadBefore: 0.02, versions: { node: "v24" }, commit: "abc" },
  },
  parts: [{ number: 9, title: "Speed", seconds: 12.3, outcome }],
  ...more,
});
const beside: Beside = { bounds: { statements: 46, logLines: 1 }, profiles: [] };
const measured = resultsOf({
  ...{ kind: "measured", figures, cpuSeconds: { asterisk: 4.25, node: 0.5 }, charts: [chart] },
  notes: ["One call was lost."],
});

test("without results it says that there are none, and how each part would measure", () => {
  const text = writeReadme(null, [part], beside);
  expect(text).toContain("No figures were taken yet");
  expect(text).toContain("## 9. Speed\n\nWe run. We stop.");
  expect(text).toContain("Rain.");
  expect(text).not.toContain("met");
});

test("with results: machine, figures, goals, CPU, notes and charts", () => {
  const text = writeReadme(measured, [part], beside);
  expect(text).not.toContain("No figures");
  expect(text).toContain("| processor | Some processor, 2 cores |");
  expect(text).toContain("| key to prompt, p99 | 131 ms | at most 120 | **missed** |");
  expect(text).toContain("| calls | 24,000 | at least 200 | met |");
  expect(text).toContain("| memory | 61.3 MiB |  |  |");
  expect(text).toContain("CPU: asterisk 4.25 s, node 0.500 s.");
  expect(text).toContain("One call was lost.");
  expect(text).toContain("![Speed & <more>](charts/9-speed.svg)");
});

test("a part that was left out or failed says why, in README and table", () => {
  for (const kind of ["skipped", "failed"] as const) {
    const results = resultsOf({ kind, because: "there are no control groups" });
    expect(writeReadme(results, [part], beside)).toContain("there are no control groups");
    expect(tableOf(results)).toContain(`${kind}: there are no control groups`);
  }
});

test("rough and interrupted runs are called so", () => {
  const rough = resultsOf({ kind: "failed", because: "x" }, { quick: true, finished: false });
  expect(writeReadme(rough, [part], beside)).toContain("quick run");
  expect(writeReadme(rough, [part], beside)).toContain("interrupted");
});

test("the gate's bounds are told, and what a profile found where one was taken", () => {
  const without = writeReadme(null, [part], beside);
  expect(without).toContain("| SQL statements | 46 |\n| lines of log | 1 |");
  expect(without).not.toContain("What holds");
  const found = { part: 9, goal: "speed | haste", found: "friction", command: "look", date: "2026-11-22" };
  const text = writeReadme(null, [part], { ...beside, profiles: [found] });
  expect(text).toContain("| 9 | speed \\| haste | friction | `look` | 2026-11-22 |");
});

test("a run is whole that came to its end, was not quick and measured every part", () => {
  const other: Part = { ...part, number: 10 };
  expect(isWholeRun(measured, [part])).toBe(true);
  expect(isWholeRun(measured, [part, other])).toBe(false);
  expect(isWholeRun({ ...measured, finished: false }, [part])).toBe(false);
  expect(isWholeRun({ ...measured, quick: true }, [part])).toBe(false);
  for (const kind of ["skipped", "failed"] as const)
    expect(isWholeRun(resultsOf({ kind, because: "x" }), [part]), kind).toBe(false);
});

test("the table tells what was missed", () => {
  const lines = tableOf(measured).split("\n");
  expect(lines.find((line) => line.includes("key to prompt"))).toMatch(/131 ms {2}at most 120 +MISSED$/);
  expect(lines.find((line) => line.includes("calls"))).not.toContain("MISSED");
});

test("what could not be measured meets no goal, whether NaN or, from a file, null", () => {
  const value = JSON.parse(JSON.stringify({ value: Number.NaN })).value;
  expect(isMet({ name: "x", value, unit: "", goal: { atMost: 1 } })).toBe(false);
  expect(isMet({ name: "x", value: Number.NaN, unit: "", goal: { atMost: 1 } })).toBe(false);
});

test("a chart is SVG with its points where the axes say, and nothing of it is markup by accident", () => {
  const svg = drawChart(chart);
  expect(svg).toContain("<title>Speed &amp; &lt;more&gt;</title>");
  expect(svg).not.toContain("NaN");
  const circles = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map((found) =>
    found.slice(1).map(Number),
  );
  expect(circles).toHaveLength(2);
  expect(circles[1]![0]).toBeGreaterThan(circles[0]![0]!);
  expect(circles[1]![1]).toBeLessThan(circles[0]![1]!);
  const logged = drawChart({ ...chart, logX: true });
  const xs = [...logged.matchAll(/<circle cx="([\d.]+)"/g)].map((found) => Number(found[1]));
  expect(xs[1]! - xs[0]!).toBeGreaterThan(100);
});

test("no two parts have one number or one name", () => {
  expect(new Set(parts.map(({ number }) => number)).size).toBe(parts.length);
  expect(new Set(parts.map(({ name }) => name)).size).toBe(parts.length);
});

test("test/bench/README.md is what npm run bench:readme writes", () => {
  const folder = repositoryFile("test/bench");
  const written = readFileSync(join(folder, "README.md"), "utf8");
  expect(written).toBe(writeReadme(readResults(join(folder, "results.json")), parts, readBeside(folder)));
});
