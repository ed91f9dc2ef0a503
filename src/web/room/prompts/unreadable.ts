import type { Trouble } from "../troubles.ts";

/** Pages of prompts while the draft's manifest has a fault. */
export const unreadable: Trouble = {
  title: "The list of prompts cannot be read",
  happened: "The draft’s file prompts/manifest.yaml has a fault, so nothing can be shown or changed here.",
  next: "Open it among the files of the draft: the checks beside its text tell what is wrong, and its earlier saves can be put back.",
};
