import { beforeEach, expect, test } from "vitest";
import { type End, GivenUp, limitMsOf, Outlook, quietForMs } from "#rehearsal/chaos/outlook.ts";

let nowMs = 0;
let outlook: Outlook;
beforeEach(() => {
  nowMs = 1_000_000;
  outlook = new Outlook(() => nowMs);
});

/** Why it was given up; null: it goes on. */
const givenUp = (): Promise<string | null> =>
  outlook.race(new Promise<null>((resolve) => setImmediate(resolve, null))).catch((thrown: unknown) => {
    if (thrown instanceof GivenUp) return thrown.message;
    throw thrown;
  });

const end = (more: Partial<End> = {}): End => ({
  ...{ instance: "a", status: 1, fromMs: nowMs - 1_500, diedMs: nowMs, wasUp: false },
  ...more,
});

test("who ends before it was ever up ends the run at once", async () => {
  outlook.isUp("b");
  outlook.ended(end());
  expect(await givenUp()).toBe("instance a ended by itself with status 1 before it was ever up");
});

test("who had been up may fail to come up twice, and not three times", async () => {
  outlook.isUp("a");
  outlook.ended(end());
  outlook.ended(end());
  expect(await givenUp()).toBe(null);
  outlook.ended(end());
  expect(await givenUp()).toContain("3 times in a row");
});

test("being up in between starts the count anew, as does an end of one that was up", async () => {
  for (const between of [() => outlook.isUp("a"), () => outlook.ended(end({ wasUp: true }))]) {
    outlook.isUp("a");
    outlook.ended(end());
    outlook.ended(end());
    between();
    outlook.ended(end());
    expect(await givenUp()).toBe(null);
  }
});

test("the other's failures are not counted to it", async () => {
  for (const instance of ["a", "b"]) outlook.isUp(instance);
  for (const instance of ["a", "b", "a", "b"]) outlook.ended(end({ instance }));
  expect(await givenUp()).toBe(null);
});

test("a database that is away explains any number of failures, and for a moment afterwards", async () => {
  outlook.isUp("a");
  const over = outlook.faultBegins("kill postgres");
  for (let times = 0; times < 5; times++) outlook.ended(end());
  over();
  nowMs += 5_000;
  outlook.ended(end());
  expect(await givenUp()).toBe(null);
  for (let times = 0; times < 3; times++) {
    nowMs += 5_000;
    outlook.ended(end());
  }
  expect(await givenUp()).toContain("no fault explains it");
});

test("a speech server that is away explains none", async () => {
  outlook.isUp("a");
  outlook.faultBegins("refuse speech");
  for (let times = 0; times < 3; times++) outlook.ended(end());
  expect(await givenUp()).toContain("3 times in a row");
});

test("nobody rung for a minute without a fault ends the run, and with one it does not", async () => {
  outlook.rung(1, true);
  const over = outlook.faultBegins("freeze app");
  nowMs += 10 * quietForMs;
  outlook.rung(1, true);
  expect(await givenUp()).toBe(null);
  over();
  nowMs += quietForMs;
  outlook.rung(1, true);
  expect(await givenUp()).toBe(null);
  nowMs += 1;
  outlook.rung(1, true);
  expect(await givenUp()).toContain("nobody was rung for 60 s");
});

test("whoever is rung starts the minute anew", async () => {
  for (let count = 1; count < 4; count++) {
    nowMs += quietForMs;
    outlook.rung(count, true);
  }
  expect(await givenUp()).toBe(null);
});

test("a minute in which nobody is due does not count", async () => {
  outlook.rung(1, true);
  nowMs += 10 * quietForMs;
  outlook.rung(1, false);
  nowMs += quietForMs;
  outlook.rung(1, true);
  expect(await givenUp()).toBe(null);
});

test("CI's run is over within ten minutes, and a long one has its time", () => {
  expect(limitMsOf({ calls: 60, kills: 12, maxCalls: 16 })).toBeLessThanOrEqual(600_000);
  expect(limitMsOf({ calls: 1_000, kills: 150, maxCalls: 40 })).toBeGreaterThan(2_400_000);
});
