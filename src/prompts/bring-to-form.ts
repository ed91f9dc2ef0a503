/** From a voice as it was recorded or synthesised to what a telephone gets: 8 kHz, one loudness, cut close, no clicks. */
import { speechLevel } from "#lib/audio/active-speech-level.ts";
import { fadeEnds, normaliseLoudness, toDb } from "#lib/audio/loudness.ts";
import { resample } from "#lib/audio/resample.ts";
import { isSentence, isTone, loudness, margins, telephoneRate } from "./measures.ts";

export interface Formed {
  /** At the telephone's rate. */
  wave: Float32Array;
  /** As it came, dBov. */
  levelDb: number;
  /** What was cut away at both ends. */
  cutMs: number;
  /** How far its quietest moments lie below the voice; null where it is too short to have any. */
  quietBelowDb: number | null;
}

const FRAME_MS = 5;
const FRAME = (telephoneRate * FRAME_MS) / 1000;
const LEAST_BELOW_DB = 14;
const MOST_BELOW_DB = 32;
const ABOVE_NOISE_DB = 6;
/** Hum of the mains and a microphone's offset, which no telephone carries, and which would count as loudness. */
const RUMBLE_BELOW_HERTZ = 60;

const activeDb = (wave: Float32Array, sampleRate: number) => speechLevel(wave, sampleRate).activeDb;

/** Null where nothing is to be heard. @param text what is said: a sentence is followed by a breath */
export function bringToForm(samples: Float32Array, sampleRate: number, text: string): Formed | null {
  const narrow = withoutRumble(resample(withoutOffset(samples), sampleRate, telephoneRate));
  const levelDb = activeDb(narrow, telephoneRate);
  if (!Number.isFinite(levelDb)) return null;
  const levels = frameLevels(narrow);
  const noiseDb = levels.toSorted((one, other) => one - other)[Math.floor(levels.length / 20)] ?? levelDb;
  const { from, to } = spokenPart(levels, { levelDb, noiseDb });
  const speech = narrow.subarray(from, to);
  const target = isTone(text) ? loudness.target - 1 : loudness.target;
  const even = normaliseLoudness(withMargins(speech, text), telephoneRate, {
    ...{ loudnessDb: target, measure: activeDb },
  });
  return {
    wave: fadeEnds(even, telephoneRate),
    levelDb,
    cutMs: ((narrow.length - speech.length) * 1000) / telephoneRate,
    quietBelowDb: narrow.length < telephoneRate ? null : levelDb - noiseDb,
  };
}

/** RMS of every 5 ms. */
function frameLevels(wave: Float32Array): number[] {
  return Array.from({ length: Math.floor(wave.length / FRAME) }, (_, i) => {
    let sum = 0;
    for (const sample of wave.subarray(i * FRAME, (i + 1) * FRAME)) sum += sample * sample;
    return toDb(Math.sqrt(sum / FRAME));
  });
}

/** Before resampling, which takes what lies outside for silence, and would make a click of the difference. */
function withoutOffset(samples: Float32Array): Float32Array {
  let sum = 0;
  for (const sample of samples) sum += sample;
  const offset = sum / Math.max(1, samples.length);
  return samples.map((sample) => sample - offset);
}

/** Two gentle high passes, one after the other. */
function withoutRumble(samples: Float32Array): Float32Array {
  const keep = 1 / (1 + (2 * Math.PI * RUMBLE_BELOW_HERTZ) / telephoneRate);
  const pass = (wave: Float32Array): Float32Array => {
    let [before, out] = [wave[0] ?? 0, 0];
    return wave.map((sample) => {
      out = keep * (out + sample - before);
      before = sample;
      return out;
    });
  };
  return pass(pass(samples));
}

/** Where the voice begins and ends: above the noise that is there anyway, and far enough below the voice itself. */
function spokenPart(
  levels: readonly number[],
  { levelDb, noiseDb }: { levelDb: number; noiseDb: number },
): { from: number; to: number } {
  const below = Math.min(MOST_BELOW_DB, Math.max(LEAST_BELOW_DB, levelDb - noiseDb - ABOVE_NOISE_DB));
  const isLoud = (level: number) => level > levelDb - below;
  return {
    from: Math.max(0, levels.findIndex(isLoud)) * FRAME,
    to: (levels.findLastIndex(isLoud) + 1) * FRAME,
  };
}

/** Silence of our own, the same for every prompt; the voice's own beginning and end are faded into it. */
function withMargins(speech: Float32Array, text: string): Float32Array {
  const afterMs = isSentence(text) ? margins.afterSentenceMs : margins.afterPieceMs;
  const length = (ms: number) => Math.round((ms * telephoneRate) / 1000);
  const whole = new Float32Array(length(margins.beforeMs) + speech.length + length(afterMs));
  whole.set(fadeEnds(speech, telephoneRate, FRAME_MS), length(margins.beforeMs));
  return whole;
}
