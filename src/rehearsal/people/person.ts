import type { Disposition } from "#call/disposition.ts";
import type { Act } from "./act.ts";

/** A pretend person: what they do when the telephone rings, and what must come of it. */
export interface Person {
  /** E.164, in Ofcom's drama ranges. */
  number: string;
  /** For boards and test names, e.g. "rates 2 and hangs up". */
  title: string;
  /** What they do at the first call, the second ...; the last stays. */
  calls: Act[][];
  expect: Expected;
}

/** What `survey_result` must say about them at the end. */
export interface Expected {
  disposition: Disposition;
  rating: number | null;
  transcriptState: "none" | "done" | "no_words";
  shareConsent: boolean | null;
  attempts: number;
  /** Sounds of people/stories/ that the kept story must contain, in order. */
  story: string[];
}
