/**
 * A story of which every 20 ms carry their own number: the lowest bit of each A-law byte spells out the call's tag and
 * the frame's place. What was kept of it, and whether anything of another's got in, is then a matter of counting.
 */
import { readFileSync } from "node:fs";
import { encodeALaw } from "#lib/audio/g711.ts";
import { readWav } from "#lib/audio/wav.ts";
import { repositoryFile } from "#rehearsal/repository.ts";

export const frameBytes = 160;
const copies = 3;
const bits = 48;

/** Of the twelve stories of the pretend people, without what is silent at its beginning. */
const voices = Array.from({ length: 12 }, (_, index) => {
  const name = `story-${String(index + 1).padStart(2, "0")}.wav`;
  const { samples } = readWav(readFileSync(repositoryFile(`src/rehearsal/people/stories/${name}`)));
  return encodeALaw(samples);
});

/** @param tag of this call, below 2^32 */
export function storyFrames(tag: number, count: number): Uint8Array[] {
  const voice = voices[tag % voices.length]!;
  return Array.from({ length: count }, (_, index) => {
    const from = (index * frameBytes) % (voice.length - frameBytes);
    return marked(voice.subarray(from, from + frameBytes), tag, index);
  });
}

/** Any sound, marked; what is left of its last 20 ms is filled up with silence. */
export function markFrames(codes: Uint8Array, tag: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(codes.length / frameBytes) }, (_, index) => {
    const frame = new Uint8Array(frameBytes).fill(0xd5);
    frame.set(codes.subarray(index * frameBytes, (index + 1) * frameBytes));
    return marked(frame, tag, index);
  });
}

function marked(codes: Uint8Array, tag: number, index: number): Uint8Array {
  const frame = Uint8Array.from(codes);
  for (let at = 0; at < bits * copies; at++) {
    frame[at] = (frame[at]! & 0xfe) | bitOf(tag, index, at % bits);
  }
  return frame;
}

const bitOf = (tag: number, index: number, at: number): number =>
  at < 32 ? (tag >>> at) & 1 : (index >>> (at - 32)) & 1;

export interface FoundFrames {
  /** Places of this tag's frames, as they come. */
  own: number[];
  /** Frames of somebody else's story. */
  foreign: number;
}

/** Reads what was kept, wherever in it frames begin. */
export function findFrames(kept: Uint8Array, tag: number): FoundFrames {
  const own: number[] = [];
  let foreign = 0;
  for (let at = 0; at + frameBytes <= kept.length; ) {
    const read = readMark(kept, at);
    if (read === null) {
      at += 1;
      continue;
    }
    if (read.tag === tag) own.push(read.index);
    else foreign += 1;
    at += frameBytes;
  }
  return { own, foreign };
}

/** All copies must agree; sound that is none of ours hardly ever does (1 in 2^96). */
export function readMark(kept: Uint8Array, from: number): { tag: number; index: number } | null {
  for (let at = bits; at < bits * copies; at++) {
    if ((kept[from + at]! & 1) !== (kept[from + (at % bits)]! & 1)) return null;
  }
  let [tag, index] = [0, 0];
  for (let at = 0; at < 32; at++) tag |= (kept[from + at]! & 1) << at;
  for (let at = 32; at < bits; at++) index |= (kept[from + at]! & 1) << (at - 32);
  const flat = kept.subarray(from, from + bits).every((code) => (code & 1) === (kept[from]! & 1));
  return flat ? null : { tag: tag >>> 0, index };
}
