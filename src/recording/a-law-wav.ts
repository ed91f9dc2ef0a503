/** A story as a file that any player plays: G.711 A-law, 8000 Hz, mono, in a WAV, sample for sample as it was recorded. */
import { decodeALaw } from "#lib/audio/g711.ts";
import { AppError } from "#lib/errors.ts";
import type { StoryStore } from "./ports.ts";

const A_LAW = 6; // WAVE_FORMAT_ALAW; formats other than PCM need the longer fmt chunk and a fact chunk
const RATE = 8000;
const HEADER_BYTES = 58;

/** @param codes A-law bytes */
export function toALawWav(codes: Uint8Array): Buffer {
  const padding = codes.length % 2; // chunks have even lengths
  const bytes = Buffer.alloc(HEADER_BYTES + codes.length + padding);
  bytes.write("RIFF", 0, "latin1");
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write("WAVEfmt ", 8, "latin1");
  bytes.writeUInt32LE(18, 16);
  bytes.writeUInt16LE(A_LAW, 20);
  bytes.writeUInt16LE(1, 22); // channel
  bytes.writeUInt32LE(RATE, 24);
  bytes.writeUInt32LE(RATE, 28); // bytes a second
  bytes.writeUInt16LE(1, 32); // bytes a sample
  bytes.writeUInt16LE(8, 34); // bits a sample
  bytes.writeUInt16LE(0, 36); // no further words
  bytes.write("fact", 38, "latin1");
  bytes.writeUInt32LE(4, 42);
  bytes.writeUInt32LE(codes.length, 46);
  bytes.write("data", 50, "latin1");
  bytes.writeUInt32LE(codes.length, 54);
  bytes.set(codes, HEADER_BYTES);
  return bytes;
}

/** The A-law bytes of a WAV of ours. Throws `story_unreadable` for anything else. */
export function fromALawWav(bytes: Buffer): Buffer {
  let isALaw = false;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = bytes.toString("latin1", at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    if (name === "fmt " && at + 20 <= bytes.length) {
      isALaw = bytes.readUInt16LE(at + 8) === A_LAW && bytes.readUInt32LE(at + 12) === RATE;
    }
    if (name === "data" && isALaw) return bytes.subarray(at + 8, at + 8 + size);
    at += 8 + size + (size % 2);
  }
  throw new AppError("story_unreadable", "the kept audio is no A-law WAV file at 8000 Hz");
}

/** A kept story as 16-bit samples at 8000 Hz. */
export const readStory = async (store: Pick<StoryStore, "read">, key: string): Promise<Int16Array> =>
  decodeALaw(fromALawWav(await store.read(key)));
