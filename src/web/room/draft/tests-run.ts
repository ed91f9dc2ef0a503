/** The calls of a flow's test file as they went, for a page: what was expected, what came, which branches none takes. */
import type { FlowTestResult } from "#walk/test-flows.ts";

export interface ShownTests {
  flow: string;
  passed: boolean;
  /** Those that went otherwise than written. */
  failed: { name: string; line: number; failures: FlowTestResult["scripts"][number]["failures"] }[];
  calls: number;
  walked: number;
  ways: number;
  uncovered: FlowTestResult["uncovered"];
}

/** Null where the flow itself cannot be read: its faults say why. */
export function shownTests(results: readonly FlowTestResult[], flow: string): ShownTests | null {
  const result = results.find((one) => one.flow === flow);
  if (!result) return null;
  const { scripts, ways, uncovered, excused, passed } = result;
  return {
    ...{ flow, passed, ways, uncovered, calls: scripts.length },
    walked: ways - uncovered.length - excused.length,
    failed: scripts.filter((script) => !script.passed),
  };
}
