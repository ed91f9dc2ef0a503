import type { Rule } from "./rule.ts";
import { impossibleRange, unknownAnswer } from "./rules/keyed.ts";
import { everywhereClash, keyClash } from "./rules/keys.ts";
import { longPrompt, missingPrompt } from "./rules/prompts.ts";
import { unknownStep, unreachableStep } from "./rules/targets.ts";

/** Every rule for a flow of whole shape; what is wrong in the shape itself, shape.ts and lib/yaml-source.ts tell. */
export const rules: readonly Rule[] = [
  unknownStep,
  unreachableStep,
  keyClash,
  everywhereClash,
  missingPrompt,
  longPrompt,
  impossibleRange,
  unknownAnswer,
];
