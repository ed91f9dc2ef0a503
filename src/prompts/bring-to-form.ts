/** From a voice as it was recorded or synthesised to what telephones get: one loudness, cut close, no clicks. */
import { speechLevel } from "#lib/audio/active-speech-level.ts";
import { fadeEnds, normaliseLoudness, toDb } from "#lib/audio/loudness.ts";
import { resample } from "#lib/audio/resample.ts";
import { narrowed, upperBandDb } from "./forms.ts";
import { isSentence, isTone, loudness, margins, telephoneRate, upperBand, wideRate } from "./measures.ts";

export interface Formed {
  wave: Float32Array;
  /** wideRate where the voice has more than a telephone carries; else telephoneRate. */
  sampleRate: number;
  /** As it came, dBov. */
  levelDb: number;
  /** What was cut away at both ends. */
  cutMs: number;
  /** How far its quietest moments lie below the voice; null where it is too short to have any. */
  quietBelowDb: number | null;
}

const FRAME_MS = 5;
const LEAST_BELOW_DB = 14;
const MOST_BELOW_DB = 32;
const ABOVE_NOISE_DB = 6;
/** Hum of the mains and a microphone's offset, which no telephone carries, and which would count as loudness. */
const RUMBLE_BELOW_HERTZ = 60;

/** As every telephone hears it: the same words are as loud in both forms. */
const activeDb = (wave: Float32Array, sampleRate: number) =>
  speechLevel(narrowed(wave, sampleRate), telephoneRate).activeDb;

export interface Source {
  samples: Float32Array;
  sampleRate: number;
}

/**
 * Null where nothing is to be heard.
 * @param text what is said: a sentence is followed by a breath
 * @param mostRate more is not asked for, whatever the source has
 */
export function bringToForm(source: Source, text: string, mostRate = wideRate): Formed | null {
  const master = masterOf(source, mostRate);
  const { wave, sampleRate } = master;
  const levelDb = activeDb(wave, sampleRate);
  if (!Number.isFinite(levelDb)) return null;
  // Of the master: an "s" at either end would be cut away, were it looked for where a narrow telephone hears none.
  const speech = spokenPart(master, levelDb);
  if (sampleRate === wideRate && !isWorthWide(speech, levelDb))
    return bringToForm(source, text, telephoneRate); // What a narrow telephone does not hear was cut away.
  const target = isTone(text) ? loudness.target - 1 : loudness.target;
  const even = normaliseLoudness(withMargins(speech, sampleRate, text), sampleRate, {
    ...{ loudnessDb: target, measure: activeDb },
  });
  const noiseDb = noiseOf(frameLevels(narrowed(wave, sampleRate), telephoneRate));
  return {
    ...{ wave: fadeEnds(even, sampleRate), sampleRate, levelDb },
    cutMs: ((wave.length - speech.length) * 1000) / sampleRate,
    quietBelowDb: noiseDb === null || wave.length < sampleRate ? null : levelDb - noiseDb,
  };
}

type Master = Pick<Formed, "wave" | "sampleRate">;

/** All that is measured, cut and evened: at the lower rate where nothing above would be heard at the higher. */
function masterOf({ samples, sampleRate }: Source, mostRate: number): Master {
  const centred = withoutOffset(samples);
  if (mostRate >= wideRate && sampleRate >= wideRate) {
    const wide = withoutRumble(resample(centred, sampleRate, wideRate), wideRate);
    if (isWorthWide(wide, activeDb(wide, wideRate))) return { wave: wide, sampleRate: wideRate };
  }
  return { wave: withoutRumble(narrowed(centred, sampleRate), telephoneRate), sampleRate: telephoneRate };
}

const isWorthWide = (wave: Float32Array, levelDb: number): boolean =>
  upperBandDb(wave) > levelDb - upperBand.worthBelowDb;

const frameLength = (sampleRate: number) => (sampleRate * FRAME_MS) / 1000;

/** RMS of every 5 ms. */
function frameLevels(wave: Float32Array, sampleRate: number): number[] {
  const frame = frameLength(sampleRate);
  return Array.from({ length: Math.floor(wave.length / frame) }, (_, i) => {
    let sum = 0;
    for (const sample of wave.subarray(i * frame, (i + 1) * frame)) sum += sample * sample;
    return toDb(Math.sqrt(sum / frame));
  });
}

/** What is left where nobody speaks; null of no sound at all. */
const noiseOf = (levels: readonly number[]): number | null =>
  levels.toSorted((one, other) => one - other)[Math.floor(levels.length / 20)] ?? null;

/** Before resampling, which takes what lies outside for silence, and would make a click of the difference. */
function withoutOffset(samples: Float32Array): Float32Array {
  let sum = 0;
  for (const sample of samples) sum += sample;
  const offset = sum / Math.max(1, samples.length);
  return samples.map((sample) => sample - offset);
}

/** Two gentle high passes, one after the other. */
function withoutRumble(samples: Float32Array, sampleRate: number): Float32Array {
  const keep = 1 / (1 + (2 * Math.PI * RUMBLE_BELOW_HERTZ) / sampleRate);
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
function spokenPart({ wave, sampleRate }: Master, levelDb: number): Float32Array {
  const frame = frameLength(sampleRate);
  const levels = frameLevels(wave, sampleRate);
  const noiseDb = noiseOf(levels) ?? levelDb;
  const below = Math.min(MOST_BELOW_DB, Math.max(LEAST_BELOW_DB, levelDb - noiseDb - ABOVE_NOISE_DB));
  const isLoud = (level: number) => level > levelDb - below;
  return wave.subarray(
    Math.max(0, levels.findIndex(isLoud)) * frame,
    (levels.findLastIndex(isLoud) + 1) * frame,
  );
}

/** Silence of our own, the same for every prompt; the voice's own beginning and end are faded into it. */
function withMargins(speech: Float32Array, sampleRate: number, text: string): Float32Array {
  const afterMs = isSentence(text) ? margins.afterSentenceMs : margins.afterPieceMs;
  const length = (ms: number) => Math.round((ms * sampleRate) / 1000);
  const whole = new Float32Array(length(margins.beforeMs) + speech.length + length(afterMs));
  whole.set(fadeEnds(speech, sampleRate, FRAME_MS), length(margins.beforeMs));
  return whole;
}
