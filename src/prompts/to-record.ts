/** What a speaker is asked to record: a prompt is played to them only where its sound says what the manifest says now. */
import type { PromptId } from "#flow/definition.ts";
import type { WantedPrompt } from "./record-by-telephone.ts";
import type { SoundState } from "./states.ts";

export interface ToRecord {
  wanted: WantedPrompt[];
  /** Each by its reason; their former words, or another language's, would be repeated and kept as the present ones. */
  leftOut: Record<LeftOut, PromptId[]>;
}

/**
 * `speakable`: there is no sound, or a machine's with former words. `persons`: a person's with former words, which no
 * machine replaces. `wordless`: the manifest has no words in this language.
 */
export type LeftOut = "speakable" | "persons" | "wordless";

/** @param ids those that somebody named, who then reads what cannot be heard; null: all that no person has recorded */
export function toRecord(
  states: ReadonlyMap<PromptId, SoundState>,
  ids: readonly PromptId[] | null,
): ToRecord {
  const found: ToRecord = { wanted: [], leftOut: { speakable: [], persons: [], wordless: [] } };
  for (const id of ids ?? states.keys()) {
    const { kind, making, text, said } = states.get(id)!;
    // a file that somebody put there by hand may say anything
    const heard = said === text;
    if (text === null) {
      if (ids) found.leftOut.wordless.push(id);
    } else if (ids) found.wanted.push({ id, text, heard });
    else if (kind === "stand-in") found.wanted.push({ id, text, heard });
    else if (kind !== "recorded") found.leftOut[making === "recorded" ? "persons" : "speakable"].push(id);
  }
  return found;
}
