/**
 * Is this sound in that one, and where? The normalised cross-correlation at every offset, by FFT, so that ten seconds
 * are looked for in thirty within a fraction of a second. 1 = the same but for loudness, about 0 = unrelated.
 */

export type Match = { correlation: number; offsetSamples: number };

/**
 * `offsetSamples` is where `sought` begins in `within`; negative where its beginning is missing there.
 * At least `overlap` of the energy of `sought` must lie inside `within`, or a chance likeness of two ends would win.
 */
export function findWithin(sought: Int16Array, within: Int16Array, { overlap = 0.5 } = {}): Match {
  const products = crossProducts(sought, within);
  const soughtEnergy = energySums(sought);
  const withinEnergy = energySums(within);
  const enough = overlap * soughtEnergy[sought.length]!;
  let best: Match = { correlation: 0, offsetSamples: 0 };
  for (let offset = 1 - sought.length; offset < within.length; offset++) {
    const end = Math.min(within.length, offset + sought.length);
    const begin = Math.max(0, offset);
    const ours = soughtEnergy[end - offset]! - soughtEnergy[begin - offset]!;
    const theirs = withinEnergy[end]! - withinEnergy[begin]!;
    if (ours < enough || ours === 0 || theirs === 0) continue;
    const product = products[offset < 0 ? offset + products.length : offset]!;
    const correlation = product / Math.sqrt(ours * theirs);
    if (correlation > best.correlation) best = { correlation, offsetSamples: offset };
  }
  return best;
}

/** Element i is the energy of the first i samples. */
function energySums(samples: Int16Array): Float64Array {
  const sums = new Float64Array(samples.length + 1);
  for (let i = 0; i < samples.length; i++) sums[i + 1] = sums[i]! + samples[i]! ** 2;
  return sums;
}

/**
 * Sum of sought[i] * within[i + offset], element `offset`, negative offsets from the end.
 * Both signals are real, so one transform carries the two: `within` as real part, `sought` as imaginary part.
 */
function crossProducts(sought: Int16Array, within: Int16Array): Float64Array {
  const size = 2 ** Math.ceil(Math.log2(Math.max(2, sought.length + within.length)));
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  re.set(within);
  im.set(sought);
  transform(re, im);
  const productRe = new Float64Array(size);
  const productIm = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    const mirror = (size - k) % size;
    const wRe = (re[k]! + re[mirror]!) / 2;
    const wIm = (im[k]! - im[mirror]!) / 2;
    const sRe = (im[k]! + im[mirror]!) / 2;
    const sIm = (re[mirror]! - re[k]!) / 2;
    productRe[k] = wRe * sRe + wIm * sIm; // W times the conjugate of S
    productIm[k] = wIm * sRe - wRe * sIm;
  }
  transform(productIm, productRe); // parts swapped: the inverse transform, times size
  return productRe.map((value) => value / size);
}

/** Radix-2 FFT in place; the length is a power of two. */
function transform(re: Float64Array, im: Float64Array): void {
  const size = re.length;
  for (let i = 1, j = 0; i < size; i++) {
    let bit = size >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j |= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j]!, re[i]!];
      [im[i], im[j]] = [im[j]!, im[i]!];
    }
  }
  const cosines = Float64Array.from({ length: size / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / size));
  const sines = Float64Array.from({ length: size / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
  for (let half = 1; half < size; half *= 2) butterflies(re, im, half, cosines, sines);
}

function butterflies(
  re: Float64Array,
  im: Float64Array,
  half: number,
  cosines: Float64Array,
  sines: Float64Array,
) {
  const stride = cosines.length / half;
  for (let start = 0; start < re.length; start += 2 * half) {
    for (let k = 0; k < half; k++) {
      const [a, b] = [start + k, start + k + half];
      const [c, s] = [cosines[k * stride]!, sines[k * stride]!];
      const partRe = re[b]! * c - im[b]! * s;
      const partIm = re[b]! * s + im[b]! * c;
      re[b] = re[a]! - partRe;
      im[b] = im[a]! - partIm;
      re[a]! += partRe;
      im[a]! += partIm;
    }
  }
}
