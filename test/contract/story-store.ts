/** What every StoryStore must do, whatever keeps the bytes. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { StoryStore } from "#recording/ports.ts";

export function storyStoreContract(name: string, createStore: () => Promise<StoryStore>): void {
  describe(`a story store: ${name}`, () => {
    const audio = Buffer.from(Array.from({ length: 10_000 }, (_, i) => (i * 31) % 256));

    it("gives back what was put, and tells its hash, length and address", async () => {
      const store = await createStore();
      const kept = await store.put("a-story.wav", audio);
      const there = readFileSync(fileURLToPath(kept.uri));
      expect(kept.sha256).toBe(createHash("sha256").update(there).digest("hex"));
      expect(kept.bytes).toBe(there.length);
      expect(kept.uri).toMatch(/^[a-z0-9]+:\/\/.*a-story\.wav(\.sealed)?$/);
      expect(await store.read("a-story.wav")).toEqual(audio);
    });

    it("takes the same bytes twice, also at the same time", async () => {
      const store = await createStore();
      const [one, other] = await Promise.all([store.put("twice.wav", audio), store.put("twice.wav", audio)]);
      expect(one).toEqual(other);
      expect(await store.put("twice.wav", audio)).toEqual(one);
    });

    it("never overwrites other audio", async () => {
      const store = await createStore();
      await store.put("kept.wav", audio);
      await expect(store.put("kept.wav", Buffer.from("other"))).rejects.toMatchObject({
        code: "story_key_taken",
      });
      expect(await store.read("kept.wav")).toEqual(audio);
    });

    it("says that it has none, and removes what is not there", async () => {
      const store = await createStore();
      await store.remove("gone.wav");
      await expect(store.read("gone.wav")).rejects.toMatchObject({ code: "story_missing" });
    });

    it("forgets what was removed", async () => {
      const store = await createStore();
      await store.put("forgotten.alaw", audio);
      await store.remove("forgotten.alaw");
      await expect(store.read("forgotten.alaw")).rejects.toMatchObject({ code: "story_missing" });
      await store.put("forgotten.alaw", Buffer.from("new"));
      expect(await store.read("forgotten.alaw")).toEqual(Buffer.from("new"));
    });

    it("tells the length, and gives any stretch of it", async () => {
      const store = await createStore();
      const long = Buffer.concat(Array.from({ length: 20 }, () => audio));
      await store.put("long.wav", long);
      expect(await store.size("long.wav")).toBe(long.length);
      const edges = [0, 1, 57, 65_535, 65_536, 65_537, 131_072, 199_999, 200_000];
      for (const from of edges)
        for (const to of edges.filter((edge) => edge >= from))
          expect((await store.readRange("long.wav", from, to)).equals(long.subarray(from, to))).toBe(true);
    });

    it.each([
      [-1, 5],
      [5, 4],
      [0, 10_001],
      [10_001, 10_001],
      [0.5, 4],
      [0, Number.NaN],
    ])("has no stretch from %d to %d", async (from, to) => {
      const store = await createStore();
      await store.put("short.wav", audio);
      await expect(store.readRange("short.wav", from, to)).rejects.toMatchObject({ code: "story_range_bad" });
    });

    it("has neither length nor stretch of what is not there", async () => {
      const store = await createStore();
      const refusal = { code: "story_missing" };
      await expect(store.size("gone.wav")).rejects.toMatchObject(refusal);
      await expect(store.readRange("gone.wav", 0, 0)).rejects.toMatchObject(refusal);
    });

    const bad = [
      "",
      ".wav",
      "../x.wav",
      "..%2fx.wav",
      "/etc/passwd",
      "a/b.wav",
      "a\0.wav",
      "A.wav",
      "x.mp3",
      "x.wav\n",
    ];
    it.each([...bad, "․․.wav", `${"a".repeat(65)}.wav`])("refuses the key %j", async (key) => {
      const store = await createStore();
      const refusal = { code: "story_key_bad" };
      await expect(store.put(key, audio)).rejects.toMatchObject(refusal);
      await expect(store.read(key)).rejects.toMatchObject(refusal);
      await expect(store.size(key)).rejects.toMatchObject(refusal);
      await expect(store.readRange(key, 0, 0)).rejects.toMatchObject(refusal);
      await expect(store.remove(key)).rejects.toMatchObject(refusal);
    });
  });
}
