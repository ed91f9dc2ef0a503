/** How a visit stands, or how an attempt at it ended: the words of `survey_result.disposition` (README has the table). */
export const dispositions = [
  "pending",
  "completed",
  "partial",
  "declined",
  "callback",
  "opted_out",
  "wrong_person",
  "no_response",
  "hung_up",
  "no_answer",
  "busy",
  "machine",
  "invalid_number",
  "congestion",
  "interrupted",
  "failed",
  "suppressed",
  "withdrawn",
  "held",
  "expired",
  "unknown",
] as const;

export type Disposition = (typeof dispositions)[number];

const wish = 6;
const answers = 5;
const heardOut = 4;
const networkTold = 3;
const lostSight = 2;

/** "failed" is the network's word, too; where it is ours, nobody saw more. */
const knowledge: Partial<Record<Disposition, number>> = {
  ...{ opted_out: wish, wrong_person: wish, declined: wish },
  ...{ completed: answers, partial: answers, callback: answers },
  ...{ hung_up: heardOut, no_response: heardOut, machine: heardOut },
  ...{ no_answer: networkTold, busy: networkTold, invalid_number: networkTold, congestion: networkTold },
  ...{ interrupted: lostSight, failed: lostSight },
};

/**
 * How much the ending of an attempt says. Where several processes wrote one of the same attempt, the one that says more
 * stands, whichever comes first: whoever answered is not rung again because somebody else lost sight of the call.
 */
export const knowledgeIn = (disposition: Disposition): number => knowledge[disposition] ?? 0;

/** The person said something of it: by a key, a wish, or a time for another call. */
export const isSaid = (disposition: Disposition): boolean => knowledgeIn(disposition) >= answers;

/** Told by the network of a call that nobody answered. */
export const isNetworksWord = (disposition: Disposition): boolean => knowledge[disposition] === networkTold;
