import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { armCrashPoint, withCrashPoints } from "#lib/crash-point.ts";
import { crashPoints } from "#rehearsal/chaos/crash-points.ts";

const source = globSync("src/**/*.ts")
  .filter((file) => !file.endsWith("chaos/crash-points.ts"))
  .map((file) => readFileSync(file, "utf8"))
  .join("\n");

/** `before-ledger-claim` is made where "ledger" is given its points. */
const isInTheCode = (point: string): boolean => {
  const [, part, method] = /^(?:before|after)-([a-z]+)-([A-Za-z]+)$/.exec(point) ?? [];
  if (part && source.includes(`withCrashPoints("${part}", `))
    return new RegExp(`\\b${method}[(:]`).test(source);
  const effect = /^effect-(.+)$/.exec(point)?.[1];
  return effect ? source.includes(`case "${effect}"`) : source.includes(`crashPoint("${point}")`);
};

test("every crash point that chaos draws is in the code", () => {
  expect(crashPoints.filter((point) => !isInTheCode(point))).toEqual([]);
  expect(crashPoints.length).toBeGreaterThan(40);
});

test("a part whose points nobody armed is left as it is", () => {
  armCrashPoint(null);
  const part = { claim: async () => 1 };
  expect(withCrashPoints("ledger", part)).toBe(part);
});

test("an armed part still does its work, getters and all", async () => {
  armCrashPoint("after-ledger-never:3");
  class Part {
    #count = 0;
    get count(): number {
      return this.#count;
    }
    async claim(by: number): Promise<number> {
      this.#count += by;
      return this.#count;
    }
  }
  const part = withCrashPoints("ledger", new Part());
  expect(await part.claim(2)).toBe(2);
  expect(part.count).toBe(2);
  armCrashPoint(null);
});
