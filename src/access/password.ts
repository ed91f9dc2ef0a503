/**
 * Passwords as NCSC and NIST SP 800-63B have them: long, not among those that everybody tries first, nothing of one's own
 * name; no rules on what letters to mix, and none on changing them by the calendar.
 */
import { hash, verify } from "@node-rs/argon2";
import { dictionary } from "@zxcvbn-ts/language-common";

/** OWASP's second choice for argon2id (the library's own choice): 19 MiB, two passes. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const passwordLength = { least: 12, most: 200 };

export type PasswordFault = "too-short" | "too-long" | "common" | "yours";

/** What is wrong, for a person to read and mend. */
export const passwordFaultWords: Record<PasswordFault, string> = {
  "too-short": `Use at least ${passwordLength.least} characters: three random words make a good password`,
  "too-long": `Use at most ${passwordLength.most} characters`,
  common: "Choose a password that is harder to guess: this is one of those that are tried first",
  yours: "Choose a password without your name or e-mail address in it",
};

const common = new Set(dictionary["passwords-common"]);

/** @returns null where it may be used */
export function passwordFault(password: string, who: { name: string; email: string }): PasswordFault | null {
  const told = normal(password);
  const length = [...told].length;
  if (length < passwordLength.least) return "too-short";
  if (length > passwordLength.most) return "too-long";
  if (isCommon(told.toLowerCase())) return "common";
  return holdsOneself(told.toLowerCase(), who) ? "yours" : null;
}

/** The same letters typed on another keyboard may be other code points (RFC 8265 asks for NFC). */
const normal = (password: string): string => password.normalize("NFC");

/** A common one; one with digits and signs about it ("Password1234!"); one said over and over; one row of keys. */
function isCommon(password: string): boolean {
  const core = password.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, "");
  const once = smallestRepeat(password);
  return (
    [password, core, smallestRepeat(core), once].some((word) => common.has(word)) ||
    new Set(password).size < 5 ||
    isRun(password)
  );
}

/** "123456789012", "abcdefghijkl", "112233445566": most of it follows from what stands before it. */
function isRun(text: string): boolean {
  const codes = [...text].map((letter) => letter.codePointAt(0)!);
  const steps = codes.slice(1).map((code, index) => Math.abs(code - codes[index]!));
  // From 9 to 0 it is nine.
  return steps.filter((step) => step <= 1 || step === 9).length > 0.7 * steps.length;
}

/** "abcabcabc" is "abc". */
function smallestRepeat(text: string): string {
  const at = (text + text).indexOf(text, 1);
  return at > 0 ? text.slice(0, at) : text;
}

/** A name of four letters or more makes up much of what was typed. */
function holdsOneself(password: string, { name, email }: { name: string; email: string }): boolean {
  const parts = [email, ...email.split(/[@._+-]/), ...name.split(/\s+/), name.replace(/\s+/g, "")];
  const own = parts.map((part) => part.toLowerCase()).filter((part) => part.length >= 4);
  return own.some((part) => password.includes(part) && password.length - part.length < 8);
}

export const hashPassword = (password: string): Promise<string> => hash(normal(password), cost);

/** Of a password that nobody has: who has no account waits as long as who has one. */
const nobodys = hashPassword("a password of nobody at all");

/** @param stored null: nobody to compare with; it takes as long, and is false */
export async function isPassword(given: string, stored: string | null): Promise<boolean> {
  const text = [...given].length > passwordLength.most ? "" : normal(given);
  const right = await verify(stored ?? (await nobodys), text);
  return right && stored !== null;
}
