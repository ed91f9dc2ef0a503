import { expect, it } from "vitest";
import type { AlertEntry, decide } from "#alerts/decide.ts";
import type { AlertBook } from "#alerts/ports.ts";
import type { VitalSigns } from "#alerts/vital-signs.ts";
import { createAlertWatch } from "#alerts/watch.ts";
import { goodNode, goodVitals } from "../../support/vitals.ts";

/** A watch whose clock and vitals the test moves, and a book in memory. */
function watched() {
  const told: string[] = [];
  let [nowMs, signs, away]: [number, VitalSigns, boolean] = [0, goodVitals(), false];
  let known: AlertEntry[] = [];
  const book: AlertBook = {
    settle: async (decideOn: (known: AlertEntry[]) => ReturnType<typeof decide>) => {
      if (away) throw new Error("the database is away");
      const { entries, messages } = decideOn(known);
      const fresh = new Set(entries.map(({ kind, subject }) => kind + subject));
      known = [...known.filter(({ kind, subject }) => !fresh.has(kind + subject)), ...entries];
      told.push(...messages.map(({ kind, event, about }) => `${kind} ${event} ${about.length}`));
    },
  };
  const watch = createAlertWatch({
    vitals: async () => signs,
    book,
    clock: { now: () => new Date(1_800_000_000_000 + nowMs), monotonicMs: () => nowMs, wait: async () => {} },
    limits: { wordsLateHours: 4, host: "app-1" },
    repeatHours: 6,
  });
  return {
    ...{ told, watch },
    look: (atMs: number, different: Partial<VitalSigns> = {}) => {
      [nowMs, signs] = [atMs, goodVitals(different)];
      return watch.look();
    },
    loseDatabase: (lost: boolean) => {
      away = lost;
    },
  };
}

const deaf = { nodes: [{ ...goodNode, ari: "lost" as const }] };

it("a node is told only when it has been deaf for a minute without a break", async () => {
  const { look, told } = watched();
  await look(0, deaf);
  await look(45_000, deaf);
  await look(50_000);
  await look(60_000, deaf);
  await look(119_000, deaf);
  expect(told).toEqual([]);
  await look(120_000, deaf);
  expect(told).toEqual(["node-deaf raised 1"]);
  await look(130_000);
  expect(told).toEqual(["node-deaf raised 1", "node-deaf resolved 1"]);
});

it("a wrong clock is told at once", async () => {
  const { look, told } = watched();
  const database = { kind: "there", work: null, clock: { differenceMs: 9_000, uncertainMs: 1 } } as const;
  await look(0, { database });
  expect(told).toEqual(["clock-apart raised 1"]);
});

it("silent calls are remembered while the database is away, and told together", async () => {
  const { look, told, watch, loseDatabase } = watched();
  loseDatabase(true);
  watch.silentCall("a1");
  await expect(look(0)).rejects.toThrow("away");
  watch.silentCall("a2");
  loseDatabase(false);
  await look(15_000);
  expect(told).toEqual(["silent-call raised 2"]);
  await look(30_000);
  expect(told).toHaveLength(1);
});

it("a thousand silent calls leave room for the next", async () => {
  const { look, told, watch } = watched();
  for (let i = 0; i < 1_200; i++) watch.silentCall(`a${i}`);
  await look(0);
  watch.silentCall("later");
  await look(16 * 60_000);
  expect(told).toEqual(["silent-call raised 1000", "silent-call raised 1"]);
});
