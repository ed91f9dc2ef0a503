/**
 * What tells a voice from other sounds, each 10 ms. A voiced sound is a comb: harmonics at even distances all over the
 * telephone band. Noise has no comb, a tone or a keypad's two tones have one or two teeth; so the evenness of many
 * teeth is the measure, with no regard to loudness. It is the cepstrum's idea (A. M. Noll, Cepstrum Pitch
 * Determination, JASA 41, 1967) on amplitudes in place of logarithms.
 */
import { fourier } from "./fourier.ts";
import { FIRST_BIN, type FrameSpectrum, floorOf, LAST_BIN, spectraOf, weightsOf } from "./spectra.ts";

const TALLEST_TOOTH = 3; // times its neighbourhood: one loud tone shall not outweigh the rest of the band
const SHORTEST_PERIOD = 20; // samples: 400 Hz
const LONGEST_PERIOD = 114; // 70 Hz
const LEAST_BINS = 90; // 1.4 kHz: an even comb over less than this is no proof of a voice
const LINE_OVER_ENVELOPE = 1.3;
const LINE_HEIGHT = 0.05; // 26 dB below the highest
const EARLIER_FRAMES = 3;
const ALL = new Float32Array(LAST_BIN).fill(1);

export interface Frame {
  /** Mean power of a sample within the telephone band, full scale = 1. */
  power: number;
  /** 0 to 1: how even the comb of harmonics is. Noise stays below 0.45, voiced sounds reach 0.55 and more. */
  comb: number;
  /** Samples from one pulse of the voice to the next. */
  period: number;
  /** Harmonics in sight: tones have one or two, a keypad's two, a voice four and more. */
  lines: number;
  /** 0 to 1: likeness to the spectrum of 30 ms earlier; near 1 for whatever is held, as notes and hums are. */
  sameness: number;
}

/** 16-bit at 8000 Hz in, a frame each 10 ms out. Frames quieter than `leastPower` are not looked at: their comb is 0. */
export function framesOf(samples: Int16Array, leastPower: number): Frame[] {
  const spectra = spectraOf(samples);
  const floor = floorOf(spectra);
  return spectra.map((spectrum, n) => {
    const { power } = spectrum;
    if (power < leastPower) return { power, comb: 0, period: 0, lines: 0, sameness: 1 };
    const earlier = spectra[Math.max(0, n - EARLIER_FRAMES)]!;
    const cleaned = frameOf(spectrum, earlier, weightsOf(spectrum, floor));
    // a short clip that is nothing but speech has no floor to be known by; then it is better taken as it is
    const asItIs = frameOf(spectrum, earlier, ALL);
    return cleaned.comb > asItIs.comb ? cleaned : asItIs;
  });
}

function frameOf(spectrum: FrameSpectrum, earlier: FrameSpectrum, weights: Float32Array): Frame {
  return {
    power: spectrum.power,
    ...combOf(spectrum, weights),
    lines: linesOf(spectrum, weights),
    sameness: likeness(spectrum, earlier, weights),
  };
}

/** The strongest cosine along the spectrum: its amplitude against all that is there, and its period. */
function combOf(
  { amplitude, envelope }: FrameSpectrum,
  weights: Float32Array,
): { comb: number; period: number } {
  const teeth = new Float64Array(LAST_BIN);
  let [energy, bins] = [1e-9, 0];
  for (let k = FIRST_BIN; k < LAST_BIN; k++) {
    const weight = weights[k]!;
    if (weight === 0) continue;
    teeth[k] = weight * (Math.min(TALLEST_TOOTH, amplitude[k]! / envelope[k]!) - 1);
    energy += teeth[k]! * teeth[k]!;
    bins += weight * weight;
  }
  const { re } = fourier(teeth);
  let period = SHORTEST_PERIOD;
  for (let p = SHORTEST_PERIOD + 1; p <= LONGEST_PERIOD; p++) if (re[p]! > re[period]!) period = p;
  const comb = Math.max(0, re[period]!) * Math.sqrt(2 / (energy * Math.max(LEAST_BINS, bins)));
  return { comb, period };
}

/** Peaks no more than 26 dB below the highest. */
function linesOf({ amplitude, envelope }: FrameSpectrum, weights: Float32Array): number {
  let highest = 0;
  for (let k = FIRST_BIN; k < LAST_BIN; k++) highest = Math.max(highest, weights[k]! * amplitude[k]!);
  let lines = 0;
  for (let k = FIRST_BIN; k < LAST_BIN; k++) {
    const here = amplitude[k]!;
    const isPeak =
      here > amplitude[k - 1]! && here >= amplitude[k + 1]! && here > LINE_OVER_ENVELOPE * envelope[k]!;
    if (isPeak && weights[k]! * here > LINE_HEIGHT * highest) lines++;
  }
  return lines;
}

function likeness(a: FrameSpectrum, b: FrameSpectrum, weights: Float32Array): number {
  let [ab, aa, bb] = [0, 1e-9, 1e-9];
  for (let k = FIRST_BIN; k < LAST_BIN; k++) {
    const [one, other] = [weights[k]! * a.amplitude[k]!, weights[k]! * b.amplitude[k]!];
    ab += one * other;
    aa += one * one;
    bb += other * other;
  }
  return ab / Math.sqrt(aa * bb);
}
