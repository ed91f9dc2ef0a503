/** The master key changed for another while stories are kept and heard: `hearback keys` on a real database. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { auditPage } from "#postgres/audit-log.ts";
import { masterKeysInUse, proveMasterKeys } from "#postgres/master-keys.ts";
import { rotateKeys } from "#postgres/rotate-keys.ts";
import { createStoryKeys } from "#postgres/story-keys.ts";
import type { MasterKeys } from "#storage/master-key.ts";
import { createSealedStore } from "#storage/sealed-store.ts";
import { dataKey, mastersOf, SealedHouse, spokenAs } from "../support/sealed-house.ts";
import { hearback } from "../unit/cli/run-command.ts";

const [first, second] = [Buffer.alloc(32, 21), Buffer.alloc(32, 22)];
const derived = mastersOf();
const by = { kind: "command", id: "me", name: "me" } as const;
const quiet = { by, progress: () => {} };

let house: SealedHouse;
let stories: string[];
beforeEach(async () => {
  house = await SealedHouse.open();
  stories = [];
  for (const pitch of [4, 5, 6]) stories.push(await house.toldAndKept(spokenAs(pitch)));
});
afterEach(() => house.close());

/** Which of the stories can be heard with these master keys. */
async function heardWith(masters: MasterKeys): Promise<boolean[]> {
  const store = createSealedStore(house.disk, createStoryKeys(house.pool, masters));
  return Promise.all(
    stories.map((id) =>
      store.readRange(`${id}.wav`, 0, 4).then(
        (bytes) => bytes.toString("latin1") === "RIFF",
        () => false,
      ),
    ),
  );
}
const usedBy = async (masters: MasterKeys) =>
  (await masterKeysInUse(house.pool, masters)).map(({ keyId, stories: count, fits }) => [keyId, count, fits]);

describe("rotation", () => {
  it("wraps every key anew, touches no file, and retires the old one", async () => {
    const masters = mastersOf(first);
    const files = "select string_agg(sha256, ',' order by id) as all from story";
    const before = await house.one(files);
    expect(await rotateKeys(house.pool, masters, quiet)).toEqual({
      ...{ rewrapped: 3, retired: [derived.keyId], damaged: [] },
    });
    expect(await usedBy(masters)).toEqual([[masters.keyId, 3, true]]);
    expect(await house.one(files)).toEqual(before);
    expect(await heardWith(masters)).toEqual([true, true, true]);
    expect(await heardWith(derived), "the old key alone opens nothing").toEqual([false, false, false]);
    const { items } = await auditPage(house.pool, { actions: ["key-rotate"] }, { before: null, limit: 9 });
    expect(items).toMatchObject([{ who: by, details: { keyId: masters.keyId, rows: 3, count: 1 } }]);
    expect(await house.broken()).toEqual([]);
  });

  it("that died half-way leaves all to be heard with both keys, and goes on", async () => {
    await rotateKeys(house.pool, mastersOf(first), quiet);
    const both = mastersOf(second, first);
    let wrapped = 0;
    const dying: MasterKeys = {
      ...both,
      wrap: (key, of) =>
        of !== "proof" && ++wrapped > 2 ? Promise.reject(new Error("killed")) : both.wrap(key, of),
    };
    await expect(rotateKeys(house.pool, dying, quiet)).rejects.toThrow("killed");
    // The batch is one transaction; where there are more, those before it stay.
    await house.pool.query("update story_key set master_key = $2, wrapped = $3 where story_id = $1", [
      stories[0],
      both.keyId,
      await both.wrap(await keyOf(stories[0]!, both), `story ${stories[0]}`),
    ]);
    expect(await heardWith(both)).toEqual([true, true, true]);
    expect(await heardWith(mastersOf(first))).toEqual([false, true, true]);
    await expect(proveMasterKeys(house.pool, mastersOf(second))).rejects.toMatchObject({
      code: "master_key_missing",
    });
    expect(await rotateKeys(house.pool, both, quiet)).toMatchObject({
      ...{ rewrapped: 2, retired: [mastersOf(first).keyId], damaged: [] },
    });
    expect(await heardWith(mastersOf(second))).toEqual([true, true, true]);
  });

  it("changes nothing where the key of before is not at hand", async () => {
    await rotateKeys(house.pool, mastersOf(first), quiet);
    await expect(rotateKeys(house.pool, mastersOf(second), quiet)).rejects.toMatchObject({
      code: "master_key_missing",
      details: { keyId: mastersOf(first).keyId },
    });
    expect(await heardWith(mastersOf(first))).toEqual([true, true, true]);
  });

  it("changes nothing either where only one of two is not", async () => {
    const { storyId } = await house.tell(spokenAs(7));
    await createStoryKeys(house.pool, mastersOf(first)).keyFor(storyId);
    const before = await usedBy(mastersOf(first));
    expect(before.map(([, count]) => count)).toEqual([3, 1]);
    await expect(rotateKeys(house.pool, mastersOf(second), quiet)).rejects.toMatchObject({
      code: "master_key_missing",
    });
    expect(await usedBy(mastersOf(first))).toEqual(before);
  });

  it("leaves a key that was damaged as it is, and tells whose it is", async () => {
    await house.pool.query("update story_key set wrapped = wrapped || '\\x00' where story_id = $1", [
      stories[1],
    ]);
    const masters = mastersOf(first);
    expect(await rotateKeys(house.pool, masters, quiet)).toEqual({
      ...{ rewrapped: 2, retired: [], damaged: [stories[1]] },
    });
    expect(await heardWith(masters)).toEqual([true, false, true]);
  });

  it("goes on beside a process that wraps with the old key: that one stays until the next run", async () => {
    const masters = mastersOf(first);
    await rotateKeys(house.pool, masters, quiet);
    stories.push(await house.toldAndKept(spokenAs(7)));
    expect(await usedBy(masters)).toEqual([
      [masters.keyId, 3, true],
      [derived.keyId, 1, true],
    ]);
    expect(await heardWith(masters)).toEqual([true, true, true, true]);
    expect(await rotateKeys(house.pool, masters, quiet)).toMatchObject({
      rewrapped: 1,
      retired: [derived.keyId],
    });
  });

  it("at the same time as new keys are made loses none of them", async () => {
    const masters = mastersOf(first);
    const told = await Promise.all([8, 9, 10].map((pitch) => house.tell(spokenAs(pitch))));
    await Promise.all([
      ...told.map(({ callId }) => house.keep(callId)),
      rotateKeys(house.pool, masters, quiet),
      rotateKeys(house.pool, masters, quiet),
    ]);
    stories.push(...told.map(({ storyId }) => storyId));
    await rotateKeys(house.pool, masters, quiet);
    expect(await usedBy(masters)).toEqual([[masters.keyId, 6, true]]);
    expect(await heardWith(masters)).toEqual(stories.map(() => true));
  });
});

const keyOf = async (storyId: string, masters: MasterKeys): Promise<Buffer> =>
  (await createStoryKeys(house.pool, masters).find(storyId))!.key!;

describe("hearback keys", () => {
  const run = (args: string[], more: Record<string, string> = {}) =>
    hearback(["keys", ...args], {
      env: {
        HEARBACK_DATABASE_URL: house.database.url,
        HEARBACK_DATA_KEY: dataKey.toString("hex"),
        ...more,
      },
    });

  it("tells what is in use, and rotates", async () => {
    const given = { HEARBACK_MASTER_KEY: first.toString("base64") };
    const both = {
      HEARBACK_MASTER_KEY: second.toString("hex"),
      HEARBACK_OLD_MASTER_KEYS: `${first.toString("base64")}\n`,
    };
    expect((await run(["status"])).stdout).toBe(`${derived.keyId}  3 stories' keys  wraps new ones\n`);
    expect((await run(["status"], given)).stdout).toBe(
      `${derived.keyId}  3 stories' keys  of before: hearback keys rotate\n${mastersOf(first).keyId}  wraps new ones, and none yet\n`,
    );
    const { stdout, stderr, status } = await run(["rotate"], given);
    expect(stdout).toBe(
      `3 stories' keys wrapped with ${mastersOf(first).keyId}.\n${derived.keyId} wraps nothing any more.\n`,
    );
    expect(stderr).toBe("3 of 3 keys wrapped anew\n");
    expect(status).toBe(0);
    expect((await run(["rotate"], both)).status).toBe(0);
    expect(await heardWith(mastersOf(second))).toEqual([true, true, true]);
  });

  it("says which key is missing, with status 1", async () => {
    await rotateKeys(house.pool, mastersOf(first), quiet);
    const told = await run(["status"]);
    expect(told.stdout).toContain(
      `${mastersOf(first).keyId}  3 stories' keys  of before: hearback keys rotate; NOT AT HAND`,
    );
    expect(told.status).toBe(1);
    const refused = await run(["rotate"]);
    expect(refused.stderr).toContain(`The master key ${mastersOf(first).keyId} is not among the settings`);
    expect(refused.status).toBe(1);
    expect(refused.stderr).not.toContain(first.toString("hex").slice(0, 16));
  });
});
