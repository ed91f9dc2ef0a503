/**
 * Speaks everything in stories.yaml into WAV files beside it, by CMU Flite:
 *   node src/rehearsal/people/stories/make-stories.ts [--only ID]
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Pcm, writeWav } from "#lib/audio/wav.ts";
import { finishSpeech } from "../../voices/finish-speech.ts";
import { speakWithFlite } from "../../voices/flite.ts";
import { soundTable } from "../../voices/sound-table.ts";
import { voicemailBeep } from "../../voices/tones.ts";
import { readSpeeches } from "./speeches.ts";

const { values: options } = parseArgs({ options: { only: { type: "string" } } });
const isWanted = (id: string) => options.only === undefined || options.only === id;
const made: Record<string, Pcm> = {};

for (const { id, text, voice } of (await readSpeeches()).filter((speech) => isWanted(speech.id))) {
  made[id] = finishSpeech(await speakWithFlite(text, voice));
}
if (isWanted("beep")) made.beep = voicemailBeep();
for (const [id, sound] of Object.entries(made)) {
  await writeFile(join(import.meta.dirname, `${id}.wav`), writeWav(sound));
}
console.log(soundTable(made));
