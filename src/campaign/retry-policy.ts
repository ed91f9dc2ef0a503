import type { Disposition } from "#call/disposition.ts";
import type { CallbackPolicy } from "./campaign.ts";
import type { AttemptEnding, ClaimedAttempt, WhatFollows } from "./ports.ts";

/** How soon, and how often, a visit is tried again. Minutes; a disposition without an entry is not retried. */
export interface RetryPolicy {
  maxAttempts: number;
  afterMinutes: Partial<Record<RetriedDisposition | "silent", number>>;
}

export type RetriedDisposition = "busy" | "no_answer" | "machine" | "congestion" | "interrupted";

/**
 * Issue 4 and DOMAIN.md 2.1 (after a machine nothing for 24 h, after a silent call for 72 h); an interrupted call is not
 * repeated the same day (RELIABILITY.md 1.2, F11).
 */
export const defaultRetryPolicy: RetryPolicy = {
  maxAttempts: 3,
  afterMinutes: { busy: 30, no_answer: 240, machine: 1440, congestion: 15, interrupted: 1440, silent: 4320 },
};

/** So many tries in a row that never rang: then the trouble is not the network's mood, and a person must look. */
export const uncountedTriesInARow = 5;

export interface EndedAttempt {
  policy: RetryPolicy;
  callbacks: CallbackPolicy;
  attempt: Pick<ClaimedAttempt, "reason" | "counted" | "uncountedInARow" | "again">;
  disposition: Disposition;
  /** The telephone rang, or may have rung. */
  rang: boolean;
  /** Somebody answered, and heard nothing of us within two seconds or before the call broke. */
  silent?: boolean;
  endedAt: Date;
  /** The time that was chosen for a callback; only with the disposition "callback". */
  promised: Date | null;
}

/** Nobody spoke with us: a promised call ending so is tried once more. */
const unreached: readonly Disposition[] = ["no_answer", "busy", "machine", "congestion", "failed"];

/** A silent call that ended so was one to the person; where more was said, they heard us after all. */
const silentEndings: readonly Disposition[] = ["hung_up", "no_response", "machine", "interrupted", "failed"];

/** Somebody was reached, and that was one survey of their contact budget: a hang-up in the greeting is an answer too. */
const contacts: readonly Disposition[] = [
  "completed",
  "partial",
  "declined",
  "callback",
  "opted_out",
  "hung_up",
  "no_response",
];

/** A promise outlasts the visit's expiry by so much, and is not kept any later: by then nobody expects the call. */
export const promiseGoodForMs = 24 * 60 * 60_000;

/** A call of which we know no more may still be ringing, or be on the line; its number gets no other for so long. */
export const unknownMayLastMs = 150_000;

/** Nobody can say that the promised call reached the person. */
const notKept: readonly Disposition[] = [...unreached, "invalid_number", "unknown", "suppressed"];

/**
 * What becomes of a visit once an attempt at it has ended. Pure; the times it gives may lie outside calling hours, for
 * these are tested at the instant of dialling.
 */
export function afterAttempt(ended: EndedAttempt): Omit<AttemptEnding, "disposition" | "cause" | "sipCode"> {
  const counts = countsAsAttempt(ended);
  const follows = whatFollows(ended, counts);
  return {
    ...{ counts, follows, promise: promiseAfter(ended, follows) },
    rang: counts && (ended.rang || !notRung.includes(ended.disposition)),
    contact: contacts.includes(ended.disposition) && !leftInSilence(ended),
    silent: ended.silent ?? false,
    numberRestsUntil: restOf(ended),
  };
}

/** Reached without a ring, unless the network told of one: such a number may be tried again the same day. */
const notRung: readonly Disposition[] = ["busy", "invalid_number"];

const leftInSilence = ({ silent, disposition }: EndedAttempt): boolean =>
  silent === true && silentEndings.includes(disposition);

/** After a machine or a silent call the number rests, whoever's visit is next (DOMAIN.md 2.1). */
function restOf(ended: EndedAttempt): Date | null {
  const { afterMinutes } = ended.policy;
  const minutes = leftInSilence(ended)
    ? afterMinutes.silent
    : ended.disposition === "machine"
      ? afterMinutes.machine
      : undefined;
  return minutes === undefined ? null : later(ended.endedAt, minutes);
}

/** An attempt counts when it rang or may have; a busy or wrong number was reached too, a full network was not. */
function countsAsAttempt({ disposition, rang }: EndedAttempt): boolean {
  if (disposition === "pending" || disposition === "suppressed") return false;
  return rang || !(disposition === "congestion" || disposition === "failed");
}

function whatFollows(ended: EndedAttempt, counts: boolean): WhatFollows {
  const { attempt, callbacks, disposition, endedAt, policy } = ended;
  if (disposition === "callback") {
    return ended.promised ? { kind: "callback", at: ended.promised, again: false } : done;
  }
  if (disposition === "pending") return asBefore(ended);
  if (attempt.reason === "callback" && !leftInSilence(ended) && unreached.includes(disposition)) {
    const at = later(endedAt, callbacks.tryAgainAfterMinutes);
    return attempt.again ? done : { kind: "callback", at, again: true };
  }
  const minutes = leftInSilence(ended)
    ? policy.afterMinutes.silent
    : minutesUntilRetry(disposition, counts, policy);
  if (minutes === undefined) return done;
  const goOn = counts
    ? attempt.counted + 1 < policy.maxAttempts
    : attempt.uncountedInARow + 1 < uncountedTriesInARow;
  return goOn ? { kind: "retry", at: later(endedAt, minutes) } : done;
}

function minutesUntilRetry(
  disposition: Disposition,
  counts: boolean,
  policy: RetryPolicy,
): number | undefined {
  // What failed before it rang failed on our side or the network's: as soon again as congestion.
  if (disposition === "failed") return counts ? undefined : policy.afterMinutes.congestion;
  return policy.afterMinutes[disposition as RetriedDisposition];
}

/** Nothing was dialled: due again at once, as what it was. */
function asBefore({ attempt, endedAt }: EndedAttempt): WhatFollows {
  return attempt.reason === "callback"
    ? { kind: "callback", at: endedAt, again: attempt.again }
    : { kind: "retry", at: endedAt };
}

function promiseAfter(ended: EndedAttempt, follows: WhatFollows): AttemptEnding["promise"] {
  if (ended.attempt.reason !== "callback" || ended.disposition === "pending") return null;
  if (leftInSilence(ended)) return "broken";
  if (!notKept.includes(ended.disposition)) return "kept";
  return follows.kind === "callback" ? null : "broken";
}

const done: WhatFollows = { kind: "done" };

const later = (from: Date, minutes: number): Date => new Date(from.getTime() + minutes * 60_000);
