import { defineGroup } from "./group.ts";
import { create } from "./token-create.ts";
import { list, revoke } from "./token-list.ts";

export const token = defineGroup({
  name: "token",
  summary: "Make, list and revoke the tokens by which other systems use the HTTP API.",
  parts: [create, list, revoke],
  examples: ["hearback token create results-warehouse --scope read:results,read:recordings"],
});
