import type { Flow } from "../definition.ts";
import type { PromptFacts } from "./prompt-facts.ts";

/** BCP 47: the languages in which calls of this flow may be held. */
export const languagesOf = (_flow: Flow, prompts: PromptFacts): readonly string[] =>
  prompts.languages.slice(0, 1);
