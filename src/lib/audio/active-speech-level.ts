/**
 * The active speech level of ITU-T Recommendation P.56 (12/2011), method B: how loud somebody is while they speak, pauses
 * not counted. Unlike the loudness of EBU R 128, whose gate looks at 400 ms at a time, it is fit for a single word.
 * In dBov: dB below the loudest that a file can carry; a sine as loud as can be stands at -3.01.
 */

/** P.56, table 1 (method B): the envelope's time constant, the hangover, and the margin to the threshold. */
const ENVELOPE_SECONDS = 0.03;
const HANGOVER_SECONDS = 0.2;
const MARGIN_DB = 15.9;
const THRESHOLDS = Float64Array.from({ length: 15 }, (_, j) => 2 ** (j - 15)); // of full scale, 6 dB apart

export interface SpeechLevel {
  /** dBov; -Infinity where nothing is to be heard. */
  activeDb: number;
  /** The part of the time in which somebody speaks, 0 to 1. */
  activity: number;
}

/** @param samples floats from -1 to 1 */
export function speechLevel(samples: Float32Array, sampleRate: number): SpeechLevel {
  const silence: SpeechLevel = { activeDb: Number.NEGATIVE_INFINITY, activity: 0 };
  const { energy, active } = measure(samples, sampleRate);
  const levelAt = (j: number) => 10 * Math.log10(energy / active[j]!);
  const thresholdAt = (j: number) => 20 * Math.log10(THRESHOLDS[j]!);
  const overAt = (j: number) => levelAt(j) - thresholdAt(j);
  if (active[0] === 0 || overAt(0) < MARGIN_DB) return silence;
  for (let j = 1; j < THRESHOLDS.length && active[j]! > 0; j++) {
    if (overAt(j) > MARGIN_DB) continue;
    // between the two thresholds the level is taken to run straight, in dB
    const part = (overAt(j - 1) - MARGIN_DB) / (overAt(j - 1) - overAt(j));
    const activeDb = levelAt(j - 1) + part * (levelAt(j) - levelAt(j - 1));
    return { activeDb, activity: energy / samples.length / 10 ** (activeDb / 10) };
  }
  return silence;
}

/** All energy, and for each threshold the number of samples at which the envelope is, or lately was, above it. */
function measure(samples: Float32Array, sampleRate: number): { energy: number; active: Float64Array } {
  const keep = Math.exp(-1 / (sampleRate * ENVELOPE_SECONDS));
  const hangover = Math.ceil(sampleRate * HANGOVER_SECONDS);
  const active = new Float64Array(THRESHOLDS.length);
  /** Where the envelope last fell below each; what lies between that and the next rise counts up to the hangover. */
  const fellAt = new Float64Array(THRESHOLDS.length).fill(-1);
  const rose = new Float64Array(THRESHOLDS.length);
  let [energy, smoothed, envelope, above] = [0, 0, 0, 0];
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    energy += sample * sample;
    smoothed = keep * smoothed + (1 - keep) * Math.abs(sample);
    envelope = keep * envelope + (1 - keep) * smoothed;
    for (; above < THRESHOLDS.length && envelope >= THRESHOLDS[above]!; above++) {
      if (fellAt[above]! >= 0) active[above]! += Math.min(hangover, i - fellAt[above]!);
      rose[above] = i;
    }
    for (; above > 0 && envelope < THRESHOLDS[above - 1]!; above--) {
      active[above - 1]! += i - rose[above - 1]!;
      fellAt[above - 1] = i;
    }
  }
  for (let j = 0; j < THRESHOLDS.length; j++) {
    if (j < above) active[j]! += samples.length - rose[j]!;
    else if (fellAt[j]! >= 0) active[j]! += Math.min(hangover, samples.length - fellAt[j]!);
  }
  return { energy, active };
}
