/** What an engine is given: the spoken parts of a story with a little around them, joined, in pieces it can digest. */
import type { SpeechSegment } from "./voice-activity.ts";

/** Spans of the story, in order and apart, which lie end to end in the piece. */
export type Piece = SpeechSegment[];

const MARGIN_MS = 300;
/** Engines have limits (Google: 60 s inline), and pocketsphinx's time and memory grow faster than the length. */
export const LONGEST_PIECE_MS = 30_000;
const SAMPLES_PER_MS = 8;

/** @param storyMs the length of the story */
export function piecesOf(segments: readonly SpeechSegment[], storyMs: number): Piece[] {
  const pieces: Piece[] = [];
  let lengthMs = 0;
  for (const span of withMargins(segments, storyMs).flatMap(cutIfLong)) {
    const spanMs = span.toMs - span.fromMs;
    const piece = pieces.at(-1);
    if (piece && lengthMs + spanMs <= LONGEST_PIECE_MS) {
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

/** Half a minute without a pause is rare; then a word may be cut in two. */
function cutIfLong({ fromMs, toMs }: SpeechSegment): SpeechSegment[] {
  const parts = Math.max(1, Math.ceil((toMs - fromMs) / LONGEST_PIECE_MS));
  const at = (n: number) => Math.round(fromMs + ((toMs - fromMs) * n) / parts);
  return Array.from({ length: parts }, (_, n) => ({ fromMs: at(n), toMs: at(n + 1) }));
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
