import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Bench, Part } from "../../bench/part.ts";
import type { PartResult } from "../../bench/results.ts";
import { runParts } from "../../bench/run-parts.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "hearback-bench-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const nothing = { figures: [], cpuSeconds: {}, charts: [], notes: [] };
const part = (number: number, run: (bench: Bench) => Promise<void>, more: Partial<Part> = {}): Part => ({
  ...{ number, name: `part${number}`, title: `Part ${number}`, method: [], limits: [] },
  run: async (bench) => {
    await run(bench);
    return nothing;
  },
  ...more,
});

async function outcomesOf(parts: Part[], interrupted = new AbortController()): Promise<string[]> {
  const results: PartResult[] = [];
  const quiet = {
    quick: true,
    large: false,
    progress: () => {},
    onResult: (result: PartResult) => void results.push(result),
  };
  await runParts({ parts, dir, signal: interrupted.signal, ...quiet });
  return results.map(({ number, outcome }) =>
    outcome.kind === "measured" ? `${number} measured` : `${number} ${outcome.kind}: ${outcome.because}`,
  );
}

test("one that fails or cannot run says why, and the rest go on", async () => {
  const outcomes = await outcomesOf([
    part(1, () => Promise.reject(new Error("no ports left"))),
    part(2, async () => {}, { obstacle: async () => "no rights to control groups" }),
    part(3, async () => {}),
  ]);
  expect(outcomes).toEqual([
    "1 failed: no ports left",
    "2 skipped: no rights to control groups",
    "3 measured",
  ]);
});

test("what was started is undone, the last first, also after a failure, and the folder is gone", async () => {
  const done: string[] = [];
  let folder = "";
  await outcomesOf([
    part(1, async (bench) => {
      folder = bench.dir;
      writeFileSync(join(folder, "left"), "over");
      bench.undo(() => done.push("first"));
      bench.undo(() => Promise.reject(new Error("cannot be stopped")));
      bench.undo(() => done.push("last"));
      throw new Error("broken");
    }),
  ]);
  expect(done).toEqual(["last", "first"]);
  expect(folder).not.toBe("");
  expect(existsSync(folder)).toBe(false);
});

test("an interruption ends the part that runs, and no other begins", async () => {
  const interrupted = new AbortController();
  const undone: number[] = [];
  const outcomes = await outcomesOf(
    [
      part(1, async (bench) => {
        bench.undo(() => undone.push(1));
        interrupted.abort();
        bench.signal.throwIfAborted();
      }),
      part(2, async () => {}),
    ],
    interrupted,
  );
  expect(outcomes).toEqual(["1 failed: it was interrupted"]);
  expect(undone).toEqual([1]);
});
