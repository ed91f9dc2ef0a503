/** The setting HEARBACK_STAFF_NUMBERS: the telephones of the staff that a draft may ring. */
import type { StaffNumber } from "#call/staff-call.ts";
import { readPhone } from "#campaign/phone-number.ts";

/** A page offers them all. */
const mostNumbers = 50;
const longestLabel = 40;

/**
 * "Switch room=07700 900123, 07700 900124": separated by commas, semicolons or line ends; a label before "=".
 * @throws Error what is wrong, to stand behind the setting's name; no number is repeated
 */
export function readStaffNumbers(raw: string): StaffNumber[] {
  if (raw === "none") return [];
  const entries = raw
    .split(/[,;\n]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  const numbers = entries.map((entry, index) => readEntry(entry, `entry ${index + 1}`));
  for (const key of ["phone", "label"] as const) {
    const twice = numbers.findIndex(
      (one, index) => one[key] !== null && numbers.findIndex((other) => other[key] === one[key]) < index,
    );
    if (twice >= 0) throw new Error(`has ${wordsFor[key]} of entry ${twice + 1} twice: leave one out`);
  }
  if (numbers.length > mostNumbers)
    throw new Error(`has ${numbers.length} numbers; at most ${mostNumbers} can be kept an eye on`);
  return numbers;
}

const wordsFor = { phone: "the number", label: "the label" };

function readEntry(entry: string, where: string): StaffNumber {
  const [first = "", ...rest] = entry.split("=");
  const label = rest.length === 0 ? null : first.trim();
  const reading = readPhone(rest.length === 0 ? first : rest.join("="));
  if (reading.kind === "refused") throw new Error(`has a fault in ${where}: ${reading.fault}`);
  if (label !== null && (label === "" || label.length > longestLabel || /\d[\d ]{4,}/.test(label)))
    throw new Error(
      `has a fault in ${where}: a label is 1 to ${longestLabel} letters, and no telephone number`,
    );
  return { phone: reading.e164, label };
}
