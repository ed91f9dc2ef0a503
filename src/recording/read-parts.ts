/** The parts of a story out of Asterisk's spool, each checked against what the line said, measured and hashed. */
import { createHash } from "node:crypto";
import { decodeALaw } from "#lib/audio/g711.ts";
import type { Looks, PartToKeep, RecordingSpool } from "./ports.ts";

export interface MeasuredPart {
  name: string;
  /** Raw A-law. */
  audio: Buffer;
  durationMs: number;
  /** By the line's own talk detector, or found in the sound where that heard none or nobody knows. */
  speechMs: number;
  /** By the line's own talk detector; null where the row does not know. */
  lineSpeechMs: number | null;
  /** RMS in dB of full scale. */
  levelDb: number;
  sha256: string;
  /** Less is there than the line said. */
  isShort: boolean;
  /** Nobody saw its end, or it is the end of a disk. */
  isCut: boolean;
}

export interface ReadParts {
  found: MeasuredPart[];
  /** Names of parts that Asterisk does not have. */
  missing: string[];
}

export interface PartReader {
  spool: Pick<RecordingSpool, "read">;
  /** Milliseconds of speech in 16-bit samples at 8000 Hz; transcript/voice-activity.ts. */
  speechMs: (samples: Int16Array) => number | Promise<number>;
}

const BYTES_PER_MS = 8;
const LEAST_SHARE = 0.98; // of the duration that the line reported (RELIABILITY.md 2.3)
const EVENT_TRAVEL_MS = 250; // the line's duration is by our clock, from asking to the last event
const LEAST_HOLE = 80; // bytes: 10 ms of A-law
const DISK_BLOCK = 4_096; // bytes, of ext4, XFS and tmpfs
/** Asterisk writes 32 KiB at a time: 4.1 s of A-law may still be in its buffer. */
export const settleMs = 4_500;
const MOST_LOOKS = 4;

/**
 * In their order; or, where the file of one may still be growing, what was seen of it: to be looked at again `settleMs`
 * later, in which others' stories are kept. Throws what the spool threw.
 * @param looked what the last time gave
 */
export async function readParts(
  reader: PartReader,
  parts: readonly PartToKeep[],
  looked: Looks,
): Promise<{ read: ReadParts } | { growing: Looks }> {
  const read: ReadParts = { found: [], missing: [] };
  const growing: Looks = {};
  for (const part of parts.toSorted((a, b) => a.part - b.part)) {
    const audio = await reader.spool.read(part.name);
    const last = looked[part.name];
    const look = { bytes: audio?.length ?? null, times: (last?.times ?? 0) + 1 };
    if (mayGrow(part, audio) && look.bytes !== last?.bytes && look.times < MOST_LOOKS)
      growing[part.name] = look;
    else if (audio === null) read.missing.push(part.name);
    else if (Object.keys(growing).length === 0) read.found.push(await measured(reader, part, audio));
  }
  return Object.keys(growing).length > 0 ? { growing } : { read };
}

/** Shorter than it should be, or nobody saw its end. */
const mayGrow = (part: PartToKeep, audio: Buffer | null): boolean =>
  audio === null ? !isEmpty(part) : part.durationMs === null || isShort(part, audio);

/**
 * It ended as soon as it began: who hung up before the tone has told nothing, and of that Asterisk keeps no file. To wait
 * for it would keep others' stories waiting (measured: 4.5 s each, two at a time).
 */
const isEmpty = ({ durationMs, endSeen }: PartToKeep): boolean =>
  endSeen && durationMs !== null && durationMs < EVENT_TRAVEL_MS;

const isShort = ({ durationMs }: PartToKeep, audio: Buffer): boolean =>
  durationMs !== null &&
  audio.length < LEAST_SHARE * BYTES_PER_MS * durationMs &&
  audio.length < BYTES_PER_MS * (durationMs - EVENT_TRAVEL_MS);

async function measured({ speechMs }: PartReader, part: PartToKeep, read: Buffer): Promise<MeasuredPart> {
  const audio = withoutHole(read);
  return {
    name: part.name,
    audio,
    durationMs: audio.length / BYTES_PER_MS,
    // Finding speech is most of the work on a story, and where the line heard some it tells us nothing new.
    speechMs: part.speechMs || (await speechMs(decodeALaw(audio))),
    lineSpeechMs: part.speechMs,
    levelDb: levelOf(audio),
    sha256: createHash("sha256").update(audio).digest("hex"),
    isShort: isShort(part, audio),
    isCut: !part.endSeen || audio.length < read.length || endsWithItsDisk(part, audio),
  };
}

/**
 * Where the disk is full when Asterisk closes the file, it is made as long as it should be all the same, and reads as
 * zeros from where nothing was written (seen in chaos). No voice has so many in a row.
 */
function withoutHole(audio: Buffer): Buffer {
  const end = audio.findLastIndex((code) => code !== 0) + 1;
  return audio.length - end < LEAST_HOLE ? audio : audio.subarray(0, end);
}

/**
 * A full disk takes whole blocks; of recordings that ended otherwise one in 128 is as long by chance. So it is suspect
 * only where nobody knows how long it should be.
 */
const endsWithItsDisk = ({ durationMs }: PartToKeep, audio: Buffer): boolean =>
  durationMs === null && audio.length > 0 && audio.length % DISK_BLOCK === 0;

/** By A-law code: a recording's level needs no samples. */
const powers = Float64Array.from(
  decodeALaw(Uint8Array.from({ length: 256 }, (_, code) => code)),
  (sample) => sample * sample,
);

function levelOf(audio: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < audio.length; at += 1) sum += powers[audio[at]!]!;
  const power = sum / Math.max(1, audio.length) / 32_768 ** 2;
  return Math.round(10 * Math.log10(Math.max(power, 1e-12)));
}
