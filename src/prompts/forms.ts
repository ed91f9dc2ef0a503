/**
 * What telephones hear of a prompt's sound. Its one WAV has 8000 samples a second, or 16 000 where the voice was recorded
 * with more than a telephone carries; every form is made of that file, so that none can be of another recording.
 */
import { resample, toFloat, toInt16 } from "#lib/audio/resample.ts";
import { readWav } from "#lib/audio/wav.ts";
import { telephoneRate, wideRate } from "./measures.ts";

export interface Forms {
  /** For A-law, at telephoneRate. */
  narrow: Int16Array;
  /** For G.722, at wideRate; null: whoever speaks it hears the narrow one. */
  wide: Int16Array | null;
}

/** @throws Error where it is no such WAV */
export function formsOf(wav: Uint8Array): Forms {
  const { sampleRate, samples } = readWav(wav);
  if (sampleRate === telephoneRate) return { narrow: samples, wide: null };
  if (sampleRate !== wideRate) throw new Error(`it has ${sampleRate} samples a second`);
  return { narrow: toInt16(narrowed(toFloat(samples), wideRate)), wide: samples };
}

/** By its heading; false where it has none. */
export function isWide(wav: Uint8Array): boolean {
  const view = new DataView(wav.buffer, wav.byteOffset, wav.byteLength);
  return wav.length >= 28 && view.getUint32(24, true) === wideRate;
}

export const narrowed = (wave: Float32Array, sampleRate: number): Float32Array =>
  resample(wave, sampleRate, telephoneRate);

/**
 * How loud it is where no narrow telephone hears it, from 4.35 kHz up: RMS of 20 ms, in dB below full scale, that is
 * reached for 60 ms in all. A voice's "s" lies there; what was made of a telephone's sound has nothing.
 * @param wave at wideRate
 */
export function upperBandDb(wave: Float32Array): number {
  // Every other sample turned over puts 8 kHz where 0 was: what a low pass leaves is the upper band.
  const upper = narrowed(
    wave.map((sample, i) => (i % 2 === 0 ? sample : -sample)),
    wideRate,
  );
  const frame = telephoneRate / 50;
  const powers = Array.from({ length: Math.floor(upper.length / frame) }, (_, i) => {
    let sum = 0;
    for (const sample of upper.subarray(i * frame, (i + 1) * frame)) sum += sample * sample;
    return sum / frame;
  }).sort((one, other) => other - one);
  return 10 * Math.log10(Math.max(powers[2] ?? 0, 1e-18));
}
