/** A stored story as browsers play it, 16-bit PCM in a WAV, made piece by piece from just the bytes that are asked for. */
import { decodeALaw } from "#lib/audio/g711.ts";
import { AppError } from "#lib/errors.ts";

/** A file in the story store. Both throw what the store throws. */
export interface StoredFile {
  size(): Promise<number>;
  /** Without the byte at `to`. */
  read(from: number, to: number): Promise<Buffer>;
}

export interface PcmWav {
  /** Of the whole WAV. */
  bytes: number;
  durationMs: number;
  /** The WAV's bytes from `from` up to, and with, `to`. */
  stream(from: number, to: number): AsyncGenerator<Buffer>;
}

interface Sound {
  aLaw: boolean;
  rate: number;
  /** Where its samples lie in the file. */
  at: number;
  samples: number;
}

const PCM = 1;
const ALAW = 6;
const HEADER_BYTES = 44;
/** What stands before the samples is far shorter. */
const HEAD_BYTES = 4_096;
const PIECE_SAMPLES = 32_768;

/**
 * @param cut in milliseconds, of which what lies behind the end is left out; without it the whole
 * @throws AppError `story_unreadable` for what is no WAV of one channel in A-law or 16-bit PCM; what the store throws
 */
export async function openAsPcm(
  file: StoredFile,
  cut: { fromMs: number; toMs: number } = { fromMs: 0, toMs: Number.POSITIVE_INFINITY },
): Promise<PcmWav> {
  const size = await file.size();
  const sound = soundOf(await file.read(0, Math.min(size, HEAD_BYTES)), size);
  const sampleAt = (ms: number) => Math.min(sound.samples, Math.round((ms * sound.rate) / 1000));
  const first = sampleAt(cut.fromMs);
  const count = sampleAt(cut.toMs) - first;
  const header = headerOf(sound.rate, count);
  return {
    bytes: HEADER_BYTES + 2 * count,
    durationMs: (count * 1000) / sound.rate,
    stream: async function* (from, to) {
      if (from < HEADER_BYTES) yield header.subarray(from, Math.min(HEADER_BYTES, to + 1));
      const begin = Math.max(0, from - HEADER_BYTES);
      const end = to + 1 - HEADER_BYTES;
      for (let sample = begin >> 1; 2 * sample < end; sample += PIECE_SAMPLES) {
        const until = Math.min(sample + PIECE_SAMPLES, (end + 1) >> 1);
        const pcm = await readSamples(file, sound, first + sample, first + until);
        yield pcm.subarray(Math.max(0, begin - 2 * sample), Math.min(pcm.length, end - 2 * sample));
      }
    },
  };
}

/** All samples at once, for what must look at every one of them. Throws as `openAsPcm`. */
export async function allSamples(file: StoredFile): Promise<{ rate: number; samples: Int16Array }> {
  const size = await file.size();
  const sound = soundOf(await file.read(0, Math.min(size, HEAD_BYTES)), size);
  const pcm = await readSamples(file, sound, 0, sound.samples);
  return { rate: sound.rate, samples: new Int16Array(Uint8Array.from(pcm).buffer) };
}

async function readSamples(file: StoredFile, { aLaw, at }: Sound, from: number, to: number): Promise<Buffer> {
  if (!aLaw) return file.read(at + 2 * from, at + 2 * to);
  const samples = decodeALaw(await file.read(at + from, at + to));
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** @param head the beginning of a WAV file of so many bytes */
function soundOf(head: Buffer, size: number): Sound {
  let format: { code: number; rate: number } | null = null;
  const isWav = head.length >= 12 && head.toString("latin1", 0, 4) === "RIFF";
  for (let at = 12; isWav && at + 8 <= head.length; ) {
    const name = head.toString("latin1", at, at + 4);
    const body = at + 8;
    const length = Math.min(head.readUInt32LE(at + 4), size - body);
    if (name === "fmt " && length >= 16 && body + 16 <= head.length && head.readUInt16LE(body + 2) === 1) {
      const [code, bits] = [head.readUInt16LE(body), head.readUInt16LE(body + 14)];
      if (code === ALAW || (code === PCM && bits === 16))
        format = { code, rate: head.readUInt32LE(body + 4) };
    }
    if (name === "data" && format) {
      const aLaw = format.code === ALAW;
      return { aLaw, rate: format.rate, at: body, samples: aLaw ? length : length >> 1 };
    }
    at = body + length + (length % 2);
  }
  throw new AppError("story_unreadable", "the kept audio is no WAV of one channel in A-law or 16-bit PCM");
}

function headerOf(rate: number, samples: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(HEADER_BYTES - 8 + 2 * samples, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(PCM, 20);
  header.writeUInt16LE(1, 22); // channel
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(2 * rate, 28); // bytes a second
  header.writeUInt16LE(2, 32); // bytes a sample
  header.writeUInt16LE(16, 34); // bits a sample
  header.write("data", 36, "latin1");
  header.writeUInt32LE(2 * samples, 40);
  return header;
}
