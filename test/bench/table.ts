/** The one table at the end, for a terminal. */
import { type Figure, isMet } from "./part.ts";
import type { PartResult, Results } from "./results.ts";

/** As people read it: three digits that count, whole thousands with commas. */
export function tellNumber(value: number): string {
  if (!Number.isFinite(value)) return "-";
  const size = Math.abs(value);
  const digits = Number.isInteger(value) || size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return value.toLocaleString("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export const tellValue = ({ value, unit }: Figure): string =>
  `${tellNumber(value)}${unit === "" ? "" : ` ${unit}`}`;

export function tellGoal({ goal }: Figure): string {
  if (!goal) return "";
  return "atMost" in goal ? `at most ${tellNumber(goal.atMost)}` : `at least ${tellNumber(goal.atLeast)}`;
}

export const tellCpu = (cpuSeconds: Record<string, number>): string =>
  Object.entries(cpuSeconds)
    .map(([whose, seconds]) => `${whose} ${tellNumber(seconds)} s`)
    .join(", ");

export function tableOf(results: Results): string {
  return results.parts.flatMap(partLines).join("\n");
}

function partLines({ number, title, seconds, outcome }: PartResult): string[] {
  const heading = ["", `${number}. ${title} (${tellNumber(seconds)} s)`];
  if (outcome.kind !== "measured") return [...heading, `   ${outcome.kind}: ${outcome.because}`];
  const width = Math.max(0, ...outcome.figures.map(({ name }) => name.length));
  const lines = outcome.figures.map((figure) => {
    const goal = tellGoal(figure).padEnd(16);
    const line = `   ${figure.name.padEnd(width)}  ${tellValue(figure).padStart(16)}  ${goal}`;
    return `${line}${isMet(figure) ? "" : "MISSED"}`.trimEnd();
  });
  const cpu = tellCpu(outcome.cpuSeconds);
  return [
    ...heading,
    ...lines,
    ...(cpu ? [`   CPU: ${cpu}`] : []),
    ...outcome.notes.map((note) => `   ${note}`),
  ];
}
