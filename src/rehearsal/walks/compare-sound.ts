/** Whether a caller heard what they should have: every prompt that was to be said, in order, and nothing else. */

import type { Audio } from "#call/line.ts";
import { findWithin } from "#lib/audio/correlation.ts";
import { decodeALaw } from "#lib/audio/g711.ts";
import type { WalkFault } from "#release/walk-report.ts";
import { bytesPerMs, type ReleaseSounds } from "./sounds.ts";
import { voiceMark } from "./voice.ts";
import { lengthOf, type Playback, shortMs } from "./watched-line.ts";

export interface SoundComparison {
  /** Prompts that were heard, in order. */
  heard: string[];
  faults: WalkFault[];
}

/** The last of what was cut off by a key may have been in the air. */
const slackMs = 600;
/** Shorter than this nothing is told apart. */
const leastMs = 120;
/** Where frames were lost on the way, so like must it be. */
const like = 0.8;
const chunk = 800 * bytesPerMs;
const most = 0.6;
/** So much later than where the one before ended may a prompt begin; callers tell stories and think in between. */
const searchMs = 30_000;
/** What is cut off by a key, the last frames of it, is none that should not be there. */
const strayMs = 2_000;
/** A call that is so much short of sound was dumb, whatever was asked to be played. */
const dumbMs = 3_000;
/** After so much of what they told, the mark in it has been heard. */
const told = 2_500;
/** So much of what came instead is looked at: single words may be in several prompts. */
const lookMs = 4_000;
const frame = 20 * bytesPerMs;

export function compareSound(
  playbacks: readonly Playback[],
  heard: Uint8Array,
  sounds: ReleaseSounds,
): SoundComparison {
  const result: SoundComparison = { heard: [], faults: [] };
  let at = 0;
  /** The prompt that was being said when a key cut it off: its end may still come. */
  let cutOff: string | null = null;
  let afterStory = false;
  let step: string | null = null;
  const fault = (expected: string, got: string) => void result.faults.push({ step, expected, got });
  for (const playback of playbacks) {
    step = playback.step;
    if (playback.end === "failed") {
      fault(
        playback.audio.map((piece) => `"${nameOf(piece, sounds)}"`).join(", "),
        "Asterisk could not play it",
      );
      continue;
    }
    if (playback.end !== "complete" && shortMs(playback) > dumbMs)
      fault("sound", `nothing was to be heard for ${Math.round(shortMs(playback) / 1000)} s`);
    for (const { piece, forMs } of piecesHeard(playback, sounds)) {
      const found = find(piece, forMs, heard, at, sounds);
      if (found === "short") continue;
      const name = nameOf(piece, sounds);
      if (found === null) {
        const instead = whatIsAt(heard, at, sounds, cutOff);
        fault(`"${name}"`, instead ? `"${instead}" was heard` : "it was not heard");
        continue;
      }
      // What they told is known by its middle; the rest of it follows.
      const stray = afterStory ? null : strayIn(heard.subarray(at, found.from), sounds, cutOff);
      afterStory = "recording" in piece;
      if (stray) fault(`"${name}" next`, stray);
      result.heard.push(name);
      cutOff = name;
      at = found.to;
    }
  }
  const stray = strayIn(heard.subarray(at), sounds, cutOff);
  if (stray) fault("nothing more", stray);
  return result;
}

/** What of a playback must have been heard; of one that was cut off, only what was surely out by then. */
function piecesHeard({ audio, started, ended, end }: Playback, sounds: ReleaseSounds) {
  const cameMs = started && ended ? ended.heardMs - started.heardMs : 0;
  let leftMs = end === "complete" ? Number.POSITIVE_INFINITY : Math.max(0, cameMs - slackMs);
  return audio.flatMap((piece) => {
    const wholeMs = "recording" in piece ? told : lengthOf(piece, sounds);
    const forMs = Math.min(leftMs, wholeMs);
    leftMs -= wholeMs;
    if ("recording" in piece && forMs < told) return [];
    if ("pauseMs" in piece || forMs <= 0) return [];
    return [{ piece, forMs }];
  });
}

type Found = { from: number; to: number } | null | "short";

function find(piece: Audio, forMs: number, heard: Uint8Array, at: number, { byName }: ReleaseSounds): Found {
  if ("recording" in piece) return foundAt(Buffer.from(heard).indexOf(voiceMark, at), voiceMark.length);
  if (!("sound" in piece)) return "short";
  const sound = byName.get(piece.sound);
  if (!sound) return null;
  // The last frame is filled up by Asterisk, or left out.
  const bytes = sound.subarray(0, Math.floor((forMs * bytesPerMs) / frame) * frame - frame);
  if (bytes.length < leastMs * bytesPerMs) return "short";
  const exact = foundAt(Buffer.from(heard).indexOf(bytes, at), bytes.length);
  return exact ?? nearly(bytes, heard, at);
}

const foundAt = (from: number, length: number): Found => (from < 0 ? null : { from, to: from + length });

/** Frames get lost, or late, on a busy machine: then it is enough that most of it is there, in order. */
function nearly(bytes: Uint8Array, heard: Uint8Array, at: number): Found {
  const places: { from: number; to: number }[] = [];
  let [chunks, from] = [0, at];
  for (let begin = 0; begin + chunk <= bytes.length || begin === 0; begin += chunk) {
    chunks += 1;
    const sought = bytes.subarray(begin, begin + chunk);
    const within = heard.subarray(
      from,
      from + (places.length > 0 ? 2 * chunk : searchMs * bytesPerMs) + chunk,
    );
    const { correlation, offsetSamples } = findWithin(decodeALaw(sought), decodeALaw(within), {
      overlap: 0.9,
    });
    if (correlation < like) continue;
    const found = from + Math.max(0, offsetSamples);
    places.push({ from: found, to: Math.min(heard.length, found + sought.length) });
    from = places.at(-1)!.to;
  }
  if (places.length < chunks * most) return null;
  return { from: places[0]!.from, to: places.at(-1)!.to };
}

const nameOf = (piece: Audio, sounds: ReleaseSounds): string =>
  "sound" in piece ? sounds.whose(piece.sound) : "recording" in piece ? "what they told" : "a pause";

/** The prompt of which the next sound is, the end of what was cut off before it left aside. */
function whatIsAt(
  heard: Uint8Array,
  at: number,
  sounds: ReleaseSounds,
  cutOff: string | null = null,
): string | null {
  const votes = new Map<string, number>();
  for (let from = at; from + frame * 5 < heard.length && from < at + lookMs * bytesPerMs; from += frame * 5) {
    const mark = Buffer.from(heard.subarray(from, from + frame * 5));
    if (!isLoud(mark)) continue;
    for (const [name, sound] of sounds.byName) {
      const whose = sounds.whose(name);
      if (whose !== cutOff && Buffer.from(sound).includes(mark))
        votes.set(whose, (votes.get(whose) ?? 0) + 1);
    }
  }
  return [...votes].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}

/** The longest run of sound in between, where it is longer than a prompt's cut-off end, and is not that. */
function strayIn(between: Uint8Array, sounds: ReleaseSounds, cutOff: string | null): string | null {
  let [run, quiet, longest, longestAt] = [0, 0, 0, 0];
  for (let at = 0; at + frame <= between.length; at += frame) {
    if (isLoud(between.subarray(at, at + frame))) {
      run += 1 + quiet;
      quiet = 0;
    } else if (++quiet > 15) [run, quiet] = [0, 0];
    if (run > longest) [longest, longestAt] = [run, at - run * frame];
  }
  if (longest * 20 <= strayMs) return null;
  const known = whatIsAt(between, Math.max(0, longestAt), sounds);
  if (known !== null && known === cutOff) return null;
  const seconds = ((longest * 20) / 1000).toFixed(1);
  return `${seconds} s of something else was heard${known ? `: "${known}"` : ""}`;
}

/** Louder than a line's hiss. */
function isLoud(codes: Uint8Array): boolean {
  let energy = 0;
  for (const sample of decodeALaw(codes)) energy += sample * sample;
  return energy / codes.length > 200 ** 2;
}
