import { decodeALaw, encodeALaw } from "#lib/audio/g711.ts";
import { writeWav } from "#lib/audio/wav.ts";
import { formsOf } from "./forms.ts";
import { telephoneRate } from "./measures.ts";

/**
 * A prompt as a telephone's ear has it: a WAV of what A-law leaves of it.
 * @throws Error where it is no WAV of one channel: the checks of prompts say so too
 */
export function asHeard(wav: Uint8Array): Uint8Array {
  const samples = decodeALaw(encodeALaw(formsOf(wav).narrow));
  return writeWav({ sampleRate: telephoneRate, samples });
}
