/** Prompts are files, which need no database; where there is one, its audit tells of each that a command changes. */
import { basename } from "node:path";
import { readSettings } from "#config.ts";
import type { AcceptedSound, FileChanges } from "#prompts/accept-sound.ts";
import { type Approval, manifestPath } from "#prompts/manifest.ts";
import { shortHash, soundPath } from "#prompts/sounds.ts";
import type { Io } from "./command.ts";
import type { Database, PromptActs } from "./ports.ts";

export const auditNote =
  "Needs HEARBACK_PROMPT_FOLDER; no Asterisk, and calls never notice. Where HEARBACK_DATABASE_URL is set, the audit tells\nof each prompt, and what it cannot tell is not done.";

/** @throws AppError as `openDatabase`, before anything is done, where the settings name one */
export async function withPromptAudit<T>(
  io: Io,
  work: (change: Database["changePrompts"]) => Promise<T>,
): Promise<T> {
  if (!io.env.HEARBACK_DATABASE_URL && !io.env.HEARBACK_DATABASE_URL_FILE)
    return work(async (_acts, change) => change());
  const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
  try {
    return await work(database.changePrompts);
  } finally {
    await database.close();
  }
}

/** How a hash is written there: with a word before it, as digits alone could be taken for a telephone number. */
const hashWord = (short: string): string => `sha256-${short}`;

/** These sounds take the place of what is there. */
export const soundActs = (
  action: PromptActs["action"],
  sounds: readonly Pick<AcceptedSound, "language" | "id" | "wav" | "making">[],
): PromptActs => ({
  ...{ action, by: null },
  prompts: sounds.map(({ language, id, wav, making: kind }) => {
    const version = hashWord(shortHash(wav));
    return { language, id, details: { path: soundPath(language, id), kind, version } };
  }),
});

/** Patients may hear these very words in these very sounds, says who approved them. */
export const approvalActs = (
  language: string,
  by: string,
  approvals: ReadonlyMap<string, Approval>,
): PromptActs => ({
  ...{ action: "prompt-approve", by },
  prompts: [...approvals].map(([id, { words, sound }]) => {
    const details = { path: manifestPath, version: hashWord(sound), words: hashWord(words) };
    return { language, id, details };
  }),
});

/** What a machine said, and the sounds that went with their prompts. */
export const standInActs = (language: string, changes: FileChanges): PromptActs => ({
  ...{ action: "prompt-say", by: null },
  prompts: [...changes].flatMap(([path, wav]) => {
    const id = basename(path, ".wav");
    if (path !== soundPath(language, id)) return [];
    const details = wav ? { kind: "stand-in", version: hashWord(shortHash(wav)) } : { state: "removed" };
    return [{ language, id, details: { path, ...details } }];
  }),
});
