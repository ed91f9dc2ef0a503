/** Takes of a speaker that could not be put in their place: nobody is to say them twice for a database that was away. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AcceptedSound } from "#prompts/accept-sound.ts";

export type SetAside = (sound: Pick<AcceptedSound, "language" | "id" | "wav">) => {
  file: string;
  /** As `hearback prompts import` takes it: a folder for each language. */
  folder: string;
};

/** One folder for all of them, made with the first, and nobody else's to read. */
export function setTakesAside(): SetAside {
  let folder: string | null = null;
  return ({ language, id, wav }) => {
    folder ??= mkdtempSync(join(tmpdir(), "hearback-takes-"));
    const file = join(folder, language, `${id}.wav`);
    mkdirSync(join(folder, language), { recursive: true });
    writeFileSync(file, wav, { flush: true });
    return { file, folder };
  };
}
