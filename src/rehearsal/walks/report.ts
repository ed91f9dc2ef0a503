import {
  tellCourse,
  tellGoldenSums,
  tellPrompts,
  tellWalkFault,
  tellWalkSums,
  type WalksReport,
} from "#release/walk-report.ts";

/**
 * The report for a person: each walk in a line, what was wrong in it below, and the sums.
 * @param each what was said and done in every call; else only in those that failed
 */
export function linesOfWalks(report: WalksReport, { each = false } = {}): string[] {
  const { walks, prompts, goldenCalls, uncovered, onPaperOnly, obstacles, durationMs, passed } = report;
  const heard = walks.reduce((sum, walk) => sum + walk.heard.length, 0);
  return [
    ...obstacles.map((obstacle) => `not walked: ${obstacle}`),
    ...(goldenCalls.length > 0 ? [tellGoldenSums(goldenCalls)] : []),
    ...walks.flatMap((walk) => [
      `${walk.passed ? "✓" : "✗"} ${walk.flow}: ${walk.name}  (${seconds(walk.durationMs)}, keys ${walk.keys || "none"})`,
      ...walk.earlier.map(
        (faults, i) => `      try ${i + 1}, the machine late: ${faults.map(tellWalkFault)[0]}`,
      ),
      ...walk.faults.map((fault) => `      ${tellWalkFault(fault)}`),
      ...(walk.passed && !each ? [] : walk.course.map((entry) => `      ${tellCourse(entry)}`)),
    ]),
    ...uncovered.map((way) => `not walked: ${way}`),
    ...onPaperOnly.map((way) => `only on paper: ${way}`),
    ...prompts.flatMap(tellPrompts),
    "",
    `${tellWalkSums(report)}; ${seconds(durationMs)}, ${heard} prompts heard as recorded; ${passed ? "every branch walked" : "not passed"}`,
  ];
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
