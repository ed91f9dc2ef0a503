/**
 * The telephone carries nothing above 4 kHz, where a synthetic voice may keep the whole of its "s": then "six" is heard
 * as "sick". A person's "s" reaches lower. So where the sound is hiss from above, that hiss is moved down into the band.
 */

const FROM_HERTZ = 5400;
const TO_HERTZ = 6600;
const LOUDER = 1.6; // to what a person's "s" has in the band, 10 to 15 dB below the vowels
const DOWN_BY_HERTZ = 2400; // to 3 kHz and above: still an "s"; lower down a recogniser hears a "sh"
const TAPS = 64; // on each side
const FRAME_MS = 8;
const HISS_OVER_VOICE = 2; // power above 4.5 kHz over power below 4 kHz, from which a frame is hiss

/** For speech sampled at 16 kHz or more, before it is resampled to 8 kHz. */
export function bringDownHiss(samples: Float32Array, sampleRate: number): Float32Array {
  const high = bandPass(samples, 4500 / sampleRate, 7800 / sampleRate);
  const low = bandPass(samples, 0, 4000 / sampleRate);
  const hiss = bandPass(samples, FROM_HERTZ / sampleRate, TO_HERTZ / sampleRate);
  const gate = hissGate(high, low, Math.round((sampleRate * FRAME_MS) / 1000));
  const turn = (2 * Math.PI * DOWN_BY_HERTZ) / sampleRate;
  return samples.map((sample, i) => sample + gate[i]! * hiss[i]! * 2 * LOUDER * Math.cos(turn * i));
}

/** 1 where there is hiss, 0 elsewhere, with slopes of a frame between. */
function hissGate(high: Float32Array, low: Float32Array, frame: number): Float32Array {
  const open: number[] = [];
  for (let at = 0; at < high.length; at += frame) {
    const isHiss = power(high, at, frame) > HISS_OVER_VOICE * power(low, at, frame);
    open.push(isHiss ? 1 : 0);
  }
  return high.map((_, i) => {
    const place = Math.max(0, i / frame - 0.5);
    const [before, after] = [open[Math.floor(place)] ?? 0, open[Math.floor(place) + 1] ?? 0];
    return before + (after - before) * (place % 1);
  });
}

function power(samples: Float32Array, at: number, length: number): number {
  let sum = 0;
  for (let i = at; i < Math.min(samples.length, at + length); i++) sum += samples[i]! ** 2;
  return sum;
}

/** A Hann-windowed sinc filter; frequencies as parts of the sample rate. */
function bandPass(samples: Float32Array, from: number, to: number): Float32Array {
  const taps = Float64Array.from({ length: 2 * TAPS + 1 }, (_, i) => {
    const x = i - TAPS;
    const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / (TAPS + 1));
    const ideal =
      x === 0
        ? 2 * (to - from)
        : (Math.sin(2 * Math.PI * to * x) - Math.sin(2 * Math.PI * from * x)) / (Math.PI * x);
    return window * ideal;
  });
  return samples.map((_, i) => {
    let sum = 0;
    for (let k = Math.max(0, TAPS - i); k <= 2 * TAPS && i + k - TAPS < samples.length; k++) {
      sum += taps[k]! * samples[i + k - TAPS]!;
    }
    return sum;
  });
}
