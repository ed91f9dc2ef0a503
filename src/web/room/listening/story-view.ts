/** What the page of a story shows, worked out of the story. */

import type { SignedIn } from "#access/rights.ts";
import { AppError } from "#lib/errors.ts";
import { allSamples } from "../../pcm-wav.ts";
import type { RoomParts } from "../ports.ts";
import { engineWeakness } from "./engine-notes.ts";
import { marksOf } from "./marks.ts";
import { levelsOf, outlinePath, silencesOf } from "./outline.ts";
import type { OpenedStory } from "./ports.ts";
import { typedTime } from "./times.ts";
import { type Difference, differences, phrases, type TimedWord, timed } from "./words.ts";

export interface ShownWords {
  /** What stands now; null where there are none. */
  text: string | null;
  phrases: { fromMs: number | null; words: TimedWord[] }[];
  words: number;
  doubtful: number;
  /** Of what the engine heard, where people changed it. */
  changes: Difference[] | null;
  /** Newest first, each with what it changed. */
  versions: { version: number; byName: string; at: Date; backTo: number | null; changes: Difference[] }[];
  version: number;
  /** Where "undo" leads; null where there is nothing to undo. */
  undoTo: number | null;
}

export function shownWords({ transcript, corrections }: OpenedStory): ShownWords {
  const engines = transcript?.state === "done" ? (transcript.text ?? "") : "";
  const texts = [engines, ...corrections.map(({ text }) => text ?? engines)];
  const text = texts.at(-1)!;
  const words = timed(transcript?.words ?? [], text);
  const mended = text !== engines;
  const last = corrections.at(-1);
  const stands = last ? (last.backTo ?? last.version) : 0;
  return {
    text: text === "" && !mended ? null : text,
    // The engine's own punctuation is nobody's correction.
    phrases: phrases(mended ? words : words.map((word) => ({ ...word, mended: false }))),
    words: words.length,
    doubtful: words.filter(({ doubtful }) => doubtful).length,
    changes: mended ? differences(engines, text) : null,
    versions: corrections
      .map(({ version, byName, at, backTo }) => ({
        ...{ version, byName, at, backTo },
        changes: differences(texts[version - 1]!, texts[version]!),
      }))
      .toReversed(),
    version: corrections.length,
    undoTo: stands === 0 ? null : (corrections[stands - 2]?.backTo ?? stands - 1),
  };
}

/** Made at the first opening, and kept. Empty where the sound is gone. */
export async function levelsFor(
  { listening, soundOf }: RoomParts,
  who: SignedIn,
  { storyId, levels }: OpenedStory,
): Promise<Uint8Array> {
  if (levels) return levels;
  try {
    const made = levelsOf(await allSamples(soundOf(storyId)));
    await listening.keepLevels(who, storyId, made);
    return made;
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === "story_missing") return new Uint8Array();
    throw thrown;
  }
}

export interface Beside {
  levels: Uint8Array;
  colleagues: unknown;
  labelsInUse: unknown;
  neighbours: unknown;
}

export function storyView(story: OpenedStory, { levels, ...beside }: Beside): Record<string, unknown> {
  const marks = marksOf(story.parts, story.keys).map(({ atMs, text }) => ({
    ...{ atMs, text },
    x: Math.round((1000 * atMs) / Math.max(1, story.durationMs)),
  }));
  const { transcript } = story;
  return {
    ...beside,
    story,
    place: [story.ward, story.service, story.site].filter((part) => part !== "").join(", "),
    words: shownWords(story),
    engine: transcript?.engine
      ? {
          name: [transcript.engine, transcript.model].filter(Boolean).join(" "),
          weakness: engineWeakness(transcript.engine),
        }
      : null,
    marks,
    outline: levels.length > 0 ? outlinePath(levels) : null,
    silences: JSON.stringify(silencesOf(levels).map(({ fromMs, toMs }) => [fromMs, toMs])),
    src: `/listen/${story.grant.id}.wav`,
    clips: story.clips.map((clip) => ({ ...clip, from: typedTime(clip.fromMs), to: typedTime(clip.toMs) })),
    end: typedTime(story.durationMs),
  };
}
