/**
 * What opens a session, an invitation or a one-use link: 256 random bits, of which only a SHA-256 is kept. With so many
 * there is nothing to guess, and so no slow hash is needed.
 */
import { createHash, randomBytes } from "node:crypto";

export interface NewSecret {
  /** 43 letters, digits, - and _; for its holder alone, never stored and never logged. */
  secret: string;
  sha256: Buffer;
}

export const hashOfSecret = (secret: string): Buffer => createHash("sha256").update(secret).digest();

export function makeSecret(): NewSecret {
  const secret = randomBytes(32).toString("base64url");
  return { secret, sha256: hashOfSecret(secret) };
}

/** The hash to find it by; null for what cannot be one of ours. */
export const readSecret = (given: string | undefined): Buffer | null =>
  given !== undefined && /^[A-Za-z0-9_-]{43}$/.test(given) ? hashOfSecret(given) : null;
