/**
 * The form in which a story lies on the disk: chunks, each encrypted and proven by itself (AES-256-GCM), so that any
 * stretch can be read without the rest, and nothing can be changed, cut off, moved or put in another story's place.
 *
 *     header   "HBSTORY1", chunk size (4 bytes), length of the audio (8 bytes), salt (32 bytes)
 *     chunk    as many bytes as the audio has there, encrypted, and their tag (16 bytes); at least one, if an empty one
 *
 * A chunk's nonce holds its index and whether it is the last; its additional data are the header and the story's id. The
 * file's own key comes from the story's key and the salt (HKDF-SHA256), and the salt from the story's key and the audio
 * (HMAC-SHA256): the same audio under the same key is always the same file, so that writing it twice is harmless, and
 * other audio under the same key never meets the same key and nonce.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { AppError } from "#lib/errors.ts";

const ALGORITHM = "aes-256-gcm";
const MAGIC = Buffer.from("HBSTORY1", "latin1");
const SALT_BYTES = 32;
const TAG_BYTES = 16;
const CHUNK_BYTES = 65_536;
const PREFIX_BYTES = 7;
export const headerBytes = MAGIC.length + 4 + 8 + SALT_BYTES;

/** Whose audio it is, and the 32 bytes that open it. */
export interface StoryKey {
  storyId: string;
  key: Buffer;
}

export const newStoryKey = (): Buffer => randomBytes(32);

export interface SealedHeader {
  /** How many bytes of audio there are. */
  length: number;
  chunkBytes: number;
  /** How long the whole file is: one of another length was cut, or grew. */
  fileBytes: number;
  /** As it lies there. */
  bytes: Buffer;
}

/** Bytes of the file that hold a stretch of the audio, `to` not among them. */
export interface SealedSpan {
  from: number;
  to: number;
  firstChunk: number;
}

/** Sealed whole, in memory: a story is a megabyte or two. */
export function sealAudio(audio: Uint8Array, { storyId, key }: StoryKey, chunkBytes = CHUNK_BYTES): Buffer {
  const salt = createHmac("sha256", key).update("hearback salt 1\0").update(audio).digest();
  const header = headerOf(audio.length, chunkBytes, salt);
  const { cipherKey, nonceOf, data } = secretsOf(header, { storyId, key });
  const pieces = [header.bytes];
  for (let index = 0; index < chunksOf(header); index++) {
    const cipher = createCipheriv(ALGORITHM, cipherKey, nonceOf(index)).setAAD(data);
    const plain = audio.subarray(index * chunkBytes, (index + 1) * chunkBytes);
    pieces.push(cipher.update(plain), cipher.final(), cipher.getAuthTag());
  }
  return Buffer.concat(pieces);
}

/**
 * @param bytes the file's first `headerBytes`, or more
 * @param fileBytes how long the file is
 * @throws AppError `story_damaged`
 */
export function readHeader(bytes: Buffer, fileBytes: number): SealedHeader {
  if (bytes.length < headerBytes || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw damaged();
  const chunkBytes = bytes.readUInt32BE(MAGIC.length);
  const length = Number(bytes.readBigUInt64BE(MAGIC.length + 4));
  if (chunkBytes === 0 || !Number.isSafeInteger(length)) throw damaged();
  const header = headerOf(length, chunkBytes, bytes.subarray(headerBytes - SALT_BYTES, headerBytes));
  if (header.fileBytes !== fileBytes) throw damaged();
  return header;
}

/** What must be read of the file for the audio from `from` up to, and without, `to`. */
export function spanOf(header: SealedHeader, from: number, to: number): SealedSpan {
  const firstChunk = Math.min(Math.floor(from / header.chunkBytes), chunksOf(header) - 1);
  const behind = Math.max(firstChunk + 1, Math.ceil(to / header.chunkBytes));
  const placeOf = (chunk: number) => headerBytes + chunk * (header.chunkBytes + TAG_BYTES);
  return { from: placeOf(firstChunk), to: Math.min(placeOf(behind), header.fileBytes), firstChunk };
}

/**
 * The audio from `from` up to, and without, `to`. At least one chunk is opened, so that an empty stretch too proves the
 * header.
 * @param bytes what lies at `spanOf(header, from, to)`
 * @throws AppError `story_damaged`: another key, another story's, or not what was sealed
 */
export function openSpan(
  header: SealedHeader,
  { from, to, bytes }: { from: number; to: number; bytes: Buffer },
  storyKey: StoryKey,
): Buffer {
  const { firstChunk } = spanOf(header, from, to);
  const { cipherKey, nonceOf, data } = secretsOf(header, storyKey);
  const plain: Buffer[] = [];
  const step = header.chunkBytes + TAG_BYTES;
  for (let at = 0, index = firstChunk; at < bytes.length; at += step, index++) {
    const chunk = bytes.subarray(at, at + step);
    if (chunk.length < TAG_BYTES) throw damaged();
    const decipher = createDecipheriv(ALGORITHM, cipherKey, nonceOf(index), { authTagLength: TAG_BYTES });
    decipher.setAAD(data).setAuthTag(chunk.subarray(-TAG_BYTES));
    try {
      plain.push(decipher.update(chunk.subarray(0, -TAG_BYTES)), decipher.final());
    } catch (cause) {
      throw damaged(cause);
    }
  }
  const begin = firstChunk * header.chunkBytes;
  const whole = plain.length === 2 ? plain[0]! : Buffer.concat(plain);
  if (plain.length === 0 || whole.length < to - begin) throw damaged();
  return whole.subarray(from - begin, to - begin);
}

/** A whole file. @throws AppError `story_damaged` */
export function openAudio(sealed: Buffer, storyKey: StoryKey): Buffer {
  const header = readHeader(sealed, sealed.length);
  return openSpan(header, { from: 0, to: header.length, bytes: sealed.subarray(headerBytes) }, storyKey);
}

function headerOf(length: number, chunkBytes: number, salt: Buffer): SealedHeader {
  const bytes = Buffer.alloc(headerBytes);
  MAGIC.copy(bytes);
  bytes.writeUInt32BE(chunkBytes, MAGIC.length);
  bytes.writeBigUInt64BE(BigInt(length), MAGIC.length + 4);
  salt.copy(bytes, headerBytes - SALT_BYTES);
  const fileBytes = headerBytes + length + TAG_BYTES * chunksOf({ length, chunkBytes });
  return { length, chunkBytes, fileBytes, bytes };
}

const chunksOf = ({ length, chunkBytes }: Pick<SealedHeader, "length" | "chunkBytes">): number =>
  Math.max(1, Math.ceil(length / chunkBytes));

function secretsOf(header: SealedHeader, { storyId, key }: StoryKey) {
  const salt = header.bytes.subarray(headerBytes - SALT_BYTES);
  const derived = Buffer.from(
    hkdfSync("sha256", key, salt, `hearback story 1\0${storyId}`, 32 + PREFIX_BYTES),
  );
  const last = chunksOf(header) - 1;
  const nonceOf = (index: number): Buffer => {
    const nonce = Buffer.alloc(PREFIX_BYTES + 5);
    derived.copy(nonce, 0, 32);
    nonce.writeUInt32BE(index, PREFIX_BYTES);
    nonce[PREFIX_BYTES + 4] = index === last ? 1 : 0;
    return nonce;
  };
  const data = Buffer.concat([header.bytes, Buffer.from(storyId)]);
  return { cipherKey: derived.subarray(0, 32), nonceOf, data };
}

const damaged = (cause?: unknown) =>
  new AppError(
    "story_damaged",
    "the sealed audio is not what was written, or this is not its key",
    {},
    { cause },
  );
