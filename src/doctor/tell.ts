import type { Finding } from "./check.ts";
import type { Checked } from "./run-checks.ts";

type Level = Finding["level"];

export const countOf = (checked: readonly Checked[], level: Level): number =>
  checked.flatMap(({ findings }) => findings).filter((finding) => finding.level === level).length;

/** For a person: a line a finding, its remedy below it, and a sum at the end. */
export function asLines(checked: readonly Checked[]): string[] {
  const width = Math.max(...checked.map(({ check }) => check.length));
  const lines = checked.flatMap(({ check, findings }) =>
    findings.flatMap((finding) => [
      `${finding.level.padEnd(7)}  ${check.padEnd(width)}  ${finding.what}`,
      ...(finding.level === "ok" ? [] : [`${" ".repeat(width + 11)}-> ${finding.remedy}`]),
    ]),
  );
  const sum = (["fault", "warning"] as const).map((level) => plural(countOf(checked, level), level));
  return [...lines, "", `${sum.join(", ")}, ${countOf(checked, "ok")} ok.`];
}

/** For a program. */
export const asJson = (checked: readonly Checked[]): string =>
  JSON.stringify(
    {
      ok: countOf(checked, "fault") === 0,
      findings: checked.flatMap(({ check, findings, ms }) =>
        findings.map((finding) => ({ check, ...finding, ms })),
      ),
    },
    null,
    2,
  );

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;
