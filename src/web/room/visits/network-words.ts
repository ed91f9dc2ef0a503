/** What the network's codes mean, for people who run no telephones: SIP (RFC 3261) first, else the cause (Q.850). */
const sip: Record<number, string> = {
  401: "the carrier did not let us in",
  403: "the carrier refused the call",
  404: "there is no such number",
  407: "the carrier did not let us in",
  408: "nothing answered in time",
  410: "the number is not in use any more",
  480: "the telephone cannot be reached just now",
  484: "the number is not complete",
  486: "the line was busy",
  487: "it rang, and nobody answered in time",
  488: "the carrier and we found no common way to speak",
  500: "the carrier had a fault",
  502: "a network on the way had a fault",
  503: "the carrier had no free line",
  504: "a network on the way did not answer",
  600: "every telephone of theirs was busy",
  603: "the call was turned away",
  604: "there is no such number",
};

const causes: Record<number, string> = {
  1: "there is no such number",
  16: "the call was ended as calls are",
  17: "the line was busy",
  18: "the telephone did not respond",
  19: "it rang, and nobody answered in time",
  20: "the telephone cannot be reached just now",
  21: "the call was turned away",
  22: "the number has changed",
  27: "the line is out of order",
  28: "the number is not complete",
  31: "the call was ended, and nobody says why",
  34: "the network had no free line",
  38: "the network was out of order",
  41: "the network had a fault for a moment",
  42: "the network had too many calls",
  44: "the network had no free line",
  58: "the line could not carry the call",
  102: "the network waited too long for an answer",
  127: "a network on the way ended it, and does not say why",
};

/** In plain words; null where both are silent or unknown. */
export const networkWords = ({
  sipCode,
  cause,
}: {
  sipCode: number | null;
  cause: number | null;
}): string | null =>
  (sipCode !== null && sipCode >= 300 ? sip[sipCode] : undefined) ??
  (cause === null ? undefined : causes[cause]) ??
  null;
