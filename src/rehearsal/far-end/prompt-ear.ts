import { decodeALaw } from "#lib/audio/g711.ts";
import { frequencyOf, type MarkedPrompt, markedPrompts } from "./marked-prompts.ts";

const framesToBeSure = 2;
const leastLevel = 1_000;
const coefficients = markedPrompts.map(
  (_, index) => 2 * Math.cos((2 * Math.PI * frequencyOf(index)) / 8_000),
);

/** Hears which marked prompt begins, 20 ms of A-law at a time. */
export class PromptEar {
  #sounding = -1;
  #frames = 0;
  #told = false;

  /** @returns the prompt, once each time that it begins */
  hear(codes: Uint8Array): MarkedPrompt | null {
    const loudest = loudestOf(decodeALaw(codes));
    if (loudest !== this.#sounding) {
      this.#sounding = loudest;
      this.#frames = 0;
      this.#told = false;
    }
    if (loudest < 0 || this.#told || ++this.#frames < framesToBeSure) return null;
    this.#told = true;
    return markedPrompts[loudest]!;
  }
}

/** The tone that holds nearly all of the sound; -1 where there is none (Goertzel's algorithm). */
function loudestOf(samples: Int16Array): number {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  if (energy / samples.length < leastLevel ** 2) return -1;
  for (const [index, coefficient] of coefficients.entries()) {
    let [before, last] = [0, 0];
    for (const sample of samples) [before, last] = [last, sample + coefficient * last - before];
    const power = last * last + before * before - coefficient * last * before;
    // A pure tone of n samples has n/2 times their energy.
    if (power > 0.8 * energy * (samples.length / 2)) return index;
  }
  return -1;
}
