import type { WalkReport } from "./walk-on-rehearsal.ts";

/** The report for a person: each walk in a line, what was wrong in it below, and the sums. */
export function linesOfWalks({
  walks,
  uncovered,
  onPaperOnly,
  obstacles,
  durationMs,
  passed,
}: WalkReport): string[] {
  const failed = walks.filter((walk) => !walk.passed).length;
  const heard = walks.reduce((sum, walk) => sum + walk.heard.length, 0);
  const sums = `${walks.length} walks in ${seconds(durationMs)}: ${failed === 0 ? "all passed" : `${failed} failed`}, ${heard} prompts heard as recorded`;
  return [
    ...obstacles.map((obstacle) => `not walked: ${obstacle}`),
    ...walks.flatMap((walk) => [
      `${walk.passed ? "✓" : "✗"} ${walk.flow}: ${walk.name}  (${seconds(walk.durationMs)}, keys ${walk.keys || "none"})`,
      ...walk.faults.map((fault) => `      ${fault}`),
      ...(walk.passed ? [] : [`      steps: ${walk.steps.join(", ")}`]),
    ]),
    ...uncovered.map((way) => `not walked: ${way}`),
    ...onPaperOnly.map((way) => `only on paper, by its flow test: ${way}`),
    "",
    `${sums}; ${passed ? "every branch walked" : "not passed"}`,
  ];
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
