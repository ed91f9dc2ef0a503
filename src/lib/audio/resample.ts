/** Change of sample rate by a windowed-sinc low-pass: what the new rate cannot carry is taken out before it can alias. */

const ZERO_CROSSINGS = 40; // on each side; with the window below some 80 dB of stop band, transition about 0.3 kHz at 8 kHz
const KAISER_BETA = 8;
const PASS = 0.95; // of the lower Nyquist frequency: flat to 3.65 kHz, silent from 4 kHz at 8 kHz

export function resample(samples: Float32Array, fromRate: number, toRate: number): Float32Array {
  if (fromRate === toRate) return samples.slice();
  const cutoff = (PASS * Math.min(fromRate, toRate)) / fromRate; // 1 = the source's Nyquist frequency
  const reach = ZERO_CROSSINGS / cutoff;
  const perSample = phases(fromRate, toRate);
  const table = kernel(cutoff, reach, perSample);
  const out = new Float32Array(Math.round((samples.length * toRate) / fromRate));
  if (perSample === 1)
    return thinned(samples, fromRate / toRate, { weights: table.subarray(0, reach + 1), out });
  const kernelAt = (distance: number) => table[Math.round(Math.abs(distance) * perSample)] ?? 0;
  for (let i = 0; i < out.length; i++) out[i] = sampleAt(samples, (i * fromRate) / toRate, reach, kernelAt);
  return out;
}

/** Every second sample, every third: each lies on one of the source's, so one row of weights does for all. */
function thinned(
  samples: Float32Array,
  step: number,
  { weights, out }: { weights: Float64Array; out: Float32Array },
): Float32Array {
  const reach = weights.length - 1;
  for (let i = 0; i < out.length; i++) {
    const centre = i * step;
    const last = Math.min(samples.length - 1, centre + reach);
    let sum = 0;
    for (let k = Math.max(0, centre - reach); k <= last; k++)
      sum += samples[k]! * weights[k < centre ? centre - k : k - centre]!;
    out[i] = sum;
  }
  return out;
}

export const toFloat = (samples: Int16Array): Float32Array => Float32Array.from(samples, (s) => s / 32_768);

/** Never wraps: what is beyond full scale stays at full scale. */
export const toInt16 = (samples: Float32Array): Int16Array =>
  Int16Array.from(samples, (s) => Math.max(-32_768, Math.min(32_767, Math.round(s * 32_768))));

type Kernel = (distance: number) => number;

function sampleAt(samples: Float32Array, centre: number, reach: number, kernelAt: Kernel): number {
  const last = Math.min(samples.length - 1, Math.floor(centre + reach));
  let sum = 0;
  for (let i = Math.max(0, Math.ceil(centre - reach)); i <= last; i++)
    sum += samples[i]! * kernelAt(i - centre);
  return sum;
}

/** How many different distances from a sample an output point can have: 1 for 16 to 8 kHz, 80 for 44.1 to 8 kHz. */
function phases(fromRate: number, toRate: number): number {
  let [a, b] = [fromRate, toRate];
  while (b > 0) [a, b] = [b, a % b];
  return toRate / a;
}

/** The kernel is tabled at every distance that can occur, so no sine is computed twice. */
function kernel(cutoff: number, reach: number, perSample: number): Float64Array {
  const table = new Float64Array(Math.ceil(reach * perSample) + 1);
  for (let i = 0; i < table.length; i++) {
    const x = i / perSample;
    table[i] = cutoff * sinc(cutoff * x) * kaiser(Math.min(1, x / reach));
  }
  return table;
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
const kaiser = (x: number) => bessel0(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel0(KAISER_BETA);

function bessel0(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > 1e-10 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
