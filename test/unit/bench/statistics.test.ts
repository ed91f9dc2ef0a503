import { expect, test } from "vitest";
import { quantile } from "#rehearsal/quantile.ts";
import { curveOf, distributionOf, median } from "../../bench/statistics.ts";

const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);

test("a quantile is a value that was measured, by nearest rank", () => {
  expect(quantile(hundred, 0.5)).toBe(50);
  expect(quantile(hundred, 0.99)).toBe(99);
  expect(quantile(hundred, 1)).toBe(100);
  expect(quantile([7], 0.01)).toBe(7);
  expect(quantile([], 0.5)).toBeNaN();
});

test("the median of an even number is the mean of the two in the middle", () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([9, 1, 5, 6])).toBe(5.5);
  expect(median([])).toBeNaN();
});

test("a distribution tells how many there were", () => {
  expect(distributionOf(hundred)).toEqual({ count: 100, p50: 50, p95: 95, p99: 99, max: 100 });
  expect(distributionOf([]).count).toBe(0);
});

test("its curve goes from the least to the greatest and never back", () => {
  const curve = curveOf([5, 1, 3], 10);
  expect(curve[0]).toEqual([1, 0]);
  expect(curve.at(-1)).toEqual([5, 1]);
  expect(curve.map(([value]) => value)).toEqual(curve.map(([value]) => value).toSorted((a, b) => a - b));
  expect(curveOf([])).toEqual([]);
});
