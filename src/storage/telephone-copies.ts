/**
 * A prompt's copies as the trunk speaks, made in one thread that stays, beside the calls: those of a wide prompt of 20 s
 * take a tenth of a second, and Asterisk closes a socket that is not read for one (RELIABILITY.md, finding 4). There, too,
 * is waited until each disk has them.
 */
import { encodeALaw } from "#lib/audio/g711.ts";
import { encodeG722 } from "#lib/audio/g722.ts";
import { messageOf } from "#lib/errors.ts";
import { answerOrders, threadThatStays } from "#lib/thread.ts";
import { type Forms, formsOf, isWide } from "#prompts/forms.ts";
import { isThere, replace } from "./sound-files.ts";

/** By what tells Asterisk what a file is. Both take 8000 bytes a second. */
export type Ending = "alaw" | "g722";

export interface SoundToLay {
  wav: Uint8Array;
  /** Where its copies belong, on every node, without their endings. */
  targets: readonly string[];
}

export const endingsOf = (wav: Uint8Array): Ending[] => (isWide(wav) ? ["alaw", "g722"] : ["alaw"]);

const work = "makes prompts' copies";

/** layCopies, in the thread. */
export const layCopiesBeside = threadThatStays<SoundToLay, string | null>(import.meta.url, work);

/**
 * Each copy is made once, for however many nodes lack it; what is there is left.
 * @returns what is wrong with the WAV; null: nothing
 * @throws where a folder cannot be written
 */
export function layCopies({ wav, targets }: SoundToLay): string | null {
  let forms: Forms;
  try {
    forms = formsOf(wav);
  } catch (thrown) {
    return messageOf(thrown);
  }
  for (const ending of endingsOf(wav)) {
    // Looked at here again: another order may have been for the same sound.
    const lacking = targets.map((target) => `${target}.${ending}`).filter((file) => !isThere(file));
    if (lacking.length === 0) continue;
    const copy = ending === "alaw" ? encodeALaw(forms.narrow) : encodeG722(forms.wide!);
    for (const file of lacking) replace(file, copy);
  }
  return null;
}

answerOrders(work, layCopies);
