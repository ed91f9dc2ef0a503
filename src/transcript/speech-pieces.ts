/** What an engine is given: the spoken parts of a story with a little around them, joined, in pieces it can digest. */
import type { SpeechSegment } from "./voice-activity.ts";

/** Spans of the story, in order and apart, which lie end to end in the piece. */
export type Piece = SpeechSegment[];

/**
 * What finds speech misses the quiet end of a sentence now and then (measured: a second of it), and a word lost is worse
 * than silence heard: pauses shorter than twice this are given to the engine whole.
 */
const MARGIN_MS = 1_500;
/** Unless the engine says otherwise: pocketsphinx's time and memory grow faster than the length; Whisper hears 30 s at once. */
export const LONGEST_PIECE_MS = 30_000;
const SAMPLES_PER_MS = 8;

/**
 * @param storyMs the length of the story
 * @param longestMs no piece is longer
 */
export function piecesOf(
  segments: readonly SpeechSegment[],
  storyMs: number,
  longestMs = LONGEST_PIECE_MS,
): Piece[] {
  const pieces: Piece[] = [];
  let lengthMs = 0;
  const wide = withMargins(segments, storyMs);
  for (const span of wide.flatMap((span) => cutIfLong(span, segments, longestMs))) {
    const spanMs = span.toMs - span.fromMs;
    const piece = pieces.at(-1);
    if (piece && lengthMs + spanMs <= longestMs) {
      piece.push(span);
      lengthMs += spanMs;
    } else {
      pieces.push([span]);
      lengthMs = spanMs;
    }
  }
  return pieces;
}

function withMargins(segments: readonly SpeechSegment[], storyMs: number): SpeechSegment[] {
  const wide: SpeechSegment[] = [];
  for (const segment of segments) {
    const fromMs = Math.max(0, segment.fromMs - MARGIN_MS);
    const toMs = Math.min(storyMs, segment.toMs + MARGIN_MS);
    const last = wide.at(-1);
    if (last && fromMs <= last.toMs) last.toMs = toMs;
    else wide.push({ fromMs, toMs });
  }
  return wide;
}

/** Cut in the longest pause that lies late enough; without any, a word may be cut in two. */
function cutIfLong(
  span: SpeechSegment,
  segments: readonly SpeechSegment[],
  longestMs: number,
): SpeechSegment[] {
  const { fromMs, toMs } = span;
  if (toMs - fromMs <= longestMs) return [span];
  const pauses = segments.slice(1).map((next, i) => ({ fromMs: segments[i]!.toMs, toMs: next.fromMs }));
  const middles = pauses
    .toSorted((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs))
    .map((pause) => Math.round((pause.fromMs + pause.toMs) / 2));
  const earliest = fromMs + longestMs / 3;
  const latest = fromMs + longestMs;
  const cut = middles.find((ms) => ms >= earliest && ms <= latest) ?? latest;
  return [{ fromMs, toMs: cut }, ...cutIfLong({ fromMs: cut, toMs }, segments, longestMs)];
}

/** The piece's sound: 16-bit at 8000 Hz, as the story's. */
export function soundOf(samples: Int16Array, piece: Piece): Int16Array {
  const sound = new Int16Array(
    piece.reduce((sum, span) => sum + (span.toMs - span.fromMs) * SAMPLES_PER_MS, 0),
  );
  let at = 0;
  for (const { fromMs, toMs } of piece) {
    sound.set(samples.subarray(fromMs * SAMPLES_PER_MS, toMs * SAMPLES_PER_MS), at);
    at += (toMs - fromMs) * SAMPLES_PER_MS;
  }
  return sound;
}

/** A time within the piece as the time within the story. */
export function toStoryMs(piece: Piece, pieceMs: number): number {
  let left = pieceMs;
  for (const { fromMs, toMs } of piece) {
    if (left <= toMs - fromMs) return Math.round(fromMs + left);
    left -= toMs - fromMs;
  }
  return piece.at(-1)!.toMs;
}
