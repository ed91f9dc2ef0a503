/** A small release of prompts, for tests: three prompts, English and Welsh, made of hum. */
import { fadeEnds, fromDb } from "#lib/audio/loudness.ts";
import { toInt16 } from "#lib/audio/resample.ts";
import { writeWav } from "#lib/audio/wav.ts";
import { soundPath, writeRecord } from "#prompts/sounds.ts";
import { hashOf, type ReleaseFiles } from "#release/files.ts";

interface Hum {
  seconds?: number;
  /** Of the hum, RMS. */
  db?: number;
  hertz?: number;
  sampleRate?: number;
  beforeMs?: number;
  afterMs?: number;
  /** What only a wide telephone carries, at 5.8 kHz all the while; its RMS in dB. */
  hissDb?: number;
}

/** Louder and softer four times a second, as speech is. */
export function hum({
  seconds = 1,
  db = -21.5,
  hertz = 220,
  sampleRate = 8000,
  beforeMs = 30,
  afterMs = 80,
  hissDb = Number.NEGATIVE_INFINITY,
}: Hum = {}) {
  const wave = Float32Array.from({ length: Math.round(seconds * sampleRate) }, (_, i) => {
    const swell = 1 + 0.5 * Math.sin((2 * Math.PI * 4 * i) / sampleRate);
    const voice = (swell * fromDb(db) * Math.SQRT2 * Math.sin((2 * Math.PI * hertz * i) / sampleRate)) / 1.06;
    return voice + fromDb(hissDb) * Math.SQRT2 * Math.sin((2 * Math.PI * 5800 * i) / sampleRate);
  });
  const [before, after] = [beforeMs, afterMs].map((ms) => Math.round((ms * sampleRate) / 1000));
  const whole = new Float32Array(before! + wave.length + after!);
  whole.set(fadeEnds(wave, sampleRate, 5), before);
  return whole;
}

export const humWav = (of: Hum = {}): Uint8Array =>
  writeWav({ sampleRate: of.sampleRate ?? 8000, samples: toInt16(hum(of)) });

export const manifest = `# words by id
languages:
  en-GB: { name: English, voice: a hum }
  cy-GB: { name: Cymraeg, fallback: en-GB, review: needed }
prompts:
  hello: { en-GB: "Hello there.", cy-GB: "Helo i chi." }
  one: { en-GB: "one", cy-GB: "un", notes: "a piece of a number" }
  goodbye: { en-GB: "Goodbye for now.", cy-GB: "Hwyl am y tro." }
`;

const english = { hello: "Hello there.", one: "one", goodbye: "Goodbye for now." };
const welsh = { hello: "Helo i chi.", one: "un", goodbye: "Hwyl am y tro." };

/** English recorded by a person, Welsh a machine's; `others` are added, or take a file's place; null takes it away. */
export function promptFiles(others: Record<string, Uint8Array | string | null> = {}): ReleaseFiles {
  const files = new Map<string, Uint8Array>([["prompts/manifest.yaml", bytesOf(manifest)]]);
  const sounds = Object.keys(english).map(
    (id, i) => [id, humWav({ hertz: 200 + 20 * i, seconds: 0.6 })] as const,
  );
  for (const [id, wav] of sounds) {
    files.set(soundPath("en-GB", id), wav);
    files.set(
      soundPath("cy-GB", id),
      humWav({ hertz: wav.length % 7 === 0 ? 300 : 310 + id.length, seconds: 0.6 }),
    );
  }
  const record = (tag: string, words: Record<string, string>) =>
    writeRecord(
      Object.fromEntries(
        Object.entries(words).map(([id, text]) => [
          id,
          { text, sha256: hashOf(files.get(soundPath(tag, id))!) },
        ]),
      ),
    );
  files.set("prompts/en-GB/recorded.json", record("en-GB", english));
  files.set("prompts/cy-GB/synthesised.json", record("cy-GB", welsh));
  for (const [path, content] of Object.entries(others)) {
    if (content === null) files.delete(path);
    else files.set(path, bytesOf(content));
  }
  return files;
}

export const bytesOf = (content: Uint8Array | string): Uint8Array =>
  typeof content === "string" ? new TextEncoder().encode(content) : content;
