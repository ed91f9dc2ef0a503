/** The power spectrum of a short piece of sound. */

const SIZE = 512; // 15.6 Hz a bin at 8000 samples a second
const HALF = SIZE / 2;
const TURNED = Uint16Array.from({ length: SIZE }, (_, i) => {
  let turned = 0;
  for (let bit = 1; bit < SIZE; bit <<= 1) turned = (turned << 1) | (i & bit ? 1 : 0);
  return turned;
});
const COSINES = Float64Array.from({ length: HALF }, (_, k) => Math.cos((2 * Math.PI * k) / SIZE));
const SINES = Float64Array.from({ length: HALF }, (_, k) => -Math.sin((2 * Math.PI * k) / SIZE));

const hann = (length: number) =>
  Float64Array.from({ length }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / length));
const FRAME = hann(320);

/** What a power must be divided by to be the mean power of a sample. */
export const WINDOW = { size: SIZE, energy: FRAME.reduce((sum, w) => sum + w * w, 0) };

/** 257 powers, of 0 to 4000 Hz; `length` samples from `at`, weighed by a Hann window of 40 ms. */
export function fourier(samples: Int16Array, at: number, length: number): Float64Array {
  const re = new Float64Array(SIZE);
  const im = new Float64Array(SIZE);
  for (let i = 0; i < length; i++) re[TURNED[i]!] = samples[at + i]! * FRAME[i]!;
  for (let half = 1; half < SIZE; half *= 2) {
    const stride = HALF / half;
    for (let start = 0; start < SIZE; start += 2 * half) {
      for (let k = 0; k < half; k++) {
        const [c, s] = [COSINES[k * stride]!, SINES[k * stride]!];
        const [a, b] = [start + k, start + k + half];
        const partRe = re[b]! * c - im[b]! * s;
        const partIm = re[b]! * s + im[b]! * c;
        re[b] = re[a]! - partRe;
        im[b] = im[a]! - partIm;
        re[a]! += partRe;
        im[a]! += partIm;
      }
    }
  }
  return Float64Array.from({ length: HALF + 1 }, (_, k) => re[k]! ** 2 + im[k]! ** 2);
}
