import { create } from "./campaign-create.ts";
import { pause, start, stop } from "./campaign-moves.ts";
import { release } from "./campaign-release.ts";
import { status } from "./campaign-status.ts";
import { transfer } from "./campaign-transfer.ts";
import { defineGroup } from "./group.ts";

export const campaign = defineGroup({
  name: "campaign",
  summary: "Make campaigns, start and stop them, and see how they stand.",
  parts: [create, start, pause, stop, release, transfer, status],
  examples: ["hearback campaign status outpatients-may"],
});
