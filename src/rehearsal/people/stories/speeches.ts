/** What the pretend people can say: stories.yaml as a list, with the place of each sound. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import type { FliteVoice } from "../../voices/flite.ts";

export type Speech = {
  id: string;
  /** The words, for the word error rate. */
  text: string;
  voice: FliteVoice;
  /** The rating that suits a story; none for greetings. */
  rating?: number;
  group: "stories" | "halves" | "long" | "greetings";
  wavPath: string;
};

type Listed = Record<Speech["group"], { id: string; text: string; rating?: number; voice?: FliteVoice }[]>;

const FOLDER = import.meta.dirname;
const UNDERSTOOD_BEST: FliteVoice = "rms"; // 1 word in 25 misheard by pocketsphinx; slt, 1 in 2

export async function readSpeeches(): Promise<Speech[]> {
  const listed = parse(await readFile(join(FOLDER, "stories.yaml"), "utf8")) as Listed;
  return (Object.keys(listed) as Speech["group"][]).flatMap((group) =>
    listed[group].map((speech) => ({
      voice: UNDERSTOOD_BEST,
      ...speech,
      group,
      wavPath: join(FOLDER, `${speech.id}.wav`),
    })),
  );
}
