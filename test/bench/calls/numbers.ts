/** Who is called: 2,000 numbers are kept for drama, and what their people press and tell follows from the number. */

export const mostNumbers = 2_000;

/** E.164; from 0, and begun again after the last. */
export function numberOf(index: number): string {
  const place = index % mostNumbers;
  return place < 1_000
    ? `+447700900${String(place).padStart(3, "0")}`
    : `+441632960${String(place - 1_000).padStart(3, "0")}`;
}

/** The other way round; null where it is none of these. */
export function indexOf(number: string): number | null {
  const [, range, place] = /(447700900|441632960)(\d{3})$/.exec(number) ?? [];
  return place === undefined ? null : Number(place) + (range === "447700900" ? 0 : 1_000);
}

export const ratingOf = (index: number): number => 1 + ((index % mostNumbers) % 6);

/** Of the marks in their story (marked-story.ts); no prompt has one like it. */
export const storyTagOf = (index: number): number => 0x5a3c_0000 + (index % mostNumbers);
