/** Runs every flow test of a release's files, and tells what none of them walks. Pure but for time passing: no line, no disk. */
import { parse } from "yaml";
import { readFlows } from "#flow/check/check-flows.ts";
import type { Flow } from "#flow/definition.ts";
import { messageOf } from "#lib/errors.ts";
import type { Fault } from "#lib/fault.ts";
import { type ReleaseFiles, textOf } from "#release/files.ts";
import { coverageOf, type Way, wayKey } from "./coverage.ts";
import type { CannotHappen, FlowScript } from "./flow-test.ts";
import { judge, type Mismatch } from "./judge.ts";
import { type FlowTests, readFlowTests } from "./read-flow-tests.ts";
import { type WayTaken, walkScript } from "./walk-script.ts";

export interface ScriptResult {
  name: string;
  /** Where the call stands in the test file; from 1. */
  line: number;
  passed: boolean;
  failures: Failure[];
}

export interface Failure {
  /** Where in the test file it is expected. */
  line: number;
  column: number;
  /** The flow's step in which it showed. */
  step: string;
  expected: string;
  got: string;
}

export interface FlowTestResult {
  flow: string;
  /** "flows/fft.test.yaml", whether there is one or not. */
  file: string;
  /** All passed, and no way is left unwalked. */
  passed: boolean;
  /** Of the test file itself; with any, its calls are not run. */
  faults: Fault[];
  scripts: ScriptResult[];
  /** How many ways the flow has in all. */
  ways: number;
  /** By the scripts of all flows together: one who rings back goes on in another. */
  uncovered: Way[];
  excused: CannotHappen[];
}

interface Run {
  flow: Flow;
  file: string;
  tests: FlowTests | null;
  faults: Fault[];
  results: ScriptResult[];
  taken: WayTaken[];
}

/**
 * A result for each flow whose file is whole; the faults of the others are `checkFlows`' to tell.
 * @param pause before each test: for whoever must hear others meanwhile. Its error ends it
 */
export async function testFlows(
  files: ReleaseFiles,
  pause: () => Promise<void> = async () => {},
): Promise<FlowTestResult[]> {
  const { flows } = readFlows(files);
  const ids = promptIds(files);
  const runs: Run[] = [];
  for (const flow of flows.values()) runs.push(await runTests(flow, { flows, files, ids, pause }));
  const taken = runs.flatMap((run) => run.taken);
  return runs.map((run) => resultOf(run, taken));
}

/** Every prompt that the manifest has words for; whether there is audio for it is not asked here. */
export function promptIds(files: ReleaseFiles): ReadonlySet<string> {
  try {
    const manifest = parse(textOf(files, "prompts/manifest.yaml") ?? "", { merge: true });
    return new Set(Object.keys(manifest?.prompts ?? {}));
  } catch {
    return new Set(); // the checkers say what is wrong with it
  }
}

interface Testing {
  flows: ReadonlyMap<string, Flow>;
  files: ReleaseFiles;
  ids: ReadonlySet<string>;
  pause(): Promise<void>;
}

async function runTests(flow: Flow, { flows, files, ids, pause }: Testing): Promise<Run> {
  const file = `flows/${flow.flow}.test.yaml`;
  const bytes = files.get(file);
  const read = bytes ? readFlowTests(file, bytes, ids) : { tests: null, faults: [] };
  const run: Run = { flow, file, ...read, results: [], taken: [] };
  for (const [index, script] of (read.tests?.scripts ?? []).entries()) {
    await pause();
    run.results.push(await runScript(run, flows, script, index));
  }
  return run;
}

async function runScript(
  run: Run,
  flows: ReadonlyMap<string, Flow>,
  script: FlowScript,
  index: number,
): Promise<ScriptResult> {
  const at = (path: Mismatch["path"]) => run.tests!.at(["calls", index, ...path]);
  const mismatches = await walk(run, flows, script);
  const failures = mismatches.map(({ path, step, expected, got }) => {
    const { line, column } = at(path);
    return { line, column, step, expected, got };
  });
  return { name: script.name, line: at(["name"]).line, passed: failures.length === 0, failures };
}

async function walk(run: Run, flows: ReadonlyMap<string, Flow>, script: FlowScript): Promise<Mismatch[]> {
  try {
    const walked = await walkScript({ flow: run.flow, flows, script });
    run.taken.push(...walked.ways);
    return judge(script, walked);
  } catch (thrown) {
    const got = `it broke: ${messageOf(thrown)}`;
    return [{ path: ["name"], step: run.flow.start, expected: "the call can be held", got }];
  }
}

function resultOf({ flow, file, tests, faults, results }: Run, taken: readonly WayTaken[]): FlowTestResult {
  const here = taken.filter((way) => way.flow === flow.flow && way.on !== null);
  const keys = new Set(here.map(({ from, on }) => wayKey(from, on!)));
  const { ways, uncovered, excused, falselyExcused } = coverageOf(flow, keys, tests?.cannotHappen ?? []);
  const all = [...faults, ...falselyExcused.map((i) => falseExcuse(tests!, keys, i))];
  const passed = all.length === 0 && uncovered.length === 0 && results.every((result) => result.passed);
  return { flow: flow.flow, file, passed, faults: all, scripts: results, ways, uncovered, excused };
}

function falseExcuse({ cannotHappen, at }: FlowTests, taken: ReadonlySet<string>, i: number): Fault {
  const { step, on } = cannotHappen[i]!;
  const happened = taken.has(wayKey(step, on));
  return {
    ...at(["cannotHappen", i]),
    ...{ rule: "can-happen", level: "fault" },
    what: happened ? `a call takes ${on} at step ${step}` : `step ${step} has no way "${on}"`,
    instead: "take this line out",
  };
}
