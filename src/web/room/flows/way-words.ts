/** A way out of a step, in words for people. */
import type { SpokenVoice } from "../ports.ts";
import { keyWords } from "../step-words.ts";

const words: Record<string, string> = {
  next: "went on",
  silence: "said nothing",
  unanswered: "no answer, however often asked",
  limit: "the time for the story was up",
  nothing: "nothing was said",
  booked: "took a time",
  none: "found nothing",
  otherwise: "any other",
  "hang-up": "hung up",
  machine: "an answering machine",
  lost: "the line was lost",
  fault: "a fault of ours",
  "carry-on": "went on in the visit’s own flow",
  end: "the call ended",
};

/** "1: very good", "hung up", "went on"; the way's own name where nothing is known of it. @param voice null: keys alone */
export function wayWords(
  voice: SpokenVoice | null,
  { flow, step, on }: { flow: string; step: string; on: string },
): string {
  const digit = /^key (.)$/.exec(on)?.[1];
  if (digit === undefined) return words[on] ?? on;
  const meant = voice && keyWords(voice, { flow, step, digit });
  return meant ? `${digit}: ${meant}` : `key ${digit}`;
}
