/** The prompts that calls say, as they lie in their folder. */
import { defineGroup } from "./group.ts";
import { approve } from "./prompts-approve.ts";
import { history, restore } from "./prompts-history.ts";
import { importSounds } from "./prompts-import.ts";
import { recordPrompts } from "./prompts-record.ts";
import { sayPrompts } from "./prompts-say.ts";
import { status } from "./prompts-status.ts";

export const prompts = defineGroup({
  name: "prompts",
  summary:
    "What calls say: how each prompt stands, recordings taken in, stand-ins, reviews, and the way back.",
  parts: [status, importSounds, sayPrompts, recordPrompts, approve, history, restore],
  examples: [
    "hearback prompts status",
    "hearback prompts import greeting.wav --id hello",
    "hearback prompts restore hello",
  ],
});
