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
