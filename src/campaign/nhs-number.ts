/** Digit weights of the NHS number's check: 10 for the first digit down to 2 for the ninth (DOMAIN.md 4.3). */
const weights = [10, 9, 8, 7, 6, 5, 4, 3, 2];

/**
 * Reads an NHS number, spaces and hyphens allowed, into its ten digits.
 * @returns null when it is not one: wrong length, modulus 11 wrong, or ten times the same digit (a placeholder)
 */
export function readNhsNumber(raw: string): string | null {
  const digits = raw.replace(/[\s\u00a0-]/g, "");
  if (!/^\d{10}$/.test(digits) || /^(\d)\1{9}$/.test(digits)) return null;
  const sum = weights.reduce((total, weight, place) => total + weight * Number(digits[place]), 0);
  const check = (11 - (sum % 11)) % 11;
  return check === Number(digits[9]) ? digits : null;
}
