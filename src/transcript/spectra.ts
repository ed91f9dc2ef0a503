/** A story's spectra, 10 ms apart, with what is always there (hiss, hum, a dial tone) told from what comes and goes. */
import { fourier, POINTS } from "./fourier.ts";

export const HOP_MS = 10;
export const FIRST_BIN = 10; // 156 Hz: below it mains hum and rumble
export const LAST_BIN = 220; // 3440 Hz: above it the telephone's filter
const HOP = 80;
const FRAME = 320; // 40 ms: nearly three periods of the deepest voice
const NEIGHBOURS = 12; // bins on either side, 190 Hz
const FLOOR_SHARE = 0.1; // speech leaves every band alone for more than a tenth of the time
const FLOOR_SAMPLE = 400; // frames are enough to know the floor
const FLOOR_STEP = 5; // bins with one floor: the envelope changes little over them
const ABOVE_FLOOR = 3; // times the floor's power, or it is the floor's own swing

const HANN = Float64Array.from(
  { length: FRAME },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / FRAME),
);
const WEIGHED = new Float64Array(FRAME);
/** Turns the sum over one half of the spectrum into the mean power of a sample, full scale = 1. */
const POWER_SCALE = 2 / POINTS / HANN.reduce((sum, w) => sum + w * w, 0) / 32_768 ** 2;

export interface FrameSpectrum {
  /** Element k is the bin of k * 15.6 Hz; those outside the band are there for their neighbours. */
  amplitude: Float32Array;
  /** The mean over the neighbourhood of each bin: the vowel without its harmonics. */
  envelope: Float32Array;
  /** Mean power of a sample within the telephone band. */
  power: number;
}

/** Frame n is centred on (n + 2) * 10 ms. */
export function spectraOf(samples: Int16Array): FrameSpectrum[] {
  const count = Math.max(0, Math.floor((samples.length - FRAME) / HOP) + 1);
  return Array.from({ length: count }, (_, n) => {
    for (let i = 0; i < FRAME; i++) WEIGHED[i] = HANN[i]! * samples[n * HOP + i]!;
    const { re, im } = fourier(WEIGHED);
    const amplitude = new Float32Array(LAST_BIN + NEIGHBOURS + 1);
    for (let k = 0; k < amplitude.length; k++) amplitude[k] = Math.sqrt(re[k]! * re[k]! + im[k]! * im[k]!);
    return { amplitude, envelope: envelopeOf(amplitude), power: bandPower(amplitude) };
  });
}

function envelopeOf(amplitude: Float32Array): Float32Array {
  const envelope = new Float32Array(LAST_BIN);
  let sum = 0;
  for (let k = FIRST_BIN - NEIGHBOURS; k < FIRST_BIN + NEIGHBOURS; k++) sum += amplitude[Math.abs(k)]!;
  for (let k = FIRST_BIN; k < LAST_BIN; k++) {
    sum += amplitude[k + NEIGHBOURS]!;
    envelope[k] = sum / (2 * NEIGHBOURS + 1);
    sum -= amplitude[Math.abs(k - NEIGHBOURS)]!;
  }
  return envelope;
}

function bandPower(amplitude: Float32Array): number {
  let sum = 0;
  for (let k = FIRST_BIN; k < LAST_BIN; k++) sum += amplitude[k]! * amplitude[k]!;
  return sum * POWER_SCALE;
}

/** The envelope of what is always there: that which each bin falls below in a tenth of all frames. */
export function floorOf(spectra: readonly FrameSpectrum[]): Float32Array {
  const step = Math.max(1, Math.floor(spectra.length / FLOOR_SAMPLE));
  const seen = spectra.filter((_, n) => n % step === 0);
  const floor = new Float32Array(LAST_BIN);
  for (let k = FIRST_BIN; k < LAST_BIN; k += FLOOR_STEP) {
    const sorted = Float32Array.from(seen, ({ envelope }) => envelope[k]!).sort();
    floor.fill(sorted[Math.floor(FLOOR_SHARE * sorted.length)] ?? 0, k, k + FLOOR_STEP);
  }
  return floor;
}

/** 0 to 1 for each bin: how much of it is more than the floor (a Wiener filter's gain, over-subtracting). */
export function weightsOf({ envelope }: FrameSpectrum, floor: Float32Array): Float32Array {
  const weights = new Float32Array(LAST_BIN);
  for (let k = FIRST_BIN; k < LAST_BIN; k++) {
    const [here, always] = [envelope[k]!, floor[k]!];
    weights[k] = here > 0 ? Math.max(0, 1 - (ABOVE_FLOOR * always * always) / (here * here)) : 0;
  }
  return weights;
}
