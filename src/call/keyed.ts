import { readPhone } from "#campaign/phone-number.ts";
import type { Keyed } from "#flow/state.ts";

/**
 * What a caller keyed, as what it must be.
 * @param hash stands for the number (E.164) or the digits wherever they are written down
 * @returns null where it is something else
 */
export function readKeyed(digits: string, as: "phone" | null, hash: (text: string) => string): Keyed | null {
  if (as === null) return { digits, hash: hash(digits) };
  const read = readPhone(digits);
  return read.kind === "number" ? { digits, hash: hash(read.e164) } : null;
}
