/** One prompt's words in Pico's voice, with an intonation that fits its place in a sentence. */
import { bringDownHiss } from "#lib/audio/hiss.ts";
import { toFloat, toInt16 } from "#lib/audio/resample.ts";
import type { Pcm } from "#lib/audio/wav.ts";
import { finishSpeech } from "./finish-speech.ts";
import type { Speak } from "./pico.ts";

const GAP_MS = 150; // Pico's pause at a comma is 270 ms and more; a closure before p or t is under 100 ms
const QUIET = 200; // of 32767

/** Silence kept behind a sentence, so that a list of answers is not hurried; pieces of a sentence follow closely. */
const BREATH_MS = 250;

/**
 * Words without a full stop or question mark are a piece of a sentence. Alone they would be spoken as its end, with
 * falling voice; so they are spoken with more behind them, and that is cut off again.
 */
export function speakPrompt(words: string, speak: Speak): Pcm {
  if (/[.?!]$/.test(words)) return forTelephone(speak(words), { afterMs: BREATH_MS });
  const whole = speak(`${words.replace(/[,:;]$/, "")}, thank you.`);
  const end = lastGap(whole);
  if (end === undefined) throw new Error(`no pause was heard after "${words}", so it could not be cut out`);
  return forTelephone({ ...whole, samples: whole.samples.slice(0, end) });
}

/** The middle of the last pause between words. */
function lastGap({ samples, sampleRate }: Pcm): number | undefined {
  const gap = (GAP_MS * sampleRate) / 1000;
  let loudAt = samples.findLastIndex((sample) => Math.abs(sample) > QUIET);
  for (let i = loudAt; i >= 0; i--) {
    if (Math.abs(samples[i]!) <= QUIET) continue;
    if (loudAt - i > gap) return Math.round((loudAt + i) / 2);
    loudAt = i;
  }
  return undefined;
}

/** Pico's "s" lies wholly above the telephone band. */
function forTelephone({ samples, sampleRate }: Pcm, ends?: { afterMs: number }): Pcm {
  return finishSpeech({ sampleRate, samples: toInt16(bringDownHiss(toFloat(samples), sampleRate)) }, ends);
}
