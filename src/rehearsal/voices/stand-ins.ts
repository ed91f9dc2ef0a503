/** Speaks the prompts that have no sound, or whose words changed since a machine said them. */
import type { PromptId } from "#flow/definition.ts";
import { type Pcm, writeWav } from "#lib/audio/wav.ts";
import { type AcceptedSound, acceptSounds, withChanges } from "#prompts/accept-sound.ts";
import { soundFaults } from "#prompts/check-sound.ts";
import type { Manifest } from "#prompts/manifest.ts";
import { isTone } from "#prompts/measures.ts";
import type { PromptShelf } from "#prompts/ports.ts";
import { readRecord, recordPaths, soundPath, writeRecord } from "#prompts/sounds.ts";
import { hashOf, type ReleaseFiles } from "#release/files.ts";
import { type StandInVoice, speakPrompt } from "./speak-prompt.ts";
import { taskFor } from "./synthesised.ts";
import { speakNowTone } from "./tones.ts";
import { type VoiceWanted, voiceOf } from "./voice-of.ts";

export interface StandInsWanted extends VoiceWanted {
  ids: readonly PromptId[];
  /** Also those that a machine said in the same words before. */
  again: boolean;
  at: Date;
}

export interface StandInsMade {
  made: Record<PromptId, Pcm>;
  /** Persons recorded them. */
  leftAlone: PromptId[];
}

/** @throws Error where a voice cannot be had, or what it says breaks a rule of prompts */
export async function makeStandIns(
  shelf: Pick<PromptShelf, "files" | "write">,
  manifest: Manifest,
  wanted: StandInsWanted,
): Promise<StandInsMade> {
  const { language, ids, again, at } = wanted;
  const files = shelf.files();
  const spoken = readRecord(files, "stand-in", language);
  const { made, leftAlone }: StandInsMade = { made: {}, leftAlone: [] };
  let voice: StandInVoice | null = null;
  const sounds: AcceptedSound[] = [];
  for (const id of ids) {
    const text = manifest.prompts.get(id)?.words.get(language)?.text;
    if (text === undefined) continue;
    const bytes = files.get(soundPath(language, id));
    const task = taskFor({ id, text, sha256: bytes && hashOf(bytes), spoken, again });
    if (task === "leave-a-persons") leftAlone.push(id);
    if (task !== "speak") continue;
    if (!isTone(text)) voice ??= await voiceOf(wanted);
    const pcm = voice === null || isTone(text) ? speakNowTone() : await speakPrompt(text, voice);
    const wav = writeWav(pcm);
    const fault = soundFaults(wav, text).find(({ level }) => level === "fault");
    if (fault) throw new Error(`${id} cannot be used: ${fault.what}`);
    made[id] = pcm;
    sounds.push({ language, id, wav, text, making: "stand-in", by: "a machine", at });
  }
  const changes = acceptSounds(files, sounds);
  shelf.write(new Map([...changes, ...forgotten(withChanges(files, changes), manifest, language)]));
  return { made, leftAlone };
}

/** What a machine said of prompts that are no more. */
function forgotten(files: ReleaseFiles, manifest: Manifest, language: string): [string, Uint8Array | null][] {
  const spoken = readRecord(files, "stand-in", language);
  const gone = Object.keys(spoken).filter((id) => !manifest.prompts.get(id)?.words.has(language));
  if (gone.length === 0) return [];
  const left = Object.fromEntries(Object.entries(spoken).filter(([id]) => !gone.includes(id)));
  const ours = gone.filter((id) => {
    const bytes = files.get(soundPath(language, id));
    return bytes !== undefined && hashOf(bytes) === spoken[id]?.sha256;
  });
  const record: [string, Uint8Array] = [recordPaths["stand-in"](language), writeRecord(left)];
  return [record, ...ours.map((id): [string, null] => [soundPath(language, id), null])];
}
