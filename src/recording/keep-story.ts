/**
 * The job `keep-story`: a call's stories out of Asterisk's spool into the store. The order is the safety: audio into
 * the store and read back, then the row, and only then the spool's files are removed. So it may die anywhere and run
 * again: what has no row is done anew, and files that a row has settled are the sweeper's to remove.
 */
import { AppError } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import { toALawWav } from "./a-law-wav.ts";
import type { KeptAudio, Looks, RecordingSpool, StoryRows, StoryStore, StoryToKeep } from "./ports.ts";
import { putLongest } from "./put-longest.ts";
import { type MeasuredPart, type ReadParts, readParts } from "./read-parts.ts";

const QUIET_DB = -45; // RMS of a whole part: a quiet line and breathing

export interface KeepStories {
  spool: Omit<RecordingSpool, "list">;
  store: Pick<StoryStore, "put" | "read" | "remove">;
  rows: Pick<StoryRows, "ofCall" | "stored" | "discarded">;
  /** Milliseconds of speech in 16-bit samples at 8000 Hz; transcript/voice-activity.ts. */
  speechMs: (samples: Int16Array) => number | Promise<number>;
  logger: Logger;
}

/**
 * Keeps, or does away with, every take of a call. Throws what Asterisk, disk or database threw: run it again.
 * @param looked what the last run resolved with; a first run has none
 * @returns where Asterisk may still be writing to a file, what was seen of it: to be run again `settleMs` later, with
 * this; null when all is done
 */
export async function keepStoriesOfCall(
  deps: KeepStories,
  callId: string,
  looked: Looks = {},
): Promise<Looks | null> {
  let growing: Looks = {};
  const faults: unknown[] = [];
  for (const story of await deps.rows.ofCall(callId)) {
    const logger = deps.logger.child({ callId, storyId: story.storyId, take: story.take });
    try {
      if (story.state === "deleted") await doAwayWith(deps, story);
      else growing = { ...growing, ...(await keepStory({ ...deps, logger }, story, looked)) };
    } catch (thrown) {
      // Another take of theirs is kept all the same.
      faults.push(thrown);
    }
  }
  // Whatever failed is met again with what may grow, for that is looked at a few times only.
  if (Object.keys(growing).length > 0) return growing;
  if (faults.length > 0) throw faults[0];
  return null;
}

export const storyKey = (storyId: string): string => `${storyId}.wav`;

/** The patient's wish is carried out first and noted when it is done, so that a crash never leaves it half done. */
async function doAwayWith({ spool, store, rows }: KeepStories, story: StoryToKeep): Promise<void> {
  await store.remove(storyKey(story.storyId));
  await removeParts(spool, story);
  await rows.discarded(story.storyId, "deleted");
}

/** @returns of which files more may come; none once it is kept */
async function keepStory(deps: KeepStories, story: StoryToKeep, looked: Looks): Promise<Looks> {
  const { rows, spool, logger } = deps;
  const seen = await readParts(deps, story.parts, looked);
  if ("growing" in seen) return seen.growing;
  const { read } = seen;
  tellFaults(logger, read);
  if (read.found.length === 0 && !(await isKeptAlready(deps, story))) {
    await rows.discarded(story.storyId, "missing");
    return {}; // nothing to remove; should the files turn up, the sweeper brings the story back
  }
  if (read.found.length > 0 && read.missing.length === 0 && read.found.every(isSilent)) {
    await rows.discarded(story.storyId, "no-speech");
  } else {
    const isWanted = await rows.stored(story.storyId, await putAudio(deps, story, read));
    if (!isWanted) await deps.store.remove(storyKey(story.storyId));
  }
  await removeParts(spool, story);
  return {};
}

/**
 * Silent to us and to the line. Where the line heard a voice and we do not, it is kept, and so is what is loud where
 * nobody knows what the line heard: a whisper has no voice in it, and people listen better than we.
 */
function isSilent({ speechMs, lineSpeechMs, levelDb, isShort }: MeasuredPart): boolean {
  if (speechMs > 0 || isShort) return false;
  return lineSpeechMs === null ? levelDb < QUIET_DB : lineSpeechMs === 0;
}

async function putAudio(deps: KeepStories, story: StoryToKeep, read: ReadParts): Promise<KeptAudio> {
  const codes = Buffer.concat(read.found.map(({ audio }) => audio));
  const kept = await putLongest(deps.store, storyKey(story.storyId), toALawWav(codes));
  let startMs = 0;
  const parts = read.found.map(({ name, durationMs, sha256 }) => {
    const part = { name, startMs, durationMs, sha256 };
    startMs += durationMs;
    return part;
  });
  return {
    ...kept,
    speechMs: read.found.reduce((sum, { speechMs }) => sum + speechMs, 0),
    truncated: read.missing.length > 0 || read.found.some(({ isShort, isCut }) => isShort || isCut),
    parts,
  };
}

/** An earlier run put the audio into the store and died before the row, and the spool has lost it since. */
async function isKeptAlready({ store }: KeepStories, story: StoryToKeep): Promise<boolean> {
  try {
    await store.read(storyKey(story.storyId));
    return true;
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === "story_missing") return false;
    throw thrown;
  }
}

async function removeParts(spool: KeepStories["spool"], story: StoryToKeep): Promise<void> {
  for (const { name } of story.parts) await spool.remove(name);
}

function tellFaults(logger: Logger, { missing, found }: ReadParts): void {
  const short = found.filter(({ isShort }) => isShort).map(({ name }) => name);
  const cut = found.filter(({ isCut }) => isCut).map(({ name }) => name);
  if (missing.length > 0) logger.warn({ recordings: missing }, "recordings are missing in Asterisk's spool");
  if (short.length > 0) logger.warn({ recordings: short }, "recordings are shorter than the line said");
  if (cut.length > 0) logger.warn({ recordings: cut }, "recordings were cut by a crash");
  for (const { name, durationMs, speechMs, levelDb } of found) {
    logger.info({ recording: name, durationMs, speechMs, levelDb }, "recording read from Asterisk's spool");
  }
}
