/** The codes of an authenticator app: RFC 6238 with SHA-1, 30 seconds and six digits, which is all that apps agree on. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

const stepMs = 30_000;
/** Telephones' clocks are off by a few seconds, and people type slowly: one step either way. */
const slack = 1;

/** 160 bits, as RFC 4226 (4, R6) recommends. */
export const makeTotpSecret = (): Buffer => randomBytes(20);

/** Half minutes since 1970. */
export const totpStep = (now: Date): number => Math.floor(now.getTime() / stepMs);

export function totpAt(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac("sha1", secret).update(counter).digest();
  const number = digest.readUInt32BE(digest[digest.length - 1]! & 0xf) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

/**
 * @param lastStep the step of the code that was last accepted: neither it nor one before it is good again (RFC 6238, 5.2)
 * @returns the step whose code this is; null where it is none
 */
export function acceptedStep(secret: Buffer, code: string, now: Date, lastStep: number): number | null {
  const given = Buffer.from(code.replace(/\s/g, ""));
  const current = totpStep(now);
  let accepted: number | null = null;
  for (let step = current - slack; step <= current + slack; step += 1) {
    const expected = Buffer.from(totpAt(secret, step));
    const same = given.length === expected.length && timingSafeEqual(given, expected);
    if (same && step > lastStep) accepted ??= step;
  }
  return accepted;
}

/** What a QR code holds for an authenticator app (Google's key URI format). */
export function totpUri(secret: Buffer, { issuer, account }: { issuer: string; account: string }): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  const asked = `secret=${base32(secret)}&issuer=${encodeURIComponent(issuer)}`;
  return `otpauth://totp/${label}?${asked}&algorithm=SHA1&digits=6&period=30`;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** RFC 4648, 6, without the padding that apps have no use for. */
export function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const fives = bits.match(/.{1,5}/g) ?? [];
  return fives.map((five) => alphabet[Number.parseInt(five.padEnd(5, "0"), 2)]).join("");
}
