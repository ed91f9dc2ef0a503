import type { Disposition } from "#call/disposition.ts";

interface Refused {
  /** For `hearback why`: after "Not called: ". */
  words: string;
  /**
   * What becomes of the visit: done with this disposition, or with the one it has ("as it was"); put off until the
   * instant that goes with the refusal ("later"); or due as before (null), since the reason is not the visit's own.
   */
  visit: Disposition | "as it was" | "later" | null;
}

/** Why a due visit was not called, at the claim or at the last check; the words of `attempt.refused_because`. */
export const refusals = {
  "not-ours": { words: "another copy of Hearback had taken the call over", visit: null },
  "lease-expired": { words: "our sign of life had grown too old to begin a call", visit: null },
  "stopped-by-staff": { words: "staff had stopped all calls", visit: null },
  "node-draining": { words: "the Asterisk that was to call was being taken out of use", visit: null },
  "visit-held": { words: "staff held the visit", visit: null },
  "visit-withdrawn": { words: "the visit was withdrawn", visit: null },
  "visit-done": { words: "the visit was done already", visit: null },
  "visit-due": { words: "the visit was not being called", visit: null },
  "campaign-draft": { words: "the campaign had not been started", visit: null },
  "campaign-paused": { words: "the campaign was paused", visit: null },
  "campaign-stopped": { words: "the campaign was stopped", visit: null },
  "on-the-line-with-us": { words: "the number was ringing us at that moment", visit: null },
  "in-a-staff-call": { words: "staff were trying a flow on that telephone", visit: null },
  "outside-calling-hours": { words: "it was outside the campaign's calling hours", visit: null },
  "campaign-calls-a-day": { words: "the campaign had made all its calls of the day", visit: null },
  "campaign-cost-a-day": { words: "the campaign had spent its money of the day", visit: null },
  "installation-calls-a-day": { words: "this Hearback had made all its calls of the day", visit: null },
  expired: { words: "the visit was too long ago", visit: "expired" },
  suppressed: { words: "the number or the person is not to be called", visit: "suppressed" },
  "do-not-call": { words: "the trust's list says not to call", visit: "suppressed" },
  sensitive: { words: "the trust does not call about this service", visit: "suppressed" },
  "contact-budget": {
    words: "the person had been asked about another visit lately",
    visit: "suppressed",
  },
  "already-reached": { words: "the person had been reached about this visit", visit: "as it was" },
  "attempts-used-up": { words: "the visit had been tried as often as it may be", visit: "as it was" },
  "number-rang-today": { words: "the telephone had rung already that day", visit: "later" },
  "number-resting": {
    words: "the number rests after a machine or a silent call",
    visit: "later",
  },
} as const satisfies Record<string, Refused>;

export type Refusal = keyof typeof refusals;

/** These bar a campaign for the rest of its local day. */
export const capRefusals = [
  "campaign-calls-a-day",
  "campaign-cost-a-day",
  "installation-calls-a-day",
] as const satisfies Refusal[];

export const isRefusal = (word: string): word is Refusal => word in refusals;

/** In plain words, to stand after "Not called: ". */
export const wordsOf = (because: Refusal): string => refusals[because].words;
