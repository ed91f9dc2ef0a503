import type { PromptId } from "#flow/definition.ts";

/** How Asterisk finds one prompt's sound. */
export interface Sound {
  /** Below Asterisk's folder of sounds, without extension. */
  name: string;
  /** BCP 47: the language it is spoken in; another one than asked for where it fell back. */
  language: string;
}

/** The sounds of one release: a call that began with it hears these to its end, whatever is published meanwhile. */
export interface PromptBook {
  /** BCP 47, those that calls may be held in. */
  readonly languages: readonly string[];
  /** Never another prompt; null where no language has it, which a release with that flow is refused for. */
  soundOf(prompt: PromptId, language: string): Sound | null;
}
