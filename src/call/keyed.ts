import { readPhone } from "#campaign/phone-number.ts";
import type { Keyed, KeyedForm } from "#flow/state.ts";

/**
 * What a caller keyed, as what it must be.
 * @param hash stands for a telephone number (E.164) wherever it is written down
 * @returns null where it is something else
 */
export function readKeyed(
  digits: string,
  as: KeyedForm | null,
  hash: (text: string) => string,
): Keyed | null {
  if (as === null) return { digits, hash: hash(digits), value: digits };
  if (as === "phone") {
    const read = readPhone(digits);
    return read.kind === "number" ? { digits, hash: hash(read.e164), value: digits } : null;
  }
  const value = "date" in as ? readDay(digits, as.date) : readNumber(digits, as.number);
  return value === null ? null : { digits, hash: "", value };
}

function readNumber(digits: string, { min, max }: { min: number; max: number }): number | null {
  const number = Number(digits);
  return Number.isSafeInteger(number) && number >= min && number <= max ? number : null;
}

/** A day that there is: without a year also the 29th of February. */
function readDay(digits: string, form: "ddmm" | "ddmmyyyy"): string | null {
  const [day, month, year] = [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4)];
  if (form === "ddmm" ? year !== "" : !/^(19|20)\d\d$/.test(year)) return null;
  const written = `${year === "" ? "2000" : year}-${month}-${day}`;
  const time = new Date(`${written}T00:00:00Z`);
  // What JavaScript rolls over, such as 31 November, is no day.
  if (Number.isNaN(time.getTime()) || time.toISOString().slice(0, 10) !== written) return null;
  return year === "" ? `--${month}-${day}` : written;
}
