import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Clock, systemClock } from "#lib/clock.ts";
import { createTrunkDesk } from "#postgres/trunk-desk.ts";
import { createTrunkPace } from "#postgres/trunk-pace.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const pace = (trunk: string, callsPerSecond: number) => {
  const made = createTrunkPace(db.pool, {
    ...{ trunks: [trunk], chooses: false, callsPerSecond },
    clock: systemClock,
  });
  const take = async (most: number) => (await made.take(most)).length;
  return {
    ...{ take, told: (refused: boolean) => made.told(null, refused) },
    giveBack: (count: number) => made.giveBack(new Array(count).fill(trunk)),
    share: () => made.share,
    callsPerSecond: () => made.callsPerSecond,
  };
};
/** As if so much time had passed for this trunk. */
const passed = (trunk: string, seconds: number) =>
  db.pool.query(
    `update housekeeping.trunk_pace set filled_at = filled_at - $2 * interval '1 s', since = since - $2 * interval '1 s'
     where trunk = $1`,
    [trunk, seconds],
  );

describe("a trunk's pace", () => {
  it("is shared by all instances: together they start no more than the trunk allows", async () => {
    const instances = [pace("shared", 8), pace("shared", 8), pace("shared", 8)];
    await instances[0]!.take(1);
    const began = performance.now();
    await passed("shared", 60);
    const taken = await Promise.all(instances.map((instance) => instance.take(100)));
    const secondsAsked = (performance.now() - began) / 1000;
    // One call and a quarter of a second's are saved up at most; and eight a second come while they ask.
    const all = taken.reduce((sum, count) => sum + count, 0);
    expect(all).toBeGreaterThanOrEqual(3);
    expect(all).toBeLessThanOrEqual(3 + Math.ceil(8 * secondsAsked));
  });

  it("takes nothing from others for calls that were not due", async () => {
    const idle = pace("idle", 0.001);
    expect(await idle.take(5)).toBe(1);
    idle.giveBack(1);
    for (let n = 0; n < 5; n++) {
      expect(await idle.take(5)).toBe(1);
      idle.giveBack(1);
    }
    expect(await pace("idle", 0.001).take(5)).toBe(0);
  });

  it("saves up no more than a bucket holds, however many look at once and find nothing to call", async () => {
    const night = pace("night", 8);
    for (let round = 0; round < 5; round++) {
      await passed("night", 60);
      const taken = await Promise.all([night.take(3), night.take(3), night.take(3), night.take(3)]);
      for (const count of taken) night.giveBack(count);
    }
    expect(await night.take(100)).toBe(3);
  });

  it("falls for all when one of them meets a storm, and rises again", async () => {
    const [one, other] = [pace("stormy", 4), pace("stormy", 4)];
    for (let n = 0; n < 6; n++) one.told(true);
    await one.take(1);
    expect(one.share()).toBe(0.5);
    await passed("stormy", 1);
    await other.take(1);
    expect(other.callsPerSecond()).toBe(2);
    for (let n = 0; n < 5; n++) {
      await passed("stormy", 6);
      await other.take(1);
    }
    expect(other.share()).toBeCloseTo(1);
  });
});

describe("two trunks", () => {
  const two = (
    callsPerSecond: number,
    [first, second]: [string, string],
    clock: Pick<Clock, "monotonicMs"> = systemClock,
  ) => createTrunkPace(db.pool, { ...{ trunks: [first, second], chooses: true, callsPerSecond }, clock });
  const counted = async (taken: Promise<readonly string[]>) => {
    const trunks = await taken;
    return Object.fromEntries(
      [...new Set(trunks)].map((name) => [name, trunks.filter((each) => each === name).length]),
    );
  };

  it("give everything to the first while it is well", async () => {
    const names: [string, string] = ["first-a", "second-a"];
    const both = two(8, names);
    await both.take(1);
    for (const name of names) await passed(name, 60);
    const { "first-a": first, "second-a": second = 0 } = await counted(both.take(100));
    expect(first).toBe(3);
    // One call is saved up for it from the beginning; its share fills nothing.
    expect(second).toBeLessThanOrEqual(1);
  });

  it("give the second what the first refuses, and the first all again when it is well", async () => {
    const names: [string, string] = ["first-b", "second-b"];
    const both = two(80, names);
    const laterBy = async (seconds: number) => {
      for (const name of names) await passed(name, seconds);
      return counted(both.take(1_000));
    };
    for (let storm = 0; storm < 6; storm++) {
      for (let n = 0; n < 6; n++) both.told("first-b", true);
      await laterBy(1);
    }
    const away = await laterBy(4);
    expect(away["second-b"]).toBeGreaterThan(10 * (away["first-b"] ?? 1));
    // Never more than one trunk alone would have had.
    expect(both.callsPerSecond).toBeLessThanOrEqual(80);
    for (let quiet = 0; quiet < 12; quiet++) await laterBy(6);
    const back = await laterBy(4);
    expect(back["first-b"]).toBeGreaterThan(10 * (back["second-b"] ?? 1));
  });

  it("give back what was not due to where it came from", async () => {
    const both = two(0.001, ["first-c", "second-c"]);
    const taken = await both.take(5);
    both.giveBack(taken);
    expect(await both.take(5)).toEqual(taken);
  });
});

describe("a trunk that staff take out of use", () => {
  const desk = () => createTrunkDesk(db.pool, { kind: "command", id: "sam" });
  const clockOf = () => {
    let atMs = 0;
    const pass = (ms: number) => {
      atMs += ms;
    };
    return { monotonicMs: () => atMs, pass };
  };
  const twoOf = (names: [string, string], clock = clockOf()) => ({
    clock,
    pace: createTrunkPace(db.pool, { ...{ trunks: names, chooses: true, callsPerSecond: 8 }, clock }),
    later: async (seconds: number) => {
      for (const name of names) await passed(name, seconds);
    },
  });

  it("begins no call: the next one carries them, and it has them again when it is let in", async () => {
    const names: [string, string] = ["first-d", "second-d"];
    const { pace, later } = twoOf(names);
    await pace.take(1);
    await desk().drain("first-d", "sam", "a new contract");
    await later(60);
    expect(new Set(await pace.take(100))).toEqual(new Set(["second-d"]));
    expect(await desk().resume("first-d", "sam")).toBe(true);
    expect(await desk().resume("first-d", "sam")).toBe(false);
    await later(60);
    expect(await pace.take(3)).toEqual(["first-d", "first-d", "first-d"]);
  });

  it("begins none where there is no other, and that is no storm: its own pace stays what it was", async () => {
    const names: [string, string] = ["first-e", "second-e"];
    const { pace, later } = twoOf(names);
    await pace.take(1);
    for (const name of names) await desk().drain(name, "sam");
    await later(60);
    expect(await pace.take(100)).toEqual([]);
    expect(pace.share).toBe(0);
    const ours = (await desk().list()).filter(({ trunk }) => names.includes(trunk));
    expect(ours.map(({ share, draining }) => [share, draining?.by])).toEqual([
      [1, "sam"],
      [1, "sam"],
    ]);
  });

  it("begins none that was saved up for it either, a second later", async () => {
    const names: [string, string] = ["first-f", "second-f"];
    const { pace, clock, later } = twoOf(names);
    await later(60);
    const taken = await pace.take(1);
    expect(taken).toEqual(["first-f"]);
    pace.giveBack(taken);
    await desk().drain("first-f", "sam");
    clock.pass(1_000);
    expect(await pace.take(1)).not.toContain("first-f");
  });

  it("is told by name, and who did it and why is in the audit, once", async () => {
    const { pace } = twoOf(["first-g", "second-g"]);
    await pace.take(1);
    await expect(desk().drain("nowhere", "sam")).rejects.toThrow(/no trunk "nowhere"; there are: .*first-g/);
    for (const reason of ["a new contract", "once more"]) await desk().drain("first-g", "sam", reason);
    const { rows } = await db.pool.query(
      "select action, who_name, reason from housekeeping.audit_entry where subject_kind = 'trunk' and subject_id = 'first-g'",
    );
    expect(rows).toEqual([{ action: "trunk-drain", who_name: "sam", reason: "a new contract" }]);
  });
});
