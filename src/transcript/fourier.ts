/** A Fourier transform of 512 points, for short pieces of telephone sound. */

export const POINTS = 512; // 15.6 Hz a bin at 8000 samples a second
const HALF = POINTS / 2;
const TURNED = Uint16Array.from({ length: POINTS }, (_, i) => {
  let turned = 0;
  for (let bit = 1; bit < POINTS; bit <<= 1) turned = (turned << 1) | (i & bit ? 1 : 0);
  return turned;
});
const COSINES = Float64Array.from({ length: HALF }, (_, k) => Math.cos((2 * Math.PI * k) / POINTS));
const SINES = Float64Array.from({ length: HALF }, (_, k) => -Math.sin((2 * Math.PI * k) / POINTS));

export interface Spectrum {
  re: Float64Array;
  im: Float64Array;
}

/** Of up to 512 real values, zeros after them. The answer is overwritten by the next call: take what is needed. */
export function fourier(values: Float64Array): Spectrum {
  RE.fill(0);
  IM.fill(0);
  for (let i = 0; i < values.length; i++) RE[TURNED[i]!] = values[i]!;
  for (let half = 1; half < POINTS; half *= 2) {
    const stride = HALF / half;
    for (let start = 0; start < POINTS; start += 2 * half) {
      for (let k = 0; k < half; k++) butterfly(start + k, half, COSINES[k * stride]!, SINES[k * stride]!);
    }
  }
  return { re: RE, im: IM };
}

const RE = new Float64Array(POINTS);
const IM = new Float64Array(POINTS);

function butterfly(a: number, half: number, c: number, s: number): void {
  const b = a + half;
  const re = RE[b]! * c - IM[b]! * s;
  const im = RE[b]! * s + IM[b]! * c;
  RE[b] = RE[a]! - re;
  IM[b] = IM[a]! - im;
  RE[a]! += re;
  IM[a]! += im;
}
