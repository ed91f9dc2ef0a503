import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTrunkPace } from "#postgres/trunk-pace.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const pace = (trunk: string, callsPerSecond: number) => createTrunkPace(db.pool, { trunk, callsPerSecond });
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
    await passed("shared", 60);
    const taken = await Promise.all(instances.map((instance) => instance.take(100)));
    // One call and a quarter of a second's are saved up at most; a slow machine gains a little while it asks.
    const all = taken.reduce((sum, count) => sum + count, 0);
    expect(all).toBeGreaterThanOrEqual(3);
    expect(all).toBeLessThanOrEqual(5);
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

  it("falls for all when one of them meets a storm, and rises again", async () => {
    const [one, other] = [pace("stormy", 4), pace("stormy", 4)];
    for (let n = 0; n < 6; n++) one.told(true);
    await one.take(1);
    expect(one.share).toBe(0.5);
    await passed("stormy", 1);
    await other.take(1);
    expect(other.callsPerSecond).toBe(2);
    for (let n = 0; n < 5; n++) {
      await passed("stormy", 6);
      await other.take(1);
    }
    expect(other.share).toBeCloseTo(1);
  });
});
