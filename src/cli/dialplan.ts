/** The staff's own dialplan: checked, rehearsed, put in force under live calls, and put back. */

import { apply } from "./dialplan-apply.ts";
import { check } from "./dialplan-check.ts";
import { diff } from "./dialplan-diff.ts";
import { history } from "./dialplan-history.ts";
import { rollback } from "./dialplan-rollback.ts";
import { defineGroup } from "./group.ts";

export const dialplan = defineGroup({
  name: "dialplan",
  summary: "The dialplan that is yours: check it, put it in force under live calls, and put it back.",
  parts: [check, diff, apply, rollback, history],
  examples: [
    "hearback dialplan check",
    'hearback dialplan apply --note "announce the closed ward"',
    "hearback dialplan rollback",
  ],
});
