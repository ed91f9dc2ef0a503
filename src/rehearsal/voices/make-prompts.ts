/**
 * Speaks the prompts of prompts/manifest.yaml that have no audio, or whose words changed since they were spoken here.
 *   node src/rehearsal/voices/make-prompts.ts [--only ID] [--again]
 * --again speaks them afresh even if the words are the same. What a person recorded is never overwritten.
 */
import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { type Pcm, writeWav } from "#lib/audio/wav.ts";
import { picoData } from "./fetch-pico-data.ts";
import { picoVoice } from "./pico.ts";
import { soundTable } from "./sound-table.ts";
import { speakPrompt } from "./speak-prompt.ts";
import { type Spoken, taskFor } from "./synthesised.ts";
import { speakNowTone } from "./tones.ts";

const ROOT = join(import.meta.dirname, "../../..");
const LANGUAGE = "en-GB"; // Pico's British voice; other languages are recorded by people
const FOLDER = join(ROOT, "prompts", LANGUAGE);
const RECORD = join(FOLDER, "synthesised.json");

type Manifest = { prompts: Record<string, Record<string, string>> };

const { values: options } = parseArgs({
  options: { only: { type: "string" }, again: { type: "boolean", default: false } },
});
const manifest = parse(await readFile(join(ROOT, "prompts/manifest.yaml"), "utf8")) as Manifest;
const spoken: Spoken = JSON.parse(await readFile(RECORD, "utf8").catch(() => "{}"));
const made: Record<string, Pcm> = {};

if (options.only && !manifest.prompts[options.only]?.[LANGUAGE])
  throw new Error(`no prompt has the id ${options.only}`);
const speak = await picoVoice(await picoData(join(ROOT, ".hearback/voices/pico")));

for (const [id, words] of Object.entries(manifest.prompts)) {
  const text = words[LANGUAGE];
  if (!text || (options.only && options.only !== id)) continue;
  const task = taskFor({ id, text, sha256: await hashOf(id), spoken, again: options.again });
  if (task === "leave-a-persons") console.log(`${id}: left alone, a person recorded it`);
  if (task !== "speak") continue;
  const sound = id === "tone" ? speakNowTone() : speakPrompt(text, speak);
  const bytes = writeWav(sound);
  await writeFile(pathOf(id), bytes);
  spoken[id] = { text, sha256: sha256(bytes) };
  made[id] = sound;
}
await forgetPromptsThatWent();
const sorted = Object.fromEntries(Object.entries(spoken).sort(([a], [b]) => (a < b ? -1 : 1)));
await writeFile(RECORD, `${JSON.stringify(sorted, null, 2)}\n`);
console.log(soundTable(made));

async function forgetPromptsThatWent(): Promise<void> {
  for (const [id, { sha256: hash }] of Object.entries(spoken)) {
    if (manifest.prompts[id]?.[LANGUAGE]) continue;
    if ((await hashOf(id)) === hash) await rm(pathOf(id));
    delete spoken[id];
  }
}

function pathOf(id: string): string {
  return join(FOLDER, `${id}.wav`);
}

async function hashOf(id: string): Promise<string | undefined> {
  const bytes = await readFile(pathOf(id)).catch(() => undefined);
  return bytes && sha256(bytes);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
