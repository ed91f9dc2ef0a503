import type { Piece, Source } from "./definition.ts";
import type { AnswerValue, CallContext, FlowState, Spoken } from "./state.ts";

/** Puts the call's own values into what a step says. Pieces without a value (no rating yet) fall away. */
export function spoken(pieces: Piece[], state: FlowState, context: CallContext): Spoken[] {
  return pieces.flatMap((piece) => speak(piece, state, context));
}

function speak(piece: Piece, state: FlowState, context: CallContext): Spoken[] {
  if (typeof piece === "string") return [{ prompt: piece }];
  if ("pauseMs" in piece) return [piece];
  if ("offer" in piece) {
    const { offer, language } = piece;
    return isOffered(language, state, context) ? [{ prompt: offer, language }] : [];
  }
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
  if ("number" in piece) {
    const number = Number(knownValue(piece.number, state, context) ?? Number.NaN);
    return Number.isInteger(number) && number >= 0 && number <= 9999 ? [{ number }] : [];
  }
  if ("digits" in piece) {
    const digits = String(knownValue(piece.digits, state, context) ?? "").replace(/[^0-9]/g, "");
    return digits === "" ? [] : [{ digits }];
  }
  if ("date" in piece) {
    const [date] = dayAndClock(knownValue(piece.date, state, context));
    return date === undefined ? [] : [{ date, year: piece.year ?? false }];
  }
  if (piece.time !== "callback") {
    const [, clock] = dayAndClock(knownValue(piece.time, state, context));
    return clock === undefined ? [] : [{ clock }];
  }
  return state.callback ? [timeOf(state.callback)] : [];
}

/** Whether a key may change to this language: the campaign offers it, and it is not the one that is spoken already. */
export const isOffered = (language: string, { language: spoken }: FlowState, { offers = [] }: CallContext) =>
  language !== spoken && offers.includes(language);

/** What is known under a name; undefined where nothing is. */
export function knownValue(from: Source, state: FlowState, context: CallContext): AnswerValue | undefined {
  if ("contact" in from) return context.contact?.[from.contact];
  const keyed = state.keyed[from.answer];
  return state.answers[from.answer] ?? (typeof keyed === "object" ? keyed.value : undefined);
}

/** "2026-12-03T09:05" has both, "2026-12-03" and "--12-03" only the day. */
function dayAndClock(value: AnswerValue | undefined): [day?: string, clock?: string] {
  const [, day, clock] = /^((?:\d{4}|-)-\d\d-\d\d)(?:T(\d\d:\d\d))?$/.exec(String(value ?? "")) ?? [];
  return day === undefined ? [] : clock === undefined ? [day] : [day, clock];
}

/** An offered time as something to say. */
export function timeOf(offer: { at: string; afterSeconds?: number }): Spoken {
  return offer.afterSeconds === undefined
    ? { time: offer.at }
    : { time: offer.at, afterSeconds: offer.afterSeconds };
}
