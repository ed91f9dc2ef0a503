/** Sound that was recorded too loud is cut off flat at the top: it crackles, and nothing mends it afterwards. */

/** Cut off flat: as many samples in a row at the very peak. A vowel as deep as can be passes it in two or three. */
const FLAT_SAMPLES = 4;
const FLAT_WITHIN = 1.5e-4;
/** A recording that is quieter than this all over was cut off somewhere else, if at all. */
const QUIET_PEAK = 0.05;

/** How often it is cut off, in the upper or the lower half. @param samples floats; of one channel as it was brought */
export function clippedPlaces(samples: Float32Array): number {
  let [top, bottom] = [0, 0];
  for (const sample of samples) {
    if (sample > top) top = sample;
    if (sample < bottom) bottom = sample;
  }
  return flatRuns(samples, top, 1) + flatRuns(samples, -bottom, -1);
}

function flatRuns(samples: Float32Array, peak: number, sign: 1 | -1): number {
  if (peak < QUIET_PEAK) return 0;
  const limit = peak * (1 - FLAT_WITHIN);
  let [runs, length] = [0, 0];
  for (const sample of samples) {
    length = sample * sign >= limit ? length + 1 : 0;
    if (length === FLAT_SAMPLES) runs++;
  }
  return runs;
}
