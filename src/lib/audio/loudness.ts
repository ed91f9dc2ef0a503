/**
 * One loudness for all speech. Loudness is the RMS level of active speech in dB below full scale: pauses do not count,
 * so a prompt of one word and one of three sentences are equally loud to the ear. Samples are floats from -1 to 1.
 */

export const SPEECH_LOUDNESS_DB = -20;
export const PEAK_CEILING_DB = -1.5;

const FRAME_MS = 20;
const SILENCE_DB = -50; // quieter frames are never speech
const BELOW_MEAN_DB = 15; // nor are frames this far below the mean of the others: the way of ITU-T P.56 and BS.1770

export const fromDb = (db: number) => 10 ** (db / 20);
export const toDb = (amplitude: number) => 20 * Math.log10(Math.max(amplitude, 1e-9));

export const peakDb = (samples: Float32Array) =>
  toDb(samples.reduce((peak, s) => Math.max(peak, Math.abs(s)), 0));

/** dB below full scale, or -Infinity where nothing is to be heard. */
export function speechLoudnessDb(samples: Float32Array, sampleRate: number): number {
  const audible = framePowers(samples, sampleRate).filter((power) => power > fromDb(SILENCE_DB) ** 2);
  if (audible.length === 0) return Number.NEGATIVE_INFINITY;
  const gate = mean(audible) * fromDb(-BELOW_MEAN_DB) ** 2;
  return toDb(Math.sqrt(mean(audible.filter((power) => power > gate))));
}

/** Speech at the wished loudness; the few peaks beyond the ceiling are turned down for some milliseconds, not clipped. */
export function normaliseLoudness(
  samples: Float32Array,
  sampleRate: number,
  { loudnessDb = SPEECH_LOUDNESS_DB, ceilingDb = PEAK_CEILING_DB, measure = speechLoudnessDb } = {},
): Float32Array {
  let louder = samples;
  // turning peaks down makes it a little quieter, hence a second and third look
  for (let round = 0; round < 3; round++) {
    const gain = fromDb(loudnessDb - measure(louder, sampleRate));
    if (!Number.isFinite(gain)) return samples.slice();
    louder = limitPeaks(
      louder.map((s) => s * gain),
      sampleRate,
      fromDb(ceilingDb),
    );
  }
  return louder;
}

/** Cuts outer silence away but for a few milliseconds, so that prompts can be joined to sentences. */
export function trimSilence(
  samples: Float32Array,
  sampleRate: number,
  { beforeMs = 30, afterMs = 80, belowSpeechDb = 32 } = {},
): Float32Array {
  const loudness = speechLoudnessDb(samples, sampleRate);
  if (!Number.isFinite(loudness)) return samples.slice();
  const limit = fromDb(loudness - belowSpeechDb) ** 2;
  const frame = frameLength(sampleRate, 5);
  const powers = framePowers(samples, sampleRate, 5);
  const first = powers.findIndex((power) => power > limit) * frame;
  const last = (powers.findLastIndex((power) => power > limit) + 1) * frame;
  const margin = (ms: number) => Math.round((ms * sampleRate) / 1000);
  return samples.slice(
    Math.max(0, first - margin(beforeMs)),
    Math.min(samples.length, last + margin(afterMs)),
  );
}

/** A few milliseconds from and to nothing, so that no prompt begins or ends with a click. */
export function fadeEnds(samples: Float32Array, sampleRate: number, fadeMs = 5): Float32Array {
  const faded = samples.slice();
  const length = Math.min(Math.round((fadeMs * sampleRate) / 1000), Math.floor(samples.length / 2));
  for (let i = 0; i < length; i++) {
    const gain = 0.5 - 0.5 * Math.cos((Math.PI * i) / length);
    faded[i]! *= gain;
    faded[faded.length - 1 - i]! *= gain;
  }
  return faded;
}

/** Gain needed at each peak, spread over the 5 ms on either side, then smoothed: the ceiling holds and nothing crackles. */
function limitPeaks(samples: Float32Array, sampleRate: number, ceiling: number): Float32Array {
  const reach = Math.round(sampleRate * 0.005);
  const gains = new Float32Array(samples.length + 2 * reach).fill(1);
  samples.forEach((sample, i) => {
    const needed = ceiling / Math.abs(sample);
    if (needed < 1) for (let k = i; k <= i + 2 * reach; k++) gains[k] = Math.min(gains[k]!, needed);
  });
  return samples.map((sample, i) => sample * mean(gains.subarray(i, i + 2 * reach + 1)));
}

const frameLength = (sampleRate: number, frameMs: number) => Math.round((frameMs * sampleRate) / 1000);

function framePowers(samples: Float32Array, sampleRate: number, frameMs = FRAME_MS): number[] {
  const frame = frameLength(sampleRate, frameMs);
  const powers: number[] = [];
  for (let at = 0; at + frame <= samples.length; at += frame) {
    powers.push(mean(samples.subarray(at, at + frame).map((s) => s * s)));
  }
  return powers;
}

const mean = (values: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
};
