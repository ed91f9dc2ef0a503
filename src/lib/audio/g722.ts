/**
 * G.722 (09/2012) at 64 kbit/s, mode 1: wideband speech, 16 000 samples a second in one byte for two. Two bands, each by
 * adaptive prediction: 6 bits of a pair for what lies below 4 kHz, 2 for what lies above. Only what a sender does.
 */
import { high, low, QMF, STEPS } from "./g722-tables.ts";

const clamp16 = (value: number) => (value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value);
const clampTo = (value: number, most: number) => (value > most ? most : value < -most ? -most : value);

/** One of the two bands: its predictor (two poles, six zeros) and the size of its steps. Names as in the Recommendation. */
export class Band {
  /** What comes next, as far as can be told: to be taken off before, and put back after. */
  predicted = 0;
  step: number;
  #zeros = 0;
  #logStep = 0;
  readonly #most: number;
  readonly #shift: number;
  readonly #rebuilt = new Int32Array(2);
  readonly #partly = new Int32Array(2);
  readonly #poles = new Int32Array(2);
  readonly #differences = new Int32Array(6);
  readonly #zeroWeights = new Int32Array(6);

  constructor({ mostLogStep, shift, firstStep }: { mostLogStep: number; shift: number; firstStep: number }) {
    this.#most = mostLogStep;
    this.#shift = shift;
    this.step = firstStep;
  }

  /** What both ends do with what was sent. @param level a part of 32768 of the step @param growth of the step's logarithm */
  take(level: number, growth: number): void {
    const difference = (this.step * level) >> 15;
    this.#logStep = Math.max(0, Math.min(this.#most, ((this.#logStep * 127) >> 7) + growth));
    const down = this.#shift - (this.#logStep >> 11);
    const mantissa = STEPS[(this.#logStep >> 6) & 31]!;
    this.step = (down < 0 ? mantissa << -down : mantissa >> down) << 2;
    this.#predict(difference);
  }

  #predict(difference: number): void {
    const [rebuilt, partly] = [clamp16(this.predicted + difference), clamp16(this.#zeros + difference)];
    this.#adaptPoles(partly);
    this.#adaptZeros(difference);
    shiftIn(this.#rebuilt, rebuilt);
    shiftIn(this.#partly, partly);
    shiftIn(this.#differences, difference);
    const [first, second] = [this.#poles[0]!, this.#poles[1]!];
    const poles = ((first * clamp16(2 * rebuilt)) >> 15) + ((second * clamp16(2 * this.#rebuilt[1]!)) >> 15);
    let zeros = 0;
    for (let i = 5; i >= 0; i--) zeros += (this.#zeroWeights[i]! * clamp16(2 * this.#differences[i]!)) >> 15;
    this.#zeros = clamp16(zeros);
    this.predicted = clamp16(clamp16(poles) + this.#zeros);
  }

  #adaptPoles(partly: number): void {
    const sameAs = (before: number) => partly < 0 === before < 0;
    const [first, second] = [this.#poles[0]!, this.#poles[1]!];
    const [like1, like2] = [sameAs(this.#partly[0]!), sameAs(this.#partly[1]!)];
    const towards = clamp16(4 * first);
    const turned = Math.min(32_767, like1 ? -towards : towards);
    const newSecond = clampTo((turned >> 7) + (like2 ? 128 : -128) + ((second * 32_512) >> 15), 12_288);
    const newFirst = clamp16((like1 ? 192 : -192) + ((first * 32_640) >> 15));
    this.#poles[0] = clampTo(newFirst, clamp16(15_360 - newSecond));
    this.#poles[1] = newSecond;
  }

  #adaptZeros(difference: number): void {
    const by = difference === 0 ? 0 : 128;
    for (let i = 0; i < 6; i++) {
      const same = difference < 0 === this.#differences[i]! < 0;
      this.#zeroWeights[i] = clamp16((same ? by : -by) + ((this.#zeroWeights[i]! * 32_640) >> 15));
    }
  }
}

function shiftIn(past: Int32Array, value: number): void {
  for (let i = past.length - 1; i > 0; i--) past[i] = past[i - 1]!;
  past[0] = value;
}

export const lowBand = () => new Band({ mostLogStep: 18_432, shift: 8, firstStep: 32 });
export const highBand = () => new Band({ mostLogStep: 22_528, shift: 10, firstStep: 8 });

/** @param samples 16 000 a second; an odd one at the end is left out */
export function encodeG722(samples: Int16Array): Uint8Array {
  const [below, above] = [lowBand(), highBand()];
  const past = new Int32Array(24);
  const codes = new Uint8Array(samples.length >> 1);
  for (let i = 0; i < codes.length; i++) {
    past.copyWithin(0, 2);
    past[22] = samples[2 * i]!;
    past[23] = samples[2 * i + 1]!;
    let [odd, even] = [0, 0];
    for (let tap = 0; tap < 12; tap++) {
      odd += past[2 * tap]! * QMF[tap]!;
      even += past[2 * tap + 1]! * QMF[11 - tap]!;
    }
    codes[i] = (sendAbove(above, (even - odd) >> 14) << 6) | sendBelow(below, (even + odd) >> 14);
  }
  return codes;
}

/** Errors below nought are measured from -1, as the Recommendation has it. */
const sizeOf = (error: number) => (error < 0 ? -error - 1 : error);

function sendBelow(band: Band, sample: number): number {
  const error = clamp16(sample - band.predicted);
  const size = sizeOf(error);
  let place = 0;
  while (place < low.bounds.length && size >= (low.bounds[place]! * band.step) >> 12) place++;
  const code = low.codeOf(place, error < 0);
  // What is sent of the low band may lose its two last bits on the way: neither end looks at them to predict.
  band.take(low.levels[code >> 2]!, low.growths[code >> 2]!);
  return code;
}

function sendAbove(band: Band, sample: number): number {
  const error = clamp16(sample - band.predicted);
  const far = sizeOf(error) >= (high.bound * band.step) >> 12;
  const code = high.codeOf(far, error < 0);
  band.take(high.levels[code]!, high.growths[code]!);
  return code;
}
