/** What a pretend person with the act "monitor" heard and said: two files on one time axis. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findWithin, type Match } from "#lib/audio/correlation.ts";
import { readWav } from "#lib/audio/wav.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { filesIn, type Survey, spoken } from "./rehearsal.ts";

export const RATE = 8000;

export interface Monitored {
  /** Our voice, as it came out of their telephone. */
  heard: Int16Array;
  /** Theirs. */
  said: Int16Array;
}

/** Files of the carrier's monitor folder for a number: "heard", "said" (the act "monitor"), "message" (machines). */
export function monitorFiles({ rehearsal }: Survey, what: string, number = ""): string[] {
  const folder = rehearsal.network.carrier!.monitorDir;
  const name = `${what}-${number.slice(-6)}`;
  return filesIn(folder)
    .filter((file) => file.startsWith(name))
    .toSorted()
    .map((file) => join(folder, file));
}

/** Of the last call to that number. */
export function monitored(survey: Survey, number: string): Monitored {
  const [heard, said] = ["heard", "said"].map((what) =>
    readSamples(monitorFiles(survey, what, number).at(-1)!),
  );
  return { heard: heard!, said: said! };
}

export const readSamples = (file: string): Int16Array => readWav(readFileSync(file)).samples;

/** A prompt as it is shipped. */
export const prompt = (id: string): Int16Array => readSamples(repositoryFile(`prompts/en-GB/${id}.wav`));

export const silence = (ms: number): Int16Array => new Int16Array((ms * RATE) / 1000);

export function joined(...pieces: Int16Array[]): Int16Array {
  const whole = new Int16Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

export const lengthMs = ({ length }: Int16Array): number => (length * 1000) / RATE;

export interface Stretch {
  beginMs: number;
  endMs: number;
}

const frame = RATE / 100;
const loud = 100; // RMS of 10 ms; a silent line has some 8 (A-law's own noise), the quietest word several hundred

/** Where there is sound, by ten milliseconds; stretches with less than `gapMs` of quiet between them are one. */
export function stretches(samples: Int16Array, gapMs = 250): Stretch[] {
  const found: Stretch[] = [];
  for (let at = 0; at + frame <= samples.length; at += frame) {
    let sum = 0;
    for (let i = at; i < at + frame; i++) sum += samples[i]! ** 2;
    if (Math.sqrt(sum / frame) < loud) continue;
    const ms = (at * 1000) / RATE;
    const last = found.at(-1);
    if (last && ms - last.endMs < gapMs) last.endMs = ms + 10;
    else found.push({ beginMs: ms, endMs: ms + 10 });
  }
  return found;
}

/** From one moment to another. */
export const cut = (samples: Int16Array, fromMs: number, toMs: number): Int16Array =>
  samples.subarray(Math.round((fromMs * RATE) / 1000), Math.round((toMs * RATE) / 1000));

/** Where a sound of people/stories/ was said, or a prompt heard; every sample of it. */
export function placeOf(sought: Int16Array, within: Int16Array): Stretch & Pick<Match, "correlation"> {
  const { correlation, offsetSamples } = findWithin(sought, within, { overlap: 0.99 });
  const beginMs = (offsetSamples * 1000) / RATE;
  return { correlation, beginMs, endMs: beginMs + lengthMs(sought) };
}

export const whenSaid = (sound: string, { said }: Monitored): Stretch => {
  const place = placeOf(spoken(sound), said);
  if (place.correlation < 0.95) throw new Error(`${sound} was not said: ${place.correlation}`);
  return place;
};

const pieceMs = 500;

export interface Hearing extends Stretch {
  /** Pieces of half a second that were not heard as they are. */
  weak: string[];
  pieces: number;
}

/**
 * Where a prompt was heard, and how whole. Half a second at a time, since a busy machine may send a frame late: one that
 * slips by 20 ms must not make all that follows unlike. The first piece is looked for within `withinMs`; each other one
 * where it has to be.
 */
export function hearing(sought: Int16Array, heard: Int16Array, fromMs: number, withinMs: number): Hearing {
  const weak: string[] = [];
  const whole = lengthMs(sought);
  let [beginMs, expectedMs, slackMs, pieces] = [Number.NaN, fromMs, withinMs, 0];
  for (let at = 0; at < whole; at += pieceMs) {
    const piece = cut(sought, at, Math.min(whole, at + pieceMs));
    const first = Number.isNaN(beginMs);
    if (!first && stretches(piece).length === 0) {
      expectedMs += lengthMs(piece);
      continue;
    }
    const from = Math.max(0, first ? expectedMs : expectedMs - 60);
    const window = cut(heard, from, expectedMs + lengthMs(piece) + slackMs);
    let place = placeOf(piece, window);
    pieces += 1;
    // A slip in the first half second: then its first half must be there, or the beginning was cut off.
    const half = cut(piece, 0, pieceMs / 2);
    const begun = first && place.correlation < 0.98 ? placeOf(half, window) : null;
    if (begun && begun.correlation >= 0.98) {
      weak.push(`within ${pieceMs} ms: ${place.correlation.toFixed(2)}`);
      place = { ...begun, endMs: begun.beginMs + lengthMs(piece) };
    } else if (place.correlation < 0.98) weak.push(`${at} ms: ${place.correlation.toFixed(2)}`);
    if (first) beginMs = from + place.beginMs;
    expectedMs = place.correlation > 0.5 ? from + place.endMs : expectedMs + lengthMs(piece);
    slackMs = 200;
  }
  return { beginMs, endMs: expectedMs, weak, pieces };
}
