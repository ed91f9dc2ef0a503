/** What the people press and tell follows from their number. */
import { mostNumbers } from "#rehearsal/drama-numbers.ts";

/** Of a number, whatever is before it, its place among those for drama; null where it is none. */
export function indexOf(number: string): number | null {
  const [, range, place] = /(447700900|441632960)(\d{3})$/.exec(number) ?? [];
  return place === undefined ? null : Number(place) + (range === "447700900" ? 0 : 1_000);
}

export const ratingOf = (index: number): number => 1 + ((index % mostNumbers) % 6);

/** Of the marks in their story (marked-story.ts); no prompt has one like it. */
export const storyTagOf = (index: number): number => 0x5a3c_0000 + (index % mostNumbers);
