import type { protos } from "@google-cloud/speech";
import type { TranscribedWord, Transcription } from "#transcript/ports.ts";

type Answer = protos.google.cloud.speech.v2.IRecognizeResponse;
type Word = protos.google.cloud.speech.v2.IWordInfo;
type Offset = protos.google.protobuf.IDuration | null | undefined;

/**
 * The likeliest words of each stretch, one after the other. Nothing at all is nothing heard.
 * @param soundMs the length of the sound: Google rounds times to 100 ms, also beyond its end
 */
export function readAnswer({ results }: Answer, soundMs: number): Transcription {
  const best = (results ?? []).flatMap(({ alternatives }) => alternatives?.[0] ?? []);
  const stretches = best
    .map(({ transcript, confidence, words }) => ({
      text: (transcript ?? "").trim(),
      confidence: confidenceOf(confidence),
      words: words ?? [],
    }))
    .filter(({ text }) => text !== "");
  return {
    text: stretches.map(({ text }) => text).join(" "),
    words: stretches.flatMap(({ words }) => words).map((word) => toWord(word, soundMs)),
    confidence: meanByLength(stretches),
  };
}

/** Over the wire 0 means that there is none. */
const confidenceOf = (confidence: number | null | undefined): number | null =>
  confidence ? Math.min(1, Math.max(0, confidence)) : null;

function toWord({ word, startOffset, endOffset, confidence }: Word, soundMs: number): TranscribedWord {
  const fromMs = Math.max(0, Math.min(inMs(startOffset), soundMs - 1));
  const toMs = Math.max(fromMs + 1, Math.min(inMs(endOffset), soundMs));
  return { word: word ?? "", fromMs, toMs, confidence: confidenceOf(confidence) };
}

const inMs = (offset: Offset): number =>
  Math.round(Number(offset?.seconds ?? 0) * 1000 + (offset?.nanos ?? 0) / 1e6);

/** Null where one of them has none. */
function meanByLength(stretches: readonly { text: string; confidence: number | null }[]): number | null {
  let [sum, letters] = [0, 0];
  for (const { text, confidence } of stretches) {
    if (confidence === null) return null;
    sum += confidence * text.length;
    letters += text.length;
  }
  return letters === 0 ? null : sum / letters;
}
