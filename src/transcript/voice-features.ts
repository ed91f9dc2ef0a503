/**
 * What tells a voice from other sounds, measured each 10 ms on a telephone's 8000 samples a second.
 * A voiced sound is a comb: harmonics at even distances all over the telephone band. Noise has no comb, a tone or a
 * keypad's two tones have one or two teeth; so a comb's regularity over many teeth is the measure, with no regard to
 * loudness. (Compare the harmonic product spectrum and cepstral pitch detection: A. M. Noll, JASA 41, 1967.)
 */
import { fourier, WINDOW } from "./fourier.ts";

export const HOP_MS = 10;
const HOP = 80;
const FRAME = 320; // 40 ms: two periods of the deepest voice
const FIRST_BIN = 10; // 156 Hz: below it mains hum and rumble
const LAST_BIN = 220; // 3440 Hz: above it the telephone's filter
const BINS = LAST_BIN - FIRST_BIN;
const ENVELOPE_BINS = 12; // 190 Hz on either side
const MAX_TOOTH = 3; // one loud tone shall not outweigh the rest of the band
const SHORTEST_PERIOD = 20; // samples: 400 Hz
const LONGEST_PERIOD = 114; // 70 Hz

export interface Frame {
  /** Mean power of a sample within the telephone band, full scale = 1. */
  power: number;
  /** 0 to 1: how even the comb of harmonics is. */
  comb: number;
  /** Of that comb, in Hz; 0 where there is none. */
  pitchHz: number;
  /** 0 to 1: likeness of the spectrum to that of 30 ms earlier; near 1 for anything held. */
  sameness: number;
  /** How many bins of the band hold most of the power: few for tones. */
  breadth: number;
}

/** One frame each 10 ms, centred on (n + 2) * 10 ms. */
export function framesOf(samples: Int16Array): Frame[] {
  const count = Math.max(0, Math.floor((samples.length - FRAME) / HOP) + 1);
  const earlier: Float64Array[] = [];
  return Array.from({ length: count }, (_, n) => {
    const power = fourier(samples, n * HOP, FRAME);
    const amplitude = power.map(Math.sqrt);
    const { comb, pitchHz } = combOf(amplitude);
    const before = earlier.length === 3 ? earlier.shift()! : amplitude;
    earlier.push(amplitude);
    return { power: bandPower(power), comb, pitchHz, sameness: likeness(amplitude, before), breadth: breadthOf(power) };
  });
}

function bandPower(power: Float64Array): number {
  let sum = 0;
  for (let k = FIRST_BIN; k < LAST_BIN; k++) sum += power[k]!;
  return (2 * sum) / WINDOW.energy / WINDOW.size / 32_768 ** 2;
}

/** Each bin over the mean of its neighbourhood, less one: the envelope of the vowel is gone, the comb stays. */
function teeth(amplitude: Float64Array): Float64Array {
  const found = new Float64Array(BINS);
  let sum = 0;
  for (let k = FIRST_BIN - ENVELOPE_BINS; k < FIRST_BIN + ENVELOPE_BINS; k++) sum += amplitude[Math.abs(k)]!;
  for (let k = FIRST_BIN; k < LAST_BIN; k++) {
    sum += amplitude[k + ENVELOPE_BINS]!;
    const mean = sum / (2 * ENVELOPE_BINS + 1);
    found[k - FIRST_BIN] = mean > 0 ? Math.min(MAX_TOOTH, amplitude[k]! / mean) - 1 : 0;
    sum -= amplitude[Math.abs(k - ENVELOPE_BINS)]!;
  }
  return found;
}

const COSINES = Float64Array.from({ length: WINDOW.size }, (_, i) => Math.cos((2 * Math.PI * i) / WINDOW.size));

function combOf(amplitude: Float64Array): { comb: number; pitchHz: number } {
  const ripple = teeth(amplitude);
  let energy = 1e-9;
  for (const tooth of ripple) energy += tooth * tooth;
  const scale = Math.sqrt(2 / (energy * BINS));
  let best = 0;
  let bestPeriod = 0;
  for (let period = SHORTEST_PERIOD; period <= LONGEST_PERIOD; period++) {
    let sum = 0;
    for (let k = 0, at = FIRST_BIN * period; k < BINS; k++, at += period) {
      sum += ripple[k]! * COSINES[at % WINDOW.size]!;
    }
    if (sum > best) {
      best = sum;
      bestPeriod = period;
    }
  }
  return { comb: best * scale, pitchHz: bestPeriod === 0 ? 0 : 8000 / bestPeriod };
}

function likeness(a: Float64Array, b: Float64Array): number {
  let [ab, aa, bb] = [0, 1e-9, 1e-9];
  for (let k = FIRST_BIN; k < LAST_BIN; k++) {
    ab += a[k]! * b[k]!;
    aa += a[k]! ** 2;
    bb += b[k]! ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

/** The participation ratio of the bins: 1 for a single line, as many as there are for a flat spectrum. */
function breadthOf(power: Float64Array): number {
  let [sum, squares] = [1e-9, 1e-18];
  for (let k = FIRST_BIN; k < LAST_BIN; k++) {
    sum += power[k]!;
    squares += power[k]! ** 2;
  }
  return sum ** 2 / squares;
}
