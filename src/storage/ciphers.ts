import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { AppError } from "#lib/errors.ts";

/** What keeps personal details secret in the database. `kind` is the sort of thing it is, e.g. "phone". */
export interface Ciphers {
  /** AES-256-GCM; the same text comes out different every time. */
  encrypt(kind: string, text: string): Buffer;
  /** Throws AppError `cipher_failed` for another key, another kind, or changed bytes. */
  decrypt(kind: string, bytes: Buffer): string;
  /** HMAC-SHA256, 32 bytes: the same text gives the same hash, so that rows can be found by it. */
  hash(kind: string, text: string): Buffer;
}

const KEY_ID = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + IV_BYTES + TAG_BYTES;

/**
 * @param key 32 random bytes; encryption and hashing each get their own key out of it (HKDF-SHA256)
 * @throws AppError `cipher_key_length`
 */
export function createCiphers(key: Buffer): Ciphers {
  if (key.length !== 32) {
    throw new AppError("cipher_key_length", `The data key must be 32 bytes, not ${key.length}.`);
  }
  const encryptionKey = subKey(key, "hearback encryption 1");
  const hashKey = subKey(key, "hearback hash 1");
  return {
    encrypt: (kind, text) => encrypt(encryptionKey, kind, text),
    decrypt: (kind, bytes) => decrypt(encryptionKey, kind, bytes),
    hash: (kind, text) => hash(hashKey, kind, text),
  };
}

/** As a key object: given as bytes, a key is made into one at each use, which costs five times as much as using it. */
const subKey = (key: Buffer, use: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync("sha256", key, "", use, 32)));

/** Drawn by the thousand, since each draw costs as much as encrypting; none is given twice. */
let drawn: Buffer = Buffer.alloc(0);
function drawIv(): Buffer {
  if (drawn.length === 0) drawn = randomBytes(IV_BYTES * 1024);
  const iv = drawn.subarray(0, IV_BYTES);
  drawn = drawn.subarray(IV_BYTES);
  return iv;
}

/** By way of a text of one letter a byte: a buffer made by the digest itself costs more to make, and to forget. */
function hash(key: KeyObject, kind: string, text: string): Buffer {
  const digest = createHmac("sha256", key).update(`${kind}\0${text}`).digest("binary");
  return Buffer.from(digest, "binary");
}

/** Key id (for rotation later), initialisation vector, tag, then the encrypted text; bound to its kind. */
function encrypt(key: KeyObject, kind: string, text: string): Buffer {
  const iv = drawIv();
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(kind));
  const body = cipher.update(text, "utf8");
  // Of this mode the end has no bytes, only the tag.
  cipher.final();
  const sealed = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  sealed[0] = KEY_ID;
  iv.copy(sealed, 1);
  cipher.getAuthTag().copy(sealed, 1 + IV_BYTES);
  body.copy(sealed, HEADER_BYTES);
  return sealed;
}

function decrypt(key: KeyObject, kind: string, bytes: Buffer): string {
  try {
    if (bytes[0] !== KEY_ID || bytes.length < HEADER_BYTES) throw new Error(`no key with id ${bytes[0]}`);
    const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(1, 1 + IV_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(kind)).setAuthTag(bytes.subarray(1 + IV_BYTES, HEADER_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(HEADER_BYTES)), decipher.final()]).toString("utf8");
  } catch (cause) {
    const message = "A stored detail could not be decrypted: this is not the key that it was written with.";
    throw new AppError("cipher_failed", message, { kind }, { cause });
  }
}
