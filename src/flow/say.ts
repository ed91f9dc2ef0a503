import type { Piece } from "./definition.ts";
import type { CallContext, FlowState, Spoken } from "./state.ts";

/** Puts the call's own values into what a step says. Pieces without a value (no rating yet) fall away. */
export function spoken(pieces: Piece[], state: FlowState, context: CallContext): Spoken[] {
  return pieces.flatMap((piece) => speak(piece, state, context));
}

function speak(piece: Piece, state: FlowState, context: CallContext): Spoken[] {
  if (typeof piece === "string") return [{ prompt: piece }];
  if ("pauseMs" in piece) return [piece];
  if ("campaign" in piece) {
    return piece.campaign === "spokenName"
      ? [{ prompt: context.spokenName }]
      : [{ phone: context.ringBackNumber }];
  }
  if ("setting" in piece) return [{ prompt: `story-limit-${context.storyLimitSeconds}s` }];
  if ("label" in piece) {
    const label = state.labels[piece.label];
    return label ? [{ prompt: label }] : [];
  }
  if ("recording" in piece) {
    const { keptTake, parts } = state.story;
    const recordings = keptTake === null ? [] : (parts[keptTake] ?? []);
    return recordings.length > 0 ? [{ recordings }] : [];
  }
  if ("keyed" in piece) {
    const number = state.keyed[piece.keyed];
    return typeof number === "object" ? [{ digits: number.digits }] : [];
  }
  return state.callback ? [timeOf(state.callback)] : [];
}

/** An offered time as something to say. */
export function timeOf(offer: { at: string; afterSeconds?: number }): Spoken {
  return offer.afterSeconds === undefined
    ? { time: offer.at }
    : { time: offer.at, afterSeconds: offer.afterSeconds };
}
