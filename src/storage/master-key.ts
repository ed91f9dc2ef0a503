/**
 * The keys of stories are kept wrapped: encrypted with a master key that never lies in the database. Behind this
 * interface it may as well be a key management service's, for which the key stays where it is.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { AppError } from "#lib/errors.ts";

export interface MasterKeys {
  /** Of the one that wraps. */
  readonly keyId: string;
  /** Of all that can unwrap, that one first. */
  readonly keyIds: readonly string[];
  /** @param of what the key belongs to: wrapped, it is nothing else's */
  wrap(key: Buffer, of: string): Promise<Buffer>;
  /** @throws AppError `master_key_missing` (no such key is at hand), `master_key_wrong` (it does not open this) */
  unwrap(keyId: string, wrapped: Buffer, of: string): Promise<Buffer>;
}

/** What a story's wrapped key belongs to. */
export const forStory = (storyId: string): string => `story ${storyId}`;

export interface MasterKeySettings {
  dataKey: Buffer;
  /** Null: one is derived from the data key. */
  masterKey: Buffer | null;
  /** Those that wrapped before, for as long as something is wrapped with them. */
  oldMasterKeys: readonly Buffer[];
}

const ALGORITHM = "aes-256-gcm";
const FORM = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + IV_BYTES + TAG_BYTES;

/** Master keys from the settings. What was wrapped with the one derived from the data key can always be unwrapped. */
export function createMasterKeys({ dataKey, masterKey, oldMasterKeys }: MasterKeySettings): MasterKeys {
  const given = [...(masterKey ? [masterKey] : []), ...oldMasterKeys];
  const all = new Map(given.map((key) => [`file:${nameOf(key)}`, key]));
  const derived = Buffer.from(hkdfSync("sha256", dataKey, "", "hearback master key 1", 32));
  const derivedId = `data-key:${nameOf(derived)}`;
  all.set(derivedId, derived);
  const keyId = masterKey ? `file:${nameOf(masterKey)}` : derivedId;
  const current = all.get(keyId)!;
  return {
    keyId,
    keyIds: [keyId, ...[...all.keys()].filter((id) => id !== keyId)],
    wrap: async (key, of) => wrap(current, key, `${keyId}\0${of}`),
    unwrap: async (id, wrapped, of) => {
      const key = all.get(id);
      if (!key) throw missing(id);
      return unwrap(key, wrapped, `${id}\0${of}`);
    },
  };
}

/** Tells a key from any other, and nothing of it. */
const nameOf = (key: Buffer): string =>
  createHash("sha256").update("hearback master key name 1\0").update(key).digest("hex").slice(0, 16);

const missing = (keyId: string) =>
  new AppError(
    "master_key_missing",
    `The master key ${keyId} is not among the settings: give it as HEARBACK_MASTER_KEY, or among ` +
      "HEARBACK_OLD_MASTER_KEYS until `hearback keys rotate` has gone through.",
    { keyId },
  );

/** Its form, initialisation vector, tag, then the key, encrypted. */
function wrap(master: Buffer, key: Buffer, data: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, master, iv).setAAD(Buffer.from(data));
  const body = Buffer.concat([cipher.update(key), cipher.final()]);
  return Buffer.concat([Buffer.of(FORM), iv, cipher.getAuthTag(), body]);
}

function unwrap(master: Buffer, wrapped: Buffer, data: string): Buffer {
  try {
    if (wrapped[0] !== FORM || wrapped.length < HEADER_BYTES) throw new Error(`no form ${wrapped[0]}`);
    const iv = wrapped.subarray(1, 1 + IV_BYTES);
    const decipher = createDecipheriv(ALGORITHM, master, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(data)).setAuthTag(wrapped.subarray(1 + IV_BYTES, HEADER_BYTES));
    return Buffer.concat([decipher.update(wrapped.subarray(HEADER_BYTES)), decipher.final()]);
  } catch (cause) {
    const text = "A story's key could not be unwrapped: it was changed, or is another story's.";
    throw new AppError("master_key_wrong", text, {}, { cause });
  }
}
