import { expect, test } from "vitest";
import type { Fault } from "#rehearsal/chaos/faults.ts";
import { asteriskKilledMs, causeOf } from "#rehearsal/chaos/loss-cause.ts";

const telling = { beganMs: 10_000, endedMs: 20_000 };
const during = { fromMs: 12_000, untilMs: 13_000 };
const killOf = (asterisk: number): Fault => ({
  kind: "kill asterisk",
  target: `asterisk ${asterisk}`,
  ...during,
});
const diskOf = (asterisk: number): Fault => ({
  ...{ kind: "full disk", target: `recordings of asterisk ${asterisk}` },
  ...during,
});

test.each<[string, Fault[], string]>([
  ["its own Asterisk's death", [killOf(1)], "asterisk"],
  ["the death of the other one", [killOf(2)], "nothing that may"],
  ["its own full disk", [diskOf(1)], "disk"],
  ["the other's full disk", [diskOf(2)], "nothing that may"],
  ["its own full disk while the other Asterisk dies", [killOf(2), diskOf(1)], "disk"],
  ["both of its own: the disk takes more than a crash may", [killOf(1), diskOf(1)], "disk"],
  ["a frozen Asterisk of its own", [{ ...killOf(1), kind: "freeze asterisk" }], "asterisk"],
  ["the app's death", [{ ...killOf(1), kind: "kill app", target: "a" }], "nothing that may"],
])("what a loss is counted to: %s", (_, faults, cause) => {
  expect(causeOf(telling, "node-1", faults)).toBe(cause);
});

test("what was over before it began, or began after it was closed, cost it nothing", () => {
  const early = { ...killOf(1), fromMs: 1_000, untilMs: 6_999 };
  const late = { ...killOf(1), fromMs: 23_001, untilMs: 25_000 };
  expect(causeOf(telling, "node-1", [early, late])).toBe("nothing that may");
  expect(causeOf(telling, "node-1", [{ ...late, fromMs: 22_999 }])).toBe("asterisk");
});

test("a tenth Asterisk is not the first", () => {
  expect(causeOf(telling, "node-10", [killOf(1)])).toBe("nothing that may");
});

test("a call is over when its own Asterisk is killed, the first time after it began", () => {
  const faults = [killOf(2), { ...killOf(1), fromMs: 15_000 }, killOf(1)];
  expect(asteriskKilledMs(11_000, "node-1", faults)).toBe(12_000);
  expect(asteriskKilledMs(13_000, "node-1", faults)).toBe(15_000);
  expect(asteriskKilledMs(16_000, "node-1", faults)).toBe(Number.POSITIVE_INFINITY);
});
