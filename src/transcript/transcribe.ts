/** The job `transcribe`: a kept story into words, where there are any. */
import type { Clock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import type { SpeechEngine, TranscribedWord, Transcription, TranscriptRows } from "./ports.ts";
import { type Piece, piecesOf, soundOf, toStoryMs } from "./speech-pieces.ts";
import { SpeechTrouble } from "./speech-trouble.ts";
import type { SpeechSegment } from "./voice-activity.ts";

export interface TranscribeStories {
  rows: TranscriptRows;
  /** A kept story as 16-bit samples at 8000 Hz, by its key in the store; recording/a-law-wav.ts. */
  readAudio: (key: string) => Promise<Int16Array>;
  /** voice-activity.ts, or the same in a thread of its own. */
  findSpeech: (samples: Int16Array) => SpeechSegment[] | Promise<SpeechSegment[]>;
  engine: SpeechEngine;
  clock: Clock;
  logger: Logger;
}

export interface TranscribeJob {
  storyId: string;
  /** Aborted when the process stops: nothing is written then, and the job is run again. */
  signal: AbortSignal;
}

export type TranscribeOutcome = "done" | "no-words" | "gone" | "no-engine" | "failed";

/** No further try can help: the audio or the engine's answer is not what it must be. */
const PERMANENT = new Set([
  "story_missing",
  "story_unreadable",
  "speech_output_unreadable",
  "speech_engine_none",
]);
/** The engine's time for a piece: loading its model, and four times the piece's own length on a busy machine. */
const timeLimitMs = (sound: Int16Array): number => 60_000 + (4 * sound.length) / 8;

/**
 * A silent story is never shown to the engine. With the engine "none" nothing is done and no row is touched.
 * What fails is noted as failed, by its code; unless it is permanent it is also thrown, so that the queue tries again
 * (the row then goes from failed to done). The engine's own trouble is thrown as it is and not noted:
 * transcribe-in-turn.ts knows what to do.
 */
export async function transcribeStory(
  deps: TranscribeStories,
  job: TranscribeJob,
): Promise<TranscribeOutcome> {
  const { rows, engine, logger } = deps;
  if (engine.name === "none") return "no-engine";
  const key = await rows.audioKey(job.storyId);
  if (key === null) return "gone";
  try {
    const heard = await listen(deps, key, job.signal);
    if (heard === null) await rows.noWords(job.storyId, engine);
    else await rows.done(job.storyId, engine, heard);
    return heard === null ? "no-words" : "done";
  } catch (thrown) {
    if (job.signal.aborted || thrown instanceof SpeechTrouble) throw thrown;
    const code = thrown instanceof AppError ? thrown.code : "speech_failed";
    logger.error({ storyId: job.storyId, engine: engine.name, code }, "a story could not be transcribed");
    await rows.failed(job.storyId, engine, code);
    if (!PERMANENT.has(code)) throw thrown;
    return "failed";
  }
}

/** Null where there are no words. */
async function listen(
  deps: TranscribeStories,
  key: string,
  signal: AbortSignal,
): Promise<Transcription | null> {
  const samples = await deps.readAudio(key);
  const words: TranscribedWord[] = [];
  const heard: Transcription[] = [];
  const speech = await deps.findSpeech(samples);
  for (const piece of piecesOf(speech, Math.floor(samples.length / 8), deps.engine.longestPieceMs)) {
    const sound = soundOf(samples, piece);
    const result = await withinTime(deps, sound, signal);
    words.push(...result.words.map((word) => inStory(piece, word)));
    if (result.text.trim() !== "") heard.push(result);
  }
  if (heard.length === 0) return null;
  return { text: heard.map(({ text }) => text.trim()).join(" "), words, confidence: meanConfidence(heard) };
}

const inStory = (piece: Piece, word: TranscribedWord): TranscribedWord => ({
  ...word,
  fromMs: toStoryMs(piece, word.fromMs),
  toMs: toStoryMs(piece, word.toMs),
});

/** Longer texts weigh more; null where the engine is silent about it. */
function meanConfidence(heard: readonly Transcription[]): number | null {
  let [sum, letters] = [0, 0];
  for (const { confidence, text } of heard) {
    if (confidence === null) return null;
    sum += confidence * text.length;
    letters += text.length;
  }
  return sum / letters;
}

async function withinTime({ engine, clock }: TranscribeStories, sound: Int16Array, signal: AbortSignal) {
  const deadline = new AbortController();
  const over = new AbortController();
  const limitMs = timeLimitMs(sound);
  clock.wait(limitMs, over.signal).then(
    () => deadline.abort(new SpeechTrouble("stumbled", `the speech engine gave no answer in ${limitMs} ms`)),
    () => undefined, // it answered in time
  );
  try {
    return await engine.transcribe(sound, AbortSignal.any([signal, deadline.signal]));
  } catch (thrown) {
    throw deadline.signal.aborted ? deadline.signal.reason : thrown;
  } finally {
    over.abort();
  }
}
