import { describe, expect, it } from "vitest";
import { afterTry, forgottenAfterMs, patience, type Tries, waitAfter, waitNow } from "#access/tries.ts";

const start = new Date("2026-11-22T09:00:00Z");
const later = (ms: number) => new Date(start.getTime() + ms);
const failed = (times: number, kind: "account" | "address"): Tries => {
  let tries: Tries | null = null;
  for (let failure = 0; failure < times; failure += 1) tries = afterTry(tries, start, kind);
  return tries!;
};

describe("whoever guesses", () => {
  it("waits longer each time, and never longer than a quarter of an hour", () => {
    const waits = [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 1_000].map((failures) =>
      waitAfter(failures, patience.account),
    );
    expect(waits.map((ms) => ms / 1000)).toEqual([0, 0, 15, 30, 60, 120, 240, 480, 900, 900, 900]);
  });

  it("has five tries at an account, and fifty from an address", () => {
    expect(waitNow(failed(5, "account"), start)).toBe(0);
    expect(waitNow(failed(6, "account"), start)).toBe(15_000);
    expect(waitNow(failed(50, "address"), start)).toBe(0);
    expect(waitNow(failed(51, "address"), start)).toBe(15_000);
  });

  it("may try again when the wait is over, and after long quiet begins anew", () => {
    const tries = failed(7, "account");
    expect(waitNow(tries, later(29_999))).toBe(1);
    expect(waitNow(tries, later(30_000))).toBe(0);
    expect(afterTry(tries, later(forgottenAfterMs - 1), "account").failures).toBe(8);
    expect(afterTry(tries, later(forgottenAfterMs), "account").failures).toBe(1);
  });

  it("makes at most this many tries a day at one account", () => {
    let tries: Tries | null = null;
    let made = 0;
    for (let now = start; now < later(86_400_000); made += 1) {
      tries = afterTry(tries, now, "account");
      now = new Date(Math.max(now.getTime() + 1, tries.waitUntil.getTime()));
    }
    expect(made).toBeLessThan(110);
  });
});
