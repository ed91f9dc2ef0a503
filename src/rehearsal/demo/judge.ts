import type { Expected } from "#rehearsal/people/person.ts";

/** What the judge reads of a row of survey_result. */
export interface Outcome {
  visit_ref: string;
  disposition: string;
  attempts: number;
  rating: number | null;
  share_consent: boolean | null;
  transcript_state: string;
}

/** How an outcome differs from what the person's script says, a phrase each; none when all is as it should be. */
export function faultsOf(outcome: Outcome, expected: Expected): string[] {
  const pairs: [what: string, got: unknown, wanted: unknown][] = [
    ["disposition", outcome.disposition, expected.disposition],
    ["rating", outcome.rating, expected.rating],
    ["consent", outcome.share_consent, expected.shareConsent],
    ["transcript", outcome.transcript_state, expected.transcriptState],
    ["attempts", outcome.attempts, expected.attempts],
  ];
  return pairs
    .filter(([, got, wanted]) => got !== wanted)
    .map(([what, got, wanted]) => `${what} is ${String(got)}, the script says ${String(wanted)}`);
}
