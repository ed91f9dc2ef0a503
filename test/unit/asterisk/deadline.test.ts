import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { withDeadline } from "#asterisk/deadline.ts";
import { systemClock } from "#lib/clock.ts";

const late = () => new Error("too late");

test("gives what the work gives, or its fault, or the deadline's", async () => {
  expect(await withDeadline(systemClock, 50, Promise.resolve(7), late)).toBe(7);
  await expect(withDeadline(systemClock, 50, Promise.reject(new Error("broken")), late)).rejects.toThrow(
    "broken",
  );
  await expect(withDeadline(systemClock, 20, new Promise(() => {}), late)).rejects.toThrow("too late");
});

test("an answer that came in time is seen, though we were too busy to look", async () => {
  const work = wait(30).then(() => "answered");
  const result = withDeadline(systemClock, 10, work, late);
  const busyUntil = Date.now() + 200;
  while (Date.now() < busyUntil);
  expect(await result).toBe("answered");
});
