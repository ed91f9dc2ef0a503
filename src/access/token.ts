/**
 * Bearer tokens (RFC 6750): `hb_`, twelve hex digits to find the row by, `_`, and 32 random bytes. Only a SHA-256 of the
 * whole is kept: with 256 random bits there is nothing to guess, and so no slow hash is needed.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

export interface NewToken {
  /** Shown once, to whoever made it; never stored and never logged. */
  token: string;
  prefix: string;
  sha256: Buffer;
}

const shape = /^(hb_[0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;

const hashOf = (token: string): Buffer => createHash("sha256").update(token).digest();

export function makeToken(): NewToken {
  const prefix = `hb_${randomBytes(6).toString("hex")}`;
  const token = `${prefix}_${randomBytes(32).toString("base64url")}`;
  return { token, prefix, sha256: hashOf(token) };
}

/** The part by which a token is found; null for what cannot be one of ours. */
export const prefixOf = (token: string): string | null => shape.exec(token)?.[1] ?? null;

/** In constant time. */
export const isToken = (given: string, sha256: Buffer): boolean => timingSafeEqual(hashOf(given), sha256);

/**
 * The token of an Authorization header (RFC 6750, 2.1; the scheme's case does not matter: RFC 9110, 11.1).
 * @returns null where there is none: no header, another scheme
 */
export const readBearer = (header: string | undefined): string | null =>
  /^bearer +([\w.~+/=-]+) *$/i.exec(header ?? "")?.[1] ?? null;
