/**
 * Prompts that a program can tell apart: each that begins a question, or says which key was understood, is a tone of its
 * own; all others are a moment of silence. So a pretend person reacts to what is really asked, whoever asks it and how
 * often, and knows for certain that a key was acknowledged. Calls become short by it, too.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeWav } from "#lib/audio/wav.ts";
import { repositoryFile } from "#rehearsal/repository.ts";

/** By prompt; where it stands in the flow decides what the person does. The order is that of the tones. */
export const markedPrompts = [
  ...["hello", "welcome", "fft-question", "story-invitation", "tone", "review-keys", "consent-question"],
  ...[
    "thank-you",
    "opted-out",
    "goodbye",
    "no-answer-goodbye",
    "nobody-there",
    "let-me-repeat",
    "take-your-time",
  ],
  ...[
    "story-limit-reached",
    "apology",
    "very-good",
    "good",
    "neither-good-nor-poor",
    "poor",
    "very-poor",
    "dont-know",
  ],
] as const;
export type MarkedPrompt = (typeof markedPrompts)[number];

const rate = 8_000;
const toneMs = 240;
const silenceMs = 60;
const amplitude = 8_000;
/** 100 Hz apart: a frame of 20 ms tells frequencies that are 50 Hz apart. */
export const frequencyOf = (index: number): number => 500 + 100 * index;

/** A prompt folder like the real one, with every prompt of it in every language. @returns its path */
export function writeMarkedPrompts(folder: string): string {
  const real = repositoryFile("prompts");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "manifest.yaml"), readFileSync(join(real, "manifest.yaml")));
  // Whatever language a flow offers has its sounds, or no Hearback would begin.
  for (const language of readdirSync(real).filter((name) => /^[a-z]{2}-[A-Z]{2}$/.test(name))) {
    mkdirSync(join(folder, language), { recursive: true });
    for (const name of readdirSync(join(real, language)).filter((file) => file.endsWith(".wav"))) {
      const index = markedPrompts.indexOf(name.replace(/\.wav$/, "") as MarkedPrompt);
      writeFileSync(
        join(folder, language, name),
        writeWav({ sampleRate: rate, samples: index < 0 ? silence() : tone(frequencyOf(index)) }),
      );
    }
  }
  return folder;
}

const silence = () => new Int16Array((rate * silenceMs) / 1000);

const tone = (hertz: number): Int16Array =>
  Int16Array.from({ length: (rate * toneMs) / 1000 }, (_, index) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hertz * index) / rate)),
  );
