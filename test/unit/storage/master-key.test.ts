import { describe, expect, it } from "vitest";
import { createMasterKeys } from "#storage/master-key.ts";

const dataKey = Buffer.alloc(32, 1);
const [first, second] = [Buffer.alloc(32, 2), Buffer.alloc(32, 3)];
const storyKey = Buffer.alloc(32, 9);
const of = "story 1";

const derived = createMasterKeys({ dataKey, masterKey: null, oldMasterKeys: [] });
const one = createMasterKeys({ dataKey, masterKey: first, oldMasterKeys: [] });
const two = createMasterKeys({ dataKey, masterKey: second, oldMasterKeys: [first] });

describe("master keys", () => {
  it("unwrap what they wrapped, which shows nothing of the key and never looks the same twice", async () => {
    const [a, b] = [await one.wrap(storyKey, of), await one.wrap(storyKey, of)];
    expect(a).not.toEqual(b);
    expect(a.includes(storyKey.subarray(0, 8))).toBe(false);
    expect(await one.unwrap(one.keyId, a, of)).toEqual(storyKey);
  });

  it("have names that tell them apart, and where they come from", () => {
    expect(derived.keyId).toMatch(/^data-key:[0-9a-f]{16}$/);
    expect(one.keyId).toMatch(/^file:[0-9a-f]{16}$/);
    expect(two.keyIds).toEqual([two.keyId, one.keyId, derived.keyId]);
    expect(createMasterKeys({ dataKey, masterKey: first, oldMasterKeys: [first] }).keyIds).toEqual(
      one.keyIds,
    );
  });

  it("read what earlier ones wrapped, the one of the data key included", async () => {
    expect(await two.unwrap(one.keyId, await one.wrap(storyKey, of), of)).toEqual(storyKey);
    expect(await two.unwrap(derived.keyId, await derived.wrap(storyKey, of), of)).toEqual(storyKey);
  });

  it("say which one is missing", async () => {
    const wrapped = await two.wrap(storyKey, of);
    await expect(one.unwrap(two.keyId, wrapped, of)).rejects.toMatchObject({
      code: "master_key_missing",
      details: { keyId: two.keyId },
    });
  });

  it("open nothing that was changed, is another story's, or came under another name", async () => {
    const wrapped = await one.wrap(storyKey, of);
    const wrong = { code: "master_key_wrong" };
    for (let at = 0; at < wrapped.length; at++) {
      const changed = Buffer.from(wrapped);
      changed[at]! ^= 1;
      await expect(one.unwrap(one.keyId, changed, of)).rejects.toMatchObject(wrong);
    }
    await expect(one.unwrap(one.keyId, wrapped, "story 2")).rejects.toMatchObject(wrong);
    await expect(one.unwrap(one.keyId, wrapped.subarray(0, 20), of)).rejects.toMatchObject(wrong);
    await expect(two.unwrap(derived.keyId, wrapped, of)).rejects.toMatchObject(wrong);
  });
});
