/** All numbers that Ofcom keeps for drama and that we call in a rehearsal: a thousand mobiles, a thousand others. */

export const mostNumbers = 2_000;

/** E.164; from 0, and begun again after the last. */
export function dramaNumber(index: number): string {
  const place = index % mostNumbers;
  return place < 1_000
    ? `+447700900${String(place).padStart(3, "0")}`
    : `+441632960${String(place - 1_000).padStart(3, "0")}`;
}
