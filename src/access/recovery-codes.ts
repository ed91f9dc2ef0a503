/** For whoever has lost the telephone with the authenticator app: ten codes, each good once. */
import { createHash, randomBytes } from "node:crypto";
import { base32 } from "./totp.ts";

const codes = 10;

/** @returns codes such as ABCD-EFGH-IJKL-MNOP: 80 random bits each, so that a plain hash keeps them */
export const makeRecoveryCodes = (): string[] =>
  Array.from({ length: codes }, () => base32(randomBytes(10)).match(/.{4}/g)!.join("-"));

/** However it is typed: small letters, spaces, and 0 and 1 for the letters that base32 has. */
export function readRecoveryCode(given: string): string | null {
  const letters = given.toUpperCase().replace(/[\s-]/g, "").replaceAll("0", "O").replaceAll("1", "I");
  return /^[A-Z2-7]{16}$/.test(letters) ? letters.match(/.{4}/g)!.join("-") : null;
}

export const hashOfCode = (code: string): Buffer => createHash("sha256").update(code).digest();
