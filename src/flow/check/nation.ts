/** What NHS England fixed of the Friends and Family Test: nobody edits it, and no test of wordings may touch it. */
import type { PromptId } from "../definition.ts";

export const question: PromptId = "fft-question";

/** In their order; the code is what is kept, and the key is the same number. */
export const answers = [
  { code: 1, label: "very-good", say: "for-very-good" },
  { code: 2, label: "good", say: "for-good" },
  { code: 3, label: "neither-good-nor-poor", say: "for-neither-good-nor-poor" },
  { code: 4, label: "poor", say: "for-poor" },
  { code: 5, label: "very-poor", say: "for-very-poor" },
  { code: 6, label: "dont-know", say: "for-dont-know" },
] as const;

/** Every prompt whose wording is fixed: two releases that are compared say these in the same words. */
export const lockedPrompts: ReadonlySet<PromptId> = new Set([
  question,
  ...answers.flatMap(({ label, say }) => [label, say]),
]);

/** BCP 47 to prompt to words. A language that is not here has no wording of the nation's own: nothing is compared. */
export const lockedWords: Readonly<Record<string, Readonly<Record<PromptId, string>>>> = {
  "en-GB": {
    "fft-question": "Overall, how was your experience of our service?",
    "for-very-good": "For very good, press 1.",
    "for-good": "For good, press 2.",
    "for-neither-good-nor-poor": "For neither good nor poor, press 3.",
    "for-poor": "For poor, press 4.",
    "for-very-poor": "For very poor, press 5.",
    "for-dont-know": "If you don't know, press 6.",
    "very-good": "very good.",
    good: "good.",
    "neither-good-nor-poor": "neither good nor poor.",
    poor: "poor.",
    "very-poor": "very poor.",
    "dont-know": "don't know.",
  },
};
