/** The versions of flows, prompts and dialplans: what is live, what the draft has, publish, approve, roll back. */
import { defineGroup } from "./group.ts";
import { lazyCommand } from "./lazy-command.ts";
import { draft, publish, status } from "./release-draft.ts";
import { diff, exportRelease, list, show } from "./release-look.ts";
import { approve, rollback } from "./release-moves.ts";

/** As `hearback flow walk --draft`, where whoever publishes looks for it. It brings a rehearsal's Asterisk with it. */
const walk = lazyCommand({
  name: "walk",
  summary:
    "Walk every branch of the draft with pretend callers, and keep the report that publishing waits for.",
  load: async () => {
    const { flowWalk } = await import("./flow-walk.ts");
    return { ...flowWalk, run: (args, io) => flowWalk.run(["--draft", ...args], io) };
  },
});

export const release = defineGroup({
  name: "release",
  summary:
    "Flows, prompts and dialplans as numbered releases: what is live, what a draft changes, and the way back.",
  parts: [list, show, diff, draft, status, walk, publish, approve, rollback, exportRelease],
  examples: [
    "hearback release draft --from .",
    "hearback release publish --note 'A shorter greeting'",
    "hearback release rollback --reason 'people hang up in the greeting'",
  ],
});
