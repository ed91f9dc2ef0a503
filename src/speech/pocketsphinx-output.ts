/** What PocketSphinx 5 prints: `{"b":0,"d":7.5,"p":0,"t":"...","w":[{"b":0.15,"d":0.2,"p":0.73,"t":"the(2)"}]}`, in seconds. */
import { AppError } from "#lib/errors.ts";
import type { TranscribedWord, Transcription } from "#transcript/ports.ts";

interface Segment {
  b: number;
  d: number;
  p: number;
  t: string;
}

/** Silence and noises stand among the words as <s>, </s>, <sil>, [NOISE], [SPEECH], ++breath++. */
const NO_WORD = /^(<.*>|\[.*\]|\+\+.*\+\+)$/;
/** Another way to say the same word. */
const ALTERNATIVE = /\(\d+\)$/;

/**
 * A word's confidence is its posterior probability in the lattice (how much the paths through this word weigh among
 * all), the text's their mean by duration. The program's own figure for the whole is their product, near 0 for any
 * text. Throws `speech_output_unreadable`.
 */
export function readOutput(output: string): Transcription {
  const words = segmentsOf(output)
    .filter(({ t }) => t !== "" && !NO_WORD.test(t))
    .map(toWord);
  return { text: words.map(({ word }) => word).join(" "), words, confidence: confidenceOf(words) };
}

const toWord = ({ b, d, p, t }: Segment): TranscribedWord => ({
  word: t.replace(ALTERNATIVE, ""),
  fromMs: Math.round(b * 1000),
  toMs: Math.round((b + d) * 1000),
  confidence: Math.min(1, Math.max(0, p)),
});

function confidenceOf(words: readonly TranscribedWord[]): number | null {
  let [sum, durationMs] = [0, 0];
  for (const { fromMs, toMs, confidence } of words) {
    sum += (confidence ?? 0) * (toMs - fromMs);
    durationMs += toMs - fromMs;
  }
  return durationMs === 0 ? null : sum / durationMs;
}

/** Nothing printed at all is nothing heard: so it is with sound too short for a single frame. */
function segmentsOf(output: string): Segment[] {
  const clean = output.replaceAll("\0", "").trim(); // 5.1.1 lets the closing zero of its buffer slip out
  const segments = clean === "" ? [] : parsed(clean);
  if (Array.isArray(segments) && segments.every(isSegment)) return segments;
  throw new AppError("speech_output_unreadable", "pocketsphinx did not print what version 5.1.1 prints");
}

/** The error of JSON.parse is not passed on: it quotes the text, a patient's words. */
function parsed(json: string): unknown {
  try {
    return (JSON.parse(json) as { w?: unknown } | null)?.w;
  } catch {
    return undefined;
  }
}

function isSegment(value: unknown): value is Segment {
  const { b, d, p, t } = (value ?? {}) as Partial<Segment>;
  return [b, d, p].every(Number.isFinite) && typeof t === "string";
}
