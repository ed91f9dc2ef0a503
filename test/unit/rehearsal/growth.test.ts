import { expect, test } from "vitest";
import { growthOf } from "#rehearsal/soak/growth.ts";

const times = Array.from({ length: 120 }, (_, index) => index * 10_000);
const grownBy = (value: (index: number) => number, what = "app a memory") =>
  growthOf(
    times,
    times.map((_, index) => ({ [what]: value(index) })),
  )[0]!.grows;

test("what warms up and then stays is flat, however it trembles", () => {
  expect(grownBy((index) => (index < 25 ? 50 + index * 10 : 300 + (index % 5) * 10))).toBe(false);
  expect(grownBy(() => 40, "asterisk 1 files")).toBe(false);
});

test("what goes on rising grows: memory, and a file at a time", () => {
  expect(grownBy((index) => 100 + index / 2)).toBe(true);
  expect(grownBy((index) => 40 + index / 4, "asterisk 1 files")).toBe(true);
});
