import { expect, test } from "vitest";
import { dispositionOf } from "#asterisk/cause-codes.ts";

/** [cause Q.850, SIP status, rang, disposition]: each pair of ASTERISK.md section 2 and RELIABILITY.md F6 and F7. */
const table: [number, number | null, boolean, string][] = [
  // measured on Asterisk 22 against a pretend carrier
  [17, 486, false, "busy"],
  [19, 480, true, "no_answer"],
  [19, 480, false, "no_answer"],
  [21, 403, true, "no_answer"],
  [34, 503, false, "congestion"],
  [1, 404, false, "invalid_number"],
  [1, 404, true, "invalid_number"], // an announcement, then the refusal
  [28, 484, false, "invalid_number"],
  [38, 500, false, "congestion"],
  [27, 502, false, "congestion"],
  // F6: a ringing time that is over can come with no cause at all
  [0, null, true, "no_answer"],
  [0, null, false, "no_answer"],
  // F7: the SIP status decides where Q.850 is coarser
  [42, 503, false, "congestion"],
  [42, 504, false, "congestion"],
  [42, 599, false, "congestion"],
  [19, 483, false, "congestion"],
  [18, 408, true, "no_answer"],
  [18, 408, false, "congestion"],
  [17, 600, false, "busy"],
  [21, 603, true, "no_answer"],
  [21, 607, true, "declined"],
  [21, 608, false, "congestion"],
  [1, 410, false, "invalid_number"],
  [1, 604, false, "invalid_number"],
  [127, 487, true, "no_answer"],
  [127, 302, false, "no_answer"],
  [58, 488, false, "failed"],
  [0, 401, false, "failed"],
  // Q.850 alone
  [1, null, false, "invalid_number"],
  [3, null, false, "congestion"],
  [17, null, false, "busy"],
  [18, null, false, "no_answer"],
  [19, null, true, "no_answer"],
  [20, null, false, "no_answer"],
  [21, null, true, "no_answer"],
  [22, null, false, "invalid_number"],
  [28, null, false, "invalid_number"],
  [34, null, false, "congestion"],
  [38, null, false, "congestion"],
  [42, null, false, "congestion"],
  [16, null, true, "no_answer"],
  // neither known: what was heard decides
  [99, 499, true, "no_answer"],
  [99, 499, false, "failed"],
];

test.each(table)("cause %i, SIP %o, rang %o: %s", (cause, sipCode, rang, disposition) => {
  expect(dispositionOf({ cause, sipCode, rang })).toBe(disposition);
});
