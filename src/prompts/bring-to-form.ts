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
  /** How far what was cut away lay below the voice; null where less than a tenth of a second was. */
  quietBelowDb: number | null;
}

const FRAME_MS = 5;
const LEAST_BELOW_DB = 14;
const MOST_BELOW_DB = 32;
const ABOVE_NOISE_DB = 6;
/** Hum of the mains and a microphone's offset, which no telephone carries, and which would count as loudness. */
const RUMBLE_BELOW_HERTZ = 60;

const activeDb = (wave: Float32Array, sampleRate: number) => speechLevel(wave, sampleRate).activeDb;

/** Null where nothing is to be heard. @param text what is said: a sentence is followed by a breath */
export function bringToForm(samples: Float32Array, sampleRate: number, text: string): Formed | null {
  const narrow = withoutRumble(resample(samples, sampleRate, telephoneRate));
  const levelDb = activeDb(narrow, telephoneRate);
  if (!Number.isFinite(levelDb)) return null;
  const { from, to } = spokenPart(narrow, levelDb);
  const speech = narrow.subarray(from, to);
  const target = isTone(text) ? loudness.target - 1 : loudness.target;
  const even = normaliseLoudness(withMargins(speech, text), telephoneRate, {
    ...{ loudnessDb: target, measure: activeDb },
  });
  const cut = [narrow.subarray(0, from), narrow.subarray(to)];
  const cutLength = narrow.length - speech.length;
  return {
    wave: fadeEnds(even, telephoneRate),
    levelDb,
    cutMs: (cutLength * 1000) / telephoneRate,
    quietBelowDb: cutLength < telephoneRate / 10 ? null : levelDb - rmsDb(cut),
  };
}

function rmsDb(parts: readonly Float32Array[]): number {
  let [sum, length] = [0, 0];
  for (const part of parts) {
    for (const sample of part) sum += sample * sample;
    length += part.length;
  }
  return toDb(Math.sqrt(sum / Math.max(1, length)));
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
function spokenPart(wave: Float32Array, levelDb: number): { from: number; to: number } {
  const frame = (telephoneRate * FRAME_MS) / 1000;
  const levels = Array.from({ length: Math.floor(wave.length / frame) }, (_, i) =>
    rmsDb([wave.subarray(i * frame, (i + 1) * frame)]),
  );
  const noiseDb = levels.toSorted((one, other) => one - other)[Math.floor(levels.length / 20)] ?? levelDb;
  const below = Math.min(MOST_BELOW_DB, Math.max(LEAST_BELOW_DB, levelDb - noiseDb - ABOVE_NOISE_DB));
  const isLoud = (level: number) => level > levelDb - below;
  return {
    from: Math.max(0, levels.findIndex(isLoud)) * frame,
    to: Math.min(wave.length, (levels.findLastIndex(isLoud) + 1) * frame),
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
