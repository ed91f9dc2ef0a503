import { expect, it } from "vitest";
import { KeyBuffer } from "#call/key-buffer.ts";

const answered = (digit: string, atMs: number) => {
  const keys = new KeyBuffer(800);
  keys.press(digit, atMs);
  keys.take();
  return keys;
};

it("drops the same key within 800 ms, however soon the next question begins", () => {
  const keys = answered("1", 1_000);
  keys.questionBegan();
  expect(keys.press("1", 1_799)).toBe(false);
});

it("takes the same key after 800 ms once the next question has begun", () => {
  const keys = answered("1", 1_000);
  keys.questionBegan();
  expect(keys.press("1", 1_800)).toBe(true);
});

it("drops the same key before the next question has begun, however late", () => {
  expect(answered("1", 1_000).press("1", 9_000)).toBe(false);
});

it("counts the 800 ms anew from each press of a key that is hammered", () => {
  const keys = answered("1", 1_000);
  keys.questionBegan();
  expect([1_500, 2_000, 2_500].map((atMs) => keys.press("1", atMs))).toEqual([false, false, false]);
});

it("keeps different keys pressed early, in order", () => {
  const keys = answered("1", 1_000);
  expect([keys.press("2", 1_100), keys.press("1", 1_200)]).toEqual([true, true]);
  expect([keys.take(), keys.take(), keys.take()]).toEqual(["2", "1", undefined]);
});

it("drops one # soon after a number's last digit, and nothing else", () => {
  const after = (digits: string, atMs: number) => {
    const keys = new KeyBuffer(800);
    keys.numberTaken(1_000);
    return [...digits].map((digit, i) => keys.press(digit, atMs + i * 1_000));
  };
  expect(after("#", 3_999)).toEqual([false]);
  expect(after("#", 4_000)).toEqual([true]);
  expect(after("##", 1_500)).toEqual([false, true]);
  expect(after("1#", 1_500)).toEqual([true, true]);
});
