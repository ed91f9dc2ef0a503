import { styleText } from "node:util";
import { tellFault } from "#lib/fault.ts";
import { tellWay } from "#walk/coverage.ts";
import type { FlowTestResult, ScriptResult } from "#walk/test-flows.ts";

interface Manner {
  colours: boolean;
  /** Calls that passed are named too. */
  verbose: boolean;
}

/** The results of flow tests, for a person: each failure with its place, each uncovered branch, and the sums. */
export function linesOfTests(results: readonly FlowTestResult[], manner: Manner): string[] {
  const paint = (colour: "green" | "red" | "yellow", text: string) =>
    manner.colours ? styleText(colour, text, { validateStream: false }) : text;
  const good = paint("green", "✓");
  const bad = paint("red", "✗");
  return [...results.flatMap((result) => flowLines(result)), ...sums(results)];

  function flowLines(result: FlowTestResult): string[] {
    const { flow, scripts, ways, uncovered, excused, faults, file } = result;
    const walked = ways - uncovered.length - excused.length;
    const excuses = excused.length > 0 ? `, ${excused.length} that cannot happen` : "";
    const about = `${many(scripts.length, "call")}, ${walked} of ${ways} branches${excuses}`;
    return [
      `${result.passed ? good : bad} ${flow}  ${about}`,
      ...faults.map((fault) => `    ${tellFault(fault)}`),
      ...scripts.flatMap((script) => scriptLines(script, file)),
      ...uncovered.map((way) => `    ${paint("yellow", "not walked:")} ${tellWay(way)}`),
    ];
  }

  function scriptLines({ name, passed, line, failures }: ScriptResult, file: string): string[] {
    if (passed) return manner.verbose ? [`    ${good} ${name}`] : [];
    return [
      `    ${bad} ${name}  (${file}:${line})`,
      ...failures.flatMap((failure) => [
        `        ${file}:${failure.line}:${failure.column}, at step ${failure.step}`,
        `          expected: ${failure.expected}`,
        `          but:      ${failure.got}`,
      ]),
    ];
  }
}

function sums(results: readonly FlowTestResult[]): string[] {
  const scripts = results.flatMap((result) => result.scripts);
  const failed = scripts.filter(({ passed }) => !passed).length;
  const uncovered = results.reduce((sum, result) => sum + result.uncovered.length, 0);
  const calls = failed === 0 ? `all ${scripts.length} passed` : `${failed} of ${scripts.length} failed`;
  const branches =
    uncovered === 0 ? "every branch walked" : `${many(uncovered, "branch", "branches")} not walked`;
  return ["", `${many(results.length, "flow")}, ${many(scripts.length, "call")}: ${calls}, ${branches}`];
}

const many = (count: number, word: string, plural = `${word}s`): string =>
  `${count} ${count === 1 ? word : plural}`;
