/**
 * What the network's answer says about an attempt that nobody answered. The SIP status is asked first: the Q.850 cause
 * that Asterisk makes from it is coarser (480 and 483 are both 19, all of 5xx are 42 or 38). Measured pairs stand in
 * ASTERISK.md section 2; the meanings are those of RFC 3261 section 21, RFC 3398 section 7.2.4.1 and ITU-T Q.850.
 */
import type { Disposition } from "#call/disposition.ts";

export type UnansweredDisposition = Extract<
  Disposition,
  "busy" | "no_answer" | "invalid_number" | "congestion" | "declined" | "failed"
>;

/**
 * Refused calls (403, 603, cause 21) count as no answer: Asterisk itself sends 403 for a handset's refusal and 603 for an
 * extension that is not there, so that a person who pressed the red key cannot be told from a network that bars the
 * number, and neither has heard who rang.
 * Whoever wants no call at all can say so at the first word (keys 3 and 9); until then the retry policy's few tries
 * stand. Only 607 (RFC 8197) says that the person does not want the call, and is believed.
 */
const bySipCode: Record<number, UnansweredDisposition> = {
  301: "invalid_number", // moved for good, and we do not follow
  302: "no_answer",
  401: "failed", // our credentials on the trunk
  402: "failed",
  403: "no_answer",
  404: "invalid_number",
  405: "failed",
  406: "failed",
  407: "failed",
  410: "invalid_number",
  413: "failed",
  414: "failed",
  415: "failed",
  416: "failed",
  420: "failed",
  421: "failed",
  423: "failed",
  480: "no_answer", // switched off or out of reach; Asterisk's own word when the ringing time is over
  481: "congestion",
  482: "congestion", // a loop, somewhere in the network
  483: "congestion",
  484: "invalid_number",
  485: "invalid_number",
  486: "busy",
  487: "no_answer", // we took it back when the ringing time was over
  488: "failed", // no codec in common
  491: "congestion",
  493: "failed",
  600: "busy",
  603: "no_answer",
  604: "invalid_number",
  606: "failed",
  607: "declined",
  608: "congestion", // a network's spam filter, not the person
};

const byCause: Record<number, UnansweredDisposition> = {
  0: "no_answer", // the ringing time was over (asterisk#963)
  1: "invalid_number",
  2: "congestion", // no route: the network's trouble, until it says that the number is wrong
  3: "congestion",
  16: "no_answer", // cleared before it was answered
  17: "busy",
  18: "no_answer",
  19: "no_answer",
  20: "no_answer", // switched off
  21: "no_answer",
  22: "invalid_number", // number changed
  26: "no_answer", // answered by another of the person's telephones
  27: "congestion", // their line is out of order
  28: "invalid_number",
  29: "failed",
  31: "no_answer",
  34: "congestion",
  38: "congestion",
  41: "congestion",
  42: "congestion",
  44: "congestion",
  47: "congestion",
  50: "failed",
  57: "failed",
  58: "congestion",
  63: "failed",
  65: "failed",
  79: "failed",
  88: "failed", // incompatible: no codec in common
  102: "congestion", // a timer ran out in the network
  111: "failed",
};

/**
 * @param cause Q.850, as in ChannelDestroyed; 0 when there was none
 * @param sipCode the final SIP status, when there was one (ChannelDestroyed's tech_cause)
 * @param rang whether the far end was heard to ring
 */
export function dispositionOf(answer: {
  rang: boolean;
  cause: number;
  sipCode: number | null;
}): UnansweredDisposition {
  const { rang, cause, sipCode } = answer;
  // 408: whoever rang did not answer; where nothing rang, nobody at the far end spoke SIP.
  if (sipCode === 408) return rang ? "no_answer" : "congestion";
  if (sipCode !== null) {
    const known = bySipCode[sipCode];
    if (known) return known;
    if (sipCode >= 500 && sipCode <= 599) return "congestion";
  }
  return byCause[cause] ?? (rang ? "no_answer" : "failed");
}
