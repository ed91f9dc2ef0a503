/** Why somebody did it, in their words: for the audit, and for whoever asks later. */
const longest = 500;

/** `fault`: what to say beside the field; null where the reason will do. */
export function readReason(typed: string | undefined): { reason: string; fault: string | null } {
  const reason = (typed ?? "").trim();
  if (reason === "") return { reason, fault: "Enter a reason" };
  if (reason.length > longest) return { reason, fault: `The reason must be ${longest} characters or fewer` };
  return { reason, fault: null };
}
