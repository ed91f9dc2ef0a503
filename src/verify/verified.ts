/** One thing that must hold, and what was found of it. */
export interface Verified {
  /** "I1" to "I7", or a word of our own. */
  name: string;
  /** What must hold. */
  says: string;
  /** How many rows break it. */
  broken: number;
  /** The first of them. Ids only: nothing of a person. */
  rows: BrokenRow[];
}

export interface BrokenRow {
  /** Of a visit, an attempt, a call, a story ..., or a file's name. */
  id: string;
  what: string;
}

/** So many are named; the others only counted. */
const rowsNamed = 100;

/** Counts what breaks one thing, in bounded memory. */
export async function tallied(
  name: string,
  says: string,
  found: AsyncIterable<BrokenRow>,
): Promise<Verified> {
  const verified: Verified = { name, says, broken: 0, rows: [] };
  for await (const { id, what } of found) {
    verified.broken += 1;
    if (verified.rows.length < rowsNamed) verified.rows.push({ id, what });
  }
  return verified;
}
