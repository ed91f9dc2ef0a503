/** From a voice's raw sound to what a telephone gets: 8 kHz, one loudness, close-cut, no clicks. */
import { fadeEnds, normaliseLoudness, trimSilence } from "#lib/audio/loudness.ts";
import { resample, toFloat, toInt16 } from "#lib/audio/resample.ts";
import type { Pcm } from "#lib/audio/wav.ts";

export const TELEPHONE_RATE = 8000;

export function finishSpeech({ sampleRate, samples }: Pcm, { afterMs = 80 } = {}): Pcm {
  const narrow = resample(toFloat(samples), sampleRate, TELEPHONE_RATE);
  const speech = trimSilence(normaliseLoudness(narrow, TELEPHONE_RATE), TELEPHONE_RATE, { afterMs });
  // a second look, as what was cut away no longer counts
  const even = normaliseLoudness(speech, TELEPHONE_RATE);
  return { sampleRate: TELEPHONE_RATE, samples: toInt16(fadeEnds(even, TELEPHONE_RATE)) };
}
