/**
 * A prompt's copies as the trunk speaks, made in one thread that stays, beside the calls: those of a wide prompt of 20 s
 * take a tenth of a second, and Asterisk closes a socket that is not read for one (RELIABILITY.md, finding 4). There, too,
 * is waited until each disk has them.
 */
import { existsSync, rmSync } from "node:fs";
import { encodeALaw } from "#lib/audio/g711.ts";
import { encodeG722 } from "#lib/audio/g722.ts";
import { messageOf } from "#lib/errors.ts";
import { answerOrders, threadThatStays } from "#lib/thread.ts";
import { type Forms, formsOf, isWide } from "#prompts/forms.ts";
import { copyOf, isCopyOf, isThere, replace } from "./sound-files.ts";

/** By what tells Asterisk what a file is. Both take 8000 bytes a second. */
export type Ending = "alaw" | "g722";

export interface SoundToLay {
  wav: Uint8Array;
  /** Where its copies belong, on every node, without their endings. */
  targets: readonly string[];
  /** Where they belong by name, on the same nodes in the same order; nowhere where not given. */
  names?: readonly string[];
}

export const endingsOf = (wav: Uint8Array): Ending[] => (isWide(wav) ? ["alaw", "g722"] : ["alaw"]);

const work = "makes prompts' copies";

/** layCopies, in the thread. */
export const layCopiesBeside = threadThatStays<SoundToLay, string | null>(import.meta.url, work);

/**
 * Each copy is made once, for however many nodes lack it; what is there by its content is left.
 * @returns what is wrong with the WAV; null: nothing
 * @throws where a folder cannot be written
 */
export function layCopies({ wav, targets, names = [] }: SoundToLay): string | null {
  const endings = endingsOf(wav);
  // Looked at here again: another order may have been for the same sound.
  const lacking = (ending: Ending) =>
    targets.map((target) => `${target}.${ending}`).filter((file) => !isThere(file));
  const toMake = endings.map((ending) => ({ ending, files: lacking(ending) }));
  if (toMake.some(({ files }) => files.length > 0)) {
    let forms: Forms;
    try {
      forms = formsOf(wav);
    } catch (thrown) {
      return messageOf(thrown);
    }
    for (const { ending, files } of toMake.filter((each) => each.files.length > 0)) {
      const copy = ending === "alaw" ? encodeALaw(forms.narrow) : encodeG722(forms.wide!);
      for (const file of files) replace(file, copy);
    }
  }
  for (const [node, name] of names.entries()) copyByName(endings, targets[node]!, name);
  return null;
}

/** The A-law and the G.722 of one name are always of one recording. */
function copyByName(endings: readonly Ending[], content: string, name: string): void {
  if (isNamed(endings, content, name)) return;
  // Gone before the other changes.
  rmSync(`${name}.g722`, { force: true });
  for (const ending of endings) copyOf(`${content}.${ending}`, `${name}.${ending}`);
}

/** Whether what lies there by name is this, whole, and nothing else. */
export function isNamed(endings: readonly Ending[], content: string, name: string): boolean {
  return (
    endings.every((ending) => isCopyOf(`${content}.${ending}`, `${name}.${ending}`)) &&
    (endings.includes("g722") || !existsSync(`${name}.g722`))
  );
}

answerOrders(work, layCopies);
