/** Two dialplans, line by line, as `diff -u` shows it without the surroundings. */
import type { DialplanTexts } from "./ports.ts";

/** None where they are the same. */
export function differences(before: DialplanTexts, after: DialplanTexts): string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return names.flatMap((name) => {
    const lines = changed(linesOf(before.get(name)), linesOf(after.get(name)));
    return lines.length === 0 ? [] : [`--- ${name}`, ...lines];
  });
}

const linesOf = (text: string | undefined): string[] =>
  text === undefined ? [] : text.replace(/\n$/, "").split("\n");

/** The longest run of lines that both have, in order, stays; files of a few hundred lines at most. */
function changed(a: readonly string[], b: readonly string[]): string[] {
  const common: number[][] = Array.from({ length: a.length + 1 }, () =>
    new Array<number>(b.length + 1).fill(0),
  );
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i]![j] =
        a[i] === b[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
  const shown: string[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && common[i + 1]![j]! >= common[i]![j + 1]!)) {
      shown.push(`${i + 1}- ${a[i]}`);
      i++;
    } else {
      shown.push(`${j + 1}+ ${b[j]}`);
      j++;
    }
  }
  return shown;
}
