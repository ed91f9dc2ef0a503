import { expect, test } from "vitest";
import { type KeptKey, tallyKeys } from "#rehearsal/chaos/key-tally.ts";
import type { FarEndEvent } from "#rehearsal/far-end/ledger.ts";

const at = { atMs: 0, call: "c" };
const key = (n: number, digit: string, step: string, again?: number): FarEndEvent => ({
  ...at,
  ...{ what: "key", n, digit, step, ...(again === undefined ? {} : { again }) },
});
const acknowledged = (...ns: number[]): FarEndEvent[] =>
  ns.map((n) => ({ ...at, what: "acknowledged", n, by: "welcome" }));
const keptKeys = (...words: string[]): KeptKey[] =>
  words.map((word) => {
    const [digit = "", step = ""] = word.split(" ");
    return { attempt: "7", digit, step };
  });
const lostOf = (kept: KeptKey[], events: FarEndEvent[]) =>
  tallyKeys(kept, [{ attempt: { id: "7" }, events }]).lost;

test("counts what was pressed, acknowledged and lost", () => {
  const events = [key(1, "1", "greeting"), key(2, "3", "question"), key(3, "1", "review")];
  const tally = tallyKeys(keptKeys("1 greeting"), [
    { attempt: { id: "7" }, events: [...events, ...acknowledged(1, 2)] },
  ]);
  expect(tally).toEqual({
    ...{ pressed: 3, acknowledged: 2, misheard: 0 },
    lost: [{ attempt: "7", digit: "3", step: "question" }],
  });
});

test("a key pressed again because the call changed hands is kept with its first press", () => {
  const events = [key(1, "3", "question"), key(2, "3", "question", 1), ...acknowledged(1, 2)];
  expect(lostOf(keptKeys("3 question"), events)).toEqual([]);
});

test("and is kept where it alone was acknowledged", () => {
  const events = [key(1, "3", "question"), key(2, "3", "question", 1), ...acknowledged(2)];
  expect(lostOf(keptKeys("3 question"), events)).toEqual([]);
});

test("but is lost where no press of it was kept", () => {
  const events = [key(1, "3", "question"), key(2, "3", "question", 1), ...acknowledged(2)];
  expect(lostOf(keptKeys("2 question"), events)).toHaveLength(1);
});

test("a key pressed twice that was not asked for anew is two keys", () => {
  const events = [key(1, "1", "review"), key(2, "1", "review"), ...acknowledged(1, 2)];
  expect(lostOf(keptKeys("1 review"), events)).toHaveLength(1);
});

test("keys in another order than they were pressed in are not those that were pressed", () => {
  const events = [key(1, "1", "greeting"), key(2, "3", "question"), ...acknowledged(1, 2)];
  expect(lostOf(keptKeys("3 question", "1 greeting"), events)).toHaveLength(1);
});

test("# pressed where a full disk had ended the story is kept as a key of the menu that follows", () => {
  const events = [key(1, "#", "story"), key(2, "1", "review"), ...acknowledged(1, 2)];
  expect(lostOf(keptKeys("# review", "1 review"), events)).toEqual([]);
  expect(lostOf(keptKeys("1 review"), events)).toHaveLength(1);
  expect(lostOf(keptKeys("# question", "1 review"), events)).toHaveLength(1);
});
