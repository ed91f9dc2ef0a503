import type { Rule } from "./rule.ts";
import { carryOnOrder } from "./rules/carry-on.ts";
import { endlessPath, resumeWithoutOptOut } from "./rules/endless.ts";
import { lateKey } from "./rules/first-key.ts";
import { impossibleRange, unknownAnswer } from "./rules/keyed.ts";
import { everywhereClash, keyClash } from "./rules/keys.ts";
import { offerWithoutKey, unknownLanguage } from "./rules/languages.ts";
import { impossibleTime } from "./rules/milliseconds.ts";
import { lockedQuestion } from "./rules/nation.ts";
import { noOptOut } from "./rules/opt-out.ts";
import { longPrompt, missingPrompt } from "./rules/prompts.ts";
import { answerNotKept, answerType, saysNothing, tooManyChoices } from "./rules/questions.ts";
import { storyWithoutWarning } from "./rules/story.ts";
import { unknownStep, unreachableStep } from "./rules/targets.ts";
import { impossibleValue } from "./rules/values.ts";
import { menuWords } from "./rules/words.ts";

/** Every rule for a flow of whole shape; what is wrong in the shape itself, shape.ts and lib/yaml-source.ts tell. */
export const rules: readonly Rule[] = [
  ...[unknownStep, unreachableStep, endlessPath, resumeWithoutOptOut, noOptOut, carryOnOrder],
  ...[keyClash, everywhereClash, tooManyChoices, answerNotKept, answerType, unknownAnswer],
  ...[impossibleRange, impossibleValue, impossibleTime, menuWords],
  ...[
    saysNothing,
    unknownLanguage,
    offerWithoutKey,
    missingPrompt,
    longPrompt,
    lateKey,
    storyWithoutWarning,
    lockedQuestion,
  ],
];
