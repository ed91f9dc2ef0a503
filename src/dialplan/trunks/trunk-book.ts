/** Which way calls go out, how numbers are written there, and which number each trust shows: asterisk/trunks.conf. */

export interface Trunk {
  /** The endpoint in pjsip.conf. */
  name: string;
  /** In place of how a number begins; of those that fit the longest counts. */
  writes: readonly { begins: string; as: string }[];
}

export interface TrunkBook {
  /** In the order in which they are chosen; none: each node's own setting stands. */
  trunks: readonly Trunk[];
  /** E.164, by the trust's name. */
  callers: ReadonlyMap<string, string>;
}

export const emptyTrunkBook: TrunkBook = { trunks: [], callers: new Map() };

/** What may stand in for a number's beginning; with the digits that stay, nothing but + and digits comes of it. */
export const writtenPattern = /^\+?[0-9]{0,12}$/;

/** @param phone E.164 */
export function writtenBy({ writes }: Trunk, phone: string): string {
  const fitting = writes.filter(({ begins }) => phone.startsWith(begins));
  const best = fitting.toSorted((a, b) => b.begins.length - a.begins.length)[0];
  return best ? best.as + phone.slice(best.begins.length) : phone;
}

/** Whose calls show this number; null where no trust has it. */
export function trustShowing({ callers }: TrunkBook, number: string): string | null {
  return [...callers].find(([, caller]) => caller === number)?.[0] ?? null;
}
