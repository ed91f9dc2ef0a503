/** The versions of flows, prompts and dialplans: what is live, what the draft has, publish, approve, roll back. */
import { defineGroup } from "./group.ts";
import { draft, publish, status } from "./release-draft.ts";
import { diff, exportRelease, list, show } from "./release-look.ts";
import { approve, rollback } from "./release-moves.ts";

export const release = defineGroup({
  name: "release",
  summary:
    "Flows, prompts and dialplans as numbered releases: what is live, what a draft changes, and the way back.",
  parts: [list, show, diff, draft, status, publish, approve, rollback, exportRelease],
  examples: [
    "hearback release draft --from .",
    "hearback flow walk --draft",
    "hearback release publish --note 'A shorter greeting'",
    "hearback release rollback --reason 'people hang up in the greeting'",
  ],
});
