import { decodeALaw } from "#lib/audio/g711.ts";
import { writeWav } from "#lib/audio/wav.ts";

const ALAW = 6;

/** A WAV file that every browser plays: A-law becomes 16-bit PCM, anything else stays as it is. */
export function browserWav(stored: Uint8Array): Buffer {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  if (bytes.length < 12 || bytes.toString("latin1", 0, 4) !== "RIFF") return bytes;
  let format: { code: number; sampleRate: number } | null = null;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = bytes.toString("latin1", at, at + 4);
    const body = at + 8;
    const size = Math.min(bytes.readUInt32LE(at + 4), bytes.length - body);
    if (name === "fmt " && size >= 16)
      format = { code: bytes.readUInt16LE(body), sampleRate: bytes.readUInt32LE(body + 4) };
    if (name === "data") {
      if (format?.code !== ALAW) return bytes;
      const samples = decodeALaw(bytes.subarray(body, body + size));
      return Buffer.from(writeWav({ sampleRate: format.sampleRate, samples }));
    }
    at = body + size + (size % 2);
  }
  return bytes;
}
