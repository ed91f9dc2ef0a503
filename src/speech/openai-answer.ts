/** `json`: `{"text"}`; `verbose_json`: also segments and words with times in seconds, at either of two places. */
import type { TranscribedWord, Transcription } from "#transcript/ports.ts";
import { SpeechTrouble } from "#transcript/speech-trouble.ts";
import type { Answer } from "./post-form.ts";

interface Word {
  word: string;
  start: number;
  end: number;
  /** whisper.cpp and faster-whisper give one, OpenAI none. */
  probability?: unknown;
}

interface Segment {
  start: number;
  end: number;
  text: string;
  avg_logprob?: unknown;
  no_speech_prob?: unknown;
  words?: unknown;
}

/** Whisper writes what it heard but speech: "[BLANK_AUDIO]", "(door closes)", "<|nospeech|>". */
const NO_SPEECH = /\[[^\]]*\]|\([^)]*\)|<\|[^|]*\|>/g;

/** Throws SpeechTrouble; what stands in the answer is never quoted, for it may be a patient's words. */
export function readAnswer({ body, contentType }: Answer, soundMs: number): Transcription {
  if (contentType === "text/html" && !body.trimStart().startsWith("{"))
    throw new SpeechTrouble(
      "misconfigured",
      "a web page answered, no speech server: check HEARBACK_OPENAI_URL",
    );
  const answer = parsed(body);
  if (typeof answer?.text !== "string")
    throw new SpeechTrouble(
      "unreadable",
      "the speech server's answer is not what /v1/audio/transcriptions answers",
    );
  const all = list(answer.segments).filter(isSegment);
  const heard = all.filter((segment) => !isSilence(segment));
  const text =
    all.length > 0 && heard.length < all.length ? heard.map((one) => one.text).join(" ") : answer.text;
  const words = list(answer.words).length > 0 ? list(answer.words) : all.flatMap((one) => list(one.words));
  return {
    text: tidy(text),
    words: words
      .filter(isWord)
      .filter(within(all, heard))
      .flatMap((word) => toWord(word, soundMs)),
    confidence: confidenceOf(heard),
  };
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const tidy = (text: string): string => text.replace(NO_SPEECH, " ").replace(/\s+/g, " ").trim();

function parsed(body: string): { text?: unknown; segments?: unknown; words?: unknown } | null {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function isSegment(value: unknown): value is Segment {
  const { start, end, text } = (value ?? {}) as Partial<Segment>;
  return Number.isFinite(start) && Number.isFinite(end) && typeof text === "string";
}

function isWord(value: unknown): value is Word {
  const { word, start, end } = (value ?? {}) as Partial<Word>;
  return typeof word === "string" && Number.isFinite(start) && Number.isFinite(end);
}

/** Whisper's own rule for what it made up over silence; not every server applies it. */
const isSilence = ({ avg_logprob, no_speech_prob }: Segment): boolean =>
  typeof no_speech_prob === "number" &&
  no_speech_prob > 0.6 &&
  typeof avg_logprob === "number" &&
  avg_logprob < -1;

/** Words of a segment that was left out are left out too. */
const within =
  (all: Segment[], heard: Segment[]) =>
  (word: Word): boolean => {
    if (all.length === heard.length) return true;
    const middle = (word.start + word.end) / 2;
    return heard.some(({ start, end }) => middle >= start && middle <= end);
  };

function toWord({ word, start, end, probability }: Word, soundMs: number): TranscribedWord[] {
  const clean = tidy(word);
  if (clean === "") return [];
  const fromMs = Math.max(0, Math.min(Math.round(start * 1000), soundMs - 1));
  const toMs = Math.max(fromMs + 1, Math.min(Math.round(end * 1000), soundMs));
  const sure = typeof probability === "number" && probability >= 0 && probability <= 1;
  return [{ word: clean, fromMs, toMs, confidence: sure ? probability : null }];
}

/** The mean probability of a segment's tokens; longer segments weigh more. */
function confidenceOf(segments: readonly Segment[]): number | null {
  let [sum, seconds] = [0, 0];
  for (const { avg_logprob, start, end } of segments) {
    if (typeof avg_logprob !== "number") return null;
    sum += Math.min(1, Math.exp(avg_logprob)) * Math.max(0, end - start);
    seconds += Math.max(0, end - start);
  }
  return seconds === 0 ? null : sum / seconds;
}
