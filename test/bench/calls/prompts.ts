/**
 * The shipped prompts, cut off after two seconds so that calls are short, each 20 ms of them marked with its number, so that the far end knows of every packet which moment
 * of which prompt it is. The marks are in the lowest bit of A-law: nobody would hear them.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodeALaw, encodeALaw } from "#lib/audio/g711.ts";
import { readWav, writeWav } from "#lib/audio/wav.ts";
import { markFrames } from "#rehearsal/far-end/marked-story.ts";
import { repositoryFile } from "#rehearsal/repository.ts";

const firstTag = 0x2b5d_0000;
const mostSamples = 2 * 8_000;

export interface MarkedPrompts {
  folder: string;
  /** By id. */
  tags: Record<string, number>;
  /** The last frame, from 0, in which there is more than silence; by id. */
  lastLoud: Record<string, number>;
  /** Frames by id. */
  lengths: Record<string, number>;
}

/** @param folder is made */
export function writeBenchPrompts(folder: string): MarkedPrompts {
  const real = repositoryFile("prompts");
  mkdirSync(join(folder, "en-GB"), { recursive: true });
  writeFileSync(join(folder, "manifest.yaml"), readFileSync(join(real, "manifest.yaml")));
  const marked: MarkedPrompts = { folder, tags: {}, lastLoud: {}, lengths: {} };
  const names = readdirSync(join(real, "en-GB")).filter((name) => name.endsWith(".wav"));
  for (const [i, name] of names.toSorted().entries()) {
    const id = name.replace(/\.wav$/, "");
    const { sampleRate, samples } = readWav(readFileSync(join(real, "en-GB", name)));
    const frames = markFrames(encodeALaw(samples.subarray(0, mostSamples)), firstTag + i);
    writeFileSync(
      join(folder, "en-GB", name),
      writeWav({ sampleRate, samples: decodeALaw(Buffer.concat(frames)) }),
    );
    marked.tags[id] = firstTag + i;
    marked.lastLoud[id] = frames.findLastIndex(isLoud);
    marked.lengths[id] = frames.length;
  }
  return marked;
}

/** Louder than a quiet line, which has an RMS of some 8. */
export function isLoud(codes: Uint8Array): boolean {
  let energy = 0;
  for (const sample of decodeALaw(codes)) energy += sample * sample;
  return energy / codes.length > 100 ** 2;
}
