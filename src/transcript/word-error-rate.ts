/**
 * How far what an engine heard is from what was said: words put in, left out or changed, over the words said.
 * Can be above 1. Case and punctuation do not count; numbers are taken as they are written.
 */

export type WordErrors = { errors: number; words: number };

export const wordErrorRate = (reference: string, heard: string): number =>
  rate([wordErrors(reference, heard)]);

/** Over several: long stories weigh more than short ones, as in every published figure. */
export const combinedWordErrorRate = (pairs: readonly { reference: string; heard: string }[]): number =>
  rate(pairs.map(({ reference, heard }) => wordErrors(reference, heard)));

export function wordErrors(reference: string, heard: string): WordErrors {
  const said = normalisedWords(reference);
  const got = normalisedWords(heard);
  // Levenshtein, row by row: costs[j] is the cheapest way from the words said so far to the first j words heard
  let costs = Array.from({ length: got.length + 1 }, (_, j) => j);
  for (const [i, word] of said.entries()) {
    const next = [i + 1];
    for (const [j, heardWord] of got.entries()) {
      const changed = costs[j]! + (word === heardWord ? 0 : 1);
      next.push(Math.min(changed, costs[j + 1]! + 1, next[j]! + 1));
    }
    costs = next;
  }
  return { errors: costs.at(-1)!, words: said.length };
}

/** "Don't — the Nurses' tea!" gives don't, the, nurses, tea: an apostrophe belongs to its word, at the edges it goes. */
export function normalisedWords(text: string): string[] {
  const plain = text
    .normalize("NFC")
    .toLowerCase()
    .replaceAll(/[\u2018\u2019]/g, "'");
  return plain
    .split(/[^\p{L}\p{M}\p{N}']+/u)
    .map((word) => word.replaceAll(/^'+|'+$/g, ""))
    .filter((word) => word !== "");
}

/** Words where nothing was said are errors all the same: one word's worth each, not a division by nothing. */
function rate(counts: readonly WordErrors[]): number {
  const errors = counts.reduce((sum, count) => sum + count.errors, 0);
  const words = counts.reduce((sum, count) => sum + count.words, 0);
  return errors / Math.max(1, words);
}
