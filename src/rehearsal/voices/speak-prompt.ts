/** One prompt's words in a synthetic voice, with an intonation that fits its place in a sentence. */
import { bringDownHiss } from "#lib/audio/hiss.ts";
import { toFloat, toInt16 } from "#lib/audio/resample.ts";
import type { Pcm } from "#lib/audio/wav.ts";
import { bringToForm } from "#prompts/bring-to-form.ts";
import { isSentence } from "#prompts/measures.ts";

const GAP_MS = 150; // Pico's pause at a comma is 270 ms and more; a closure before p or t is under 100 ms
const QUIET = 200; // of 32767

export interface StandInVoice {
  speak(text: string): Pcm | Promise<Pcm>;
  /** What is said behind a piece of a sentence, and cut off again. */
  tail: string;
  /** Its "s" lies wholly above the telephone band. */
  hisses: boolean;
  /** Of what comes of it: as many samples a second at most. */
  mostRate: number;
}

/**
 * Words without a full stop or question mark are a piece of a sentence. Alone they would be spoken as its end, with
 * falling voice; so they are spoken with more behind them, and that is cut off again.
 */
export async function speakPrompt(words: string, voice: StandInVoice): Promise<Pcm> {
  if (isSentence(words)) return inForm(await voice.speak(words), words, voice);
  const whole = await voice.speak(`${words.replace(/[,:;]$/, "")}, ${voice.tail}.`);
  const end = lastGap(whole);
  if (end === undefined) throw new Error(`no pause was heard after "${words}", so it could not be cut out`);
  return inForm({ ...whole, samples: whole.samples.slice(0, end) }, words, voice);
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

function inForm({ samples, sampleRate }: Pcm, words: string, { hisses, mostRate }: StandInVoice): Pcm {
  const wave = toFloat(samples);
  const source = { sampleRate, samples: hisses ? bringDownHiss(wave, sampleRate) : wave };
  const formed = bringToForm(source, words, mostRate);
  if (!formed) throw new Error(`nothing was heard of "${words}"`);
  return { sampleRate: formed.sampleRate, samples: toInt16(formed.wave) };
}
