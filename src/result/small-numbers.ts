/**
 * Small numbers are hidden, so that nobody can be told from a table: the rule of the published FFT (NHS England's
 * suppression, DOMAIN.md 1.4). 1 to 4 answers are hidden; where the least of a group is, the next is too, or it could
 * be had by taking away; and where a whole is hidden, the two least of its parts are.
 */
export interface Group {
  name: string;
  /** People who answered. */
  answers: number;
  parts: readonly Group[];
}

export const leastShown = 5;

const isSmall = (answers: number): boolean => answers > 0 && answers < leastShown;

/** @returns the groups that are to be hidden, the whole and its parts at every depth */
export function hiddenGroups(whole: Group): ReadonlySet<Group> {
  const hidden = new Set<Group>();
  if (isSmall(whole.answers)) hidden.add(whole);
  hideParts(whole, hidden);
  return hidden;
}

function hideParts(whole: Group, hidden: Set<Group>): void {
  // Nobody can be told from a zero, and taking it away tells nothing.
  const least = whole.parts
    .filter(({ answers }) => answers > 0)
    .toSorted((a, b) => a.answers - b.answers || a.name.localeCompare(b.name, "en-GB"));
  for (const part of least) if (isSmall(part.answers)) hidden.add(part);
  const [first, second] = least;
  const needsTwo = hidden.has(whole) || (first !== undefined && hidden.has(first));
  if (needsTwo && first) hidden.add(first);
  if (needsTwo && second) hidden.add(second);
  for (const part of whole.parts) hideParts(part, hidden);
}

export interface Ratings {
  /** People by code: index 0 is 1, very good; index 5 is 6, don't know. */
  counts: readonly number[];
}

/** Share of 1 and 2, and of 4 and 5; "don't know" stays in the whole. Null where nobody answered. */
export function shares({ counts }: Ratings): { positive: number; negative: number } | null {
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return null;
  const of = (...codes: number[]) => codes.reduce((sum, code) => sum + (counts[code - 1] ?? 0), 0) / all;
  return { positive: of(1, 2), negative: of(4, 5) };
}
