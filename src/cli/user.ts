import { defineGroup } from "./group.ts";
import { add, invite, reset } from "./user-add.ts";
import { grant, revoke } from "./user-grants.ts";
import { end, list, sessions } from "./user-list.ts";

export const user = defineGroup({
  name: "user",
  summary: "Say who may sign in to the pages, and what for.",
  parts: [add, list, grant, revoke, sessions, invite, reset, end],
  examples: [
    'hearback user add w.okonjo@trust.example --name "Wilhelmina Okonjo" --role governance --trust RXX',
    "hearback user list",
  ],
});
