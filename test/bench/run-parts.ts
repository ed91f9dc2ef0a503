/** Runs the parts one after the other, each with a folder of its own; what one cannot do keeps no other back. */
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "#lib/errors.ts";
import type { Bench, Part } from "./part.ts";
import type { PartResult } from "./results.ts";

export interface RunOptions {
  parts: readonly Part[];
  quick: boolean;
  large: boolean;
  signal: AbortSignal;
  /** Each part's folder lies below it. */
  dir: string;
  progress(line: string): void;
  /** Told of each part's result as soon as there is one. */
  onResult(result: PartResult): void;
}

/** Never throws for a part's sake; stops before the next one where somebody interrupts. */
export async function runParts(options: RunOptions): Promise<void> {
  const duels: Bench["duels"] = new Map();
  for (const part of options.parts) {
    if (options.signal.aborted) return;
    options.onResult(await runPart(part, options, duels));
  }
}

async function runPart(
  part: Part,
  { quick, large, signal, dir, progress }: RunOptions,
  duels: Bench["duels"],
): Promise<PartResult> {
  const began = performance.now();
  const undo: (() => unknown)[] = [];
  const own = join(dir, `part-${part.number}`);
  mkdirSync(own, { recursive: true });
  chmodSync(own, 0o755);
  const bench: Bench = {
    ...{ dir: own, quick, large, duels, signal, undo: (step) => void undo.push(step) },
    progress: (line) => progress(`part ${part.number}, ${part.name}: ${line}`),
  };
  bench.progress("begins");
  const outcome = await outcomeOf(part, bench);
  for (const step of undo.toReversed())
    await Promise.try(step).catch((thrown) => bench.progress(`while clearing away: ${messageOf(thrown)}`));
  rmSync(own, { recursive: true, force: true, maxRetries: 20 });
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  return { number: part.number, title: part.title, seconds, outcome };
}

async function outcomeOf(part: Part, bench: Bench): Promise<PartResult["outcome"]> {
  try {
    const obstacle = (await part.obstacle?.(bench)) ?? null;
    if (obstacle !== null) return { kind: "skipped", because: obstacle };
    const measured = await part.run(bench);
    return { kind: "measured", ...measured };
  } catch (thrown) {
    return { kind: "failed", because: bench.signal.aborted ? "it was interrupted" : messageOf(thrown) };
  }
}
