import { parsePhoneNumberFromString } from "libphonenumber-js/max";

/** What a text says as a telephone number: E.164, or why it is refused and what to do about it. */
export type PhoneReading =
  | { kind: "number"; e164: string }
  | { kind: "refused"; fault: string; remedy: string };

/** Who may be rung at all, beyond being a UK number. */
export interface DialGuard {
  /** Only drama numbers, and those named. */
  rehearsal: boolean;
  /** E.164 numbers named one by one with `--allow-number`. */
  allowNumbers: ReadonlySet<string>;
}

/** Ofcom's numbers for drama, which ring nobody: 07700 900000 to 900999 and 01632 960000 to 960999. */
const drama = /^\+44(7700900|1632960)\d{3}$/;

/** What the whole of Hearback may ever dial (RELIABILITY.md 3.3); the last door, beside libphonenumber's own tables. */
const dialable = /^\+44(?!70|76)[1237]\d{8,9}$/;

const notOurs = "give a UK landline or mobile number (01, 02, 03 or 07) or leave the row out";
const writeAsText =
  "write it as 07700 900000 or +447700900000, in a column formatted as text; leave the row out if there is none";

const refused = (fault: string, remedy = notOurs): PhoneReading => ({ kind: "refused", fault, remedy });

/** @param e164 e.g. "+447700900123" */
export const isDramaNumber = (e164: string): boolean => drama.test(e164);

/**
 * Reads the UK spellings of DOMAIN.md 4.3 (0..., +44, 0044, 0+44(0), a 0 or + that Excel lost, quotes, spaces) into E.164.
 * Refuses what is not a UK landline, mobile or 03 number. The faults never repeat the number.
 */
export function readPhone(raw: string): PhoneReading {
  // As most are: what follows finds nothing in them.
  if (/^\+?\d+$/.test(raw)) return readDigits(raw);
  const text = withoutClutter(raw);
  if (text === "") return refused("there is no telephone number", writeAsText);
  if (/^\d(\.\d+)?e\+?\d+$/i.test(text)) {
    return refused("a spreadsheet turned the number into a power of ten", writeAsText);
  }
  if (/\d[^a-z]*([/;,|&]|\bor\b|\band\b)\D*\d/i.test(text))
    return refused("there is more than one number", "keep one number a row");
  if (/\d\s*(x|ext|#)[a-z.:\s]*\d+$/i.test(text))
    return refused("there is an extension", "give a number that rings without one");
  const digits = text.replace(/[\s().-]/g, "");
  if (!/^\+?\d+$|^0\+\d+$/.test(digits)) return refused("that is no telephone number", writeAsText);
  return readDigits(digits);
}

/**
 * May this number be rung now? Asked at the import and again directly before every dialling.
 * @param e164 as readPhone made it; anything else is refused
 */
export function mayDial(e164: string, guard: DialGuard): { ok: true } | { ok: false; because: string } {
  if (!dialable.test(e164)) return { ok: false, because: "the number is not one that Hearback rings" };
  if (guard.rehearsal && !isDramaNumber(e164) && !guard.allowNumbers.has(e164)) {
    return { ok: false, because: "a rehearsal rings only drama numbers and those named with --allow-number" };
  }
  return { ok: true };
}

/** For boards and logs: all but the last two digits hidden. */
export const maskNumber = (e164: string): string =>
  `${"•".repeat(Math.max(0, e164.length - 2))}${e164.slice(-2)}`;

/** For boards on pages: "•••• 042". */
export const shortMask = (e164: string): string => `•••• ${e164.slice(-3)}`;

/** Width forms made plain; quotes, Excel's ="...", "tel:", invisible characters and exotic dashes taken away. */
function withoutClutter(raw: string): string {
  return raw
    .normalize("NFKC")
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060\ufeff]/g, "")
    .replace(/["'`´‘’“”]/g, "")
    .replace(/[\u2010-\u2015\u2212]/g, "-")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/^=/, "")
    .replace(/^tel:/i, "")
    .trim();
}

/** @param digits digits with at most one "+", in front or after a stray 0 */
function readDigits(digits: string): PhoneReading {
  if (/^\d{1,6}$/.test(digits)) {
    return /^118/.test(digits)
      ? refused("directory enquiries (118) are not rung")
      : refused("emergency and short numbers are not rung");
  }
  const national = toNational(digits);
  if (national === null) return refused("the number is not a UK number; others are not rung");
  const e164 = `+44${national}`;
  return isDramaNumber(e164) ? { kind: "number", e164 } : checkRange(national, e164);
}

/** The UK number without its 0 ("7700900123"); null for another country's. */
function toNational(digits: string): string | null {
  const plain = digits
    .replace(/^0\+/, "+")
    .replace(/^\+0(?=[1-9])/, "0")
    .replace(/^\+?00(?=[1-9])/, "+");
  if (plain.startsWith("+44")) return plain.slice(3).replace(/^0+/, "");
  if (plain.startsWith("+")) return null;
  if (plain.startsWith("0")) return plain.replace(/^0+/, "");
  if (/^44\d{9,11}$/.test(plain)) return plain.slice(2).replace(/^0+/, "");
  return plain;
}

function checkRange(national: string, e164: string): PhoneReading {
  if (/^70/.test(national))
    return refused("personal numbers (070) are not rung: they cost like premium ones");
  if (/^(9|87|84)/.test(national)) return refused("premium-rate numbers (09, 084, 087) are not rung");
  if (/^76/.test(national) && !/^7624/.test(national)) return refused("pagers (076) are not rung");
  const parsed = parsePhoneNumberFromString(e164);
  if (!parsed?.isValid()) {
    return refused("no UK number looks like this: a digit is missing, wrong or too many", writeAsText);
  }
  if (parsed.country !== "GB") {
    return refused(
      "numbers of Jersey, Guernsey and the Isle of Man are not rung: they are charged as foreign ones",
    );
  }
  if (!dialable.test(e164)) return refused("05 and 08 numbers are no patient's own telephone");
  return { kind: "number", e164 };
}
