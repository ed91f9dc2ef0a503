import type { Flow, Step } from "../definition.ts";
import type { PromptFacts } from "./prompt-facts.ts";

/** BCP 47: those that a key of this step changes to. */
export const languagesChosenIn = (step: Step): string[] =>
  step.kind === "language" || step.kind === "menu"
    ? step.choices.flatMap(({ language }) => language ?? [])
    : [];

/**
 * BCP 47: the languages in which calls of this flow may be held. Those it names itself; else the one that calls are held
 * in unless something says otherwise; and all that its callers can choose. One that
 * the manifest has not is another rule's.
 */
export function languagesOf(flow: Flow, prompts: PromptFacts): readonly string[] {
  const chosen = Object.values(flow.steps).flatMap((step) => languagesChosenIn(step));
  const all = new Set([...(flow.languages ?? prompts.languages.slice(0, 1)), ...chosen]);
  return [...all].filter((language) => prompts.languages.includes(language));
}
