import type { Place, YamlSource } from "#lib/yaml-source.ts";
import type { Flow } from "../definition.ts";
import type { PromptFacts } from "./prompt-facts.ts";

/** A flow that is whole in its shape: what rules look at. */
export interface Checked {
  file: string;
  flow: Flow;
  /** For the places of what is told. */
  source: YamlSource;
  /** Null: nothing is known of prompts, which is told once for all flows. */
  prompts: PromptFacts | null;
  /** Every flow of whole shape there is, by name. */
  flows: ReadonlyMap<string, Flow>;
}

export interface Found {
  at: Place;
  what: string;
  instead: string;
  /** A fault where nothing is said. */
  level?: "warning";
}

/** One thing that may be wrong in a flow. */
export interface Rule {
  /** In kebab case; what tests and documents speak of. */
  name: string;
  /** What it is against, in a sentence for `dialplans/REFERENCE.md`. */
  about: string;
  /** It follows the ways through the flow, so that each target must be known. */
  follows?: true;
  find(checked: Checked): Found[];
}
