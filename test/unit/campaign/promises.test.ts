import { expect, it } from "vitest";
import { noteBrokenPromises, overduePromises, type StandingPromise } from "#campaign/promises.ts";

const due = new Date("2026-11-23T15:00:00Z");
const after = (ms: number) => new Date(due.getTime() + ms);
const promise = (different: Partial<StandingPromise> = {}): StandingPromise => ({
  ...{ id: "p", due, tries: 0, calling: false },
  ...different,
});
const fiveMinutes = 300_000;

it.each([
  ["before its time", promise(), after(-1), false],
  ["at its time", promise(), after(0), false],
  ["five minutes later, the last moment", promise(), after(fiveMinutes), false],
  ["a moment after that", promise(), after(fiveMinutes + 1), true],
  ["when its call rings", promise({ calling: true }), after(fiveMinutes + 1), false],
  ["when it was tried and is to be repeated", promise({ tries: 1 }), after(fiveMinutes + 1), false],
])("is broken or not, %s", (_, standing, now, broken) => {
  expect(overduePromises([standing], now)).toEqual(broken ? ["p"] : []);
});

it("is written down only where there is something to write", async () => {
  const written: string[][] = [];
  const book = (now: Date) => ({
    standing: async () => ({ now, promises: [promise(), promise({ id: "q", tries: 1 })] }),
    writeBroken: async (ids: string[]) => written.push(ids),
  });
  expect(await noteBrokenPromises(book(after(0)))).toBe(0);
  expect(await noteBrokenPromises(book(after(fiveMinutes + 1)))).toBe(1);
  expect(written).toEqual([["p"]]);
});
