import { crowdRating, crowdStory } from "./crowd.ts";
import { people } from "./people.ts";
import type { Expected } from "./person.ts";

const nobody: Expected = {
  disposition: "invalid_number",
  rating: null,
  transcriptState: "none",
  shareConsent: null,
  attempts: 1,
  story: [],
};

/** What must come of calling a number of the rehearsal network; a number that nobody has is unallocated. */
export function expectedOf(number: string): Expected {
  const person = people.find((each) => each.number === number);
  if (person) return person.expect;
  if (!/^\+447700900[1-9]\d\d$/.test(number)) return nobody;
  return {
    disposition: "completed",
    rating: crowdRating(number),
    transcriptState: "done",
    shareConsent: true,
    attempts: 1,
    story: [crowdStory(number)],
  };
}
