import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import type { StoryStore } from "#recording/ports.ts";
import { createLocalStore } from "#storage/local-disk.ts";
import { sealAudio } from "#storage/sealed-audio.ts";
import { createSealedStore, type FoundKey, type StoryKeys } from "#storage/sealed-store.ts";
import { storyStoreContract } from "../../contract/story-store.ts";

const folders: string[] = [];
async function newDisk(): Promise<StoryStore> {
  const folder = mkdtempSync(join(tmpdir(), "hearback-sealed-"));
  folders.push(folder);
  return createLocalStore(folder);
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Rows that say whatever a test wants; of each key not more than one is ever made. */
class Keys implements StoryKeys {
  readonly kept = new Map<string, Buffer>();
  lies: FoundKey["lies"] = "unknown";
  erased = false;
  find = async (storyId: string): Promise<FoundKey | null> =>
    this.erased ? null : { key: this.kept.get(storyId) ?? null, lies: this.lies };
  keyFor = async (storyId: string): Promise<Buffer> => {
    if (!this.kept.has(storyId)) this.kept.set(storyId, randomBytes(32));
    return this.kept.get(storyId)!;
  };
}

storyStoreContract("sealed files in a folder", async () => createSealedStore(await newDisk(), new Keys()));

const audio = Buffer.from(Array.from({ length: 150_000 }, (_, i) => (i * 31) % 251));

async function sealedStory() {
  const [disk, keys] = [await newDisk(), new Keys()];
  const store = createSealedStore(disk, keys);
  const { uri } = await store.put("abc.wav", audio);
  keys.lies = "sealed";
  return { disk, keys, store, file: fileURLToPath(uri) };
}

describe("the sealed store", () => {
  it("writes nothing of the audio to the disk", async () => {
    const { file } = await sealedStory();
    expect(file).toMatch(/abc\.wav\.sealed$/);
    expect(readFileSync(file).includes(audio.subarray(0, 16))).toBe(false);
  });

  it("tells damage wherever it reads, and only there", async () => {
    const { store, file } = await sealedStory();
    const bytes = readFileSync(file);
    bytes[100_000]! ^= 1;
    writeFileSync(file, bytes);
    const refusal = { code: "story_damaged", details: { key: "abc.wav" } };
    await expect(store.read("abc.wav")).rejects.toMatchObject(refusal);
    await expect(store.readRange("abc.wav", 70_000, 70_001)).rejects.toMatchObject(refusal);
    expect(await store.readRange("abc.wav", 10, 20)).toEqual(audio.subarray(10, 20));
    writeFileSync(file, bytes.subarray(0, 140_000));
    await expect(store.size("abc.wav")).rejects.toMatchObject(refusal);
    await expect(store.readRange("abc.wav", 10, 20)).rejects.toMatchObject(refusal);
  });

  it("does not open one story's file as another's", async () => {
    const { store, keys, file } = await sealedStory();
    const { uri } = await store.put("abd.wav", audio);
    keys.kept.set("abd", keys.kept.get("abc")!); // even with the same key
    writeFileSync(fileURLToPath(uri), readFileSync(file));
    await expect(store.read("abd.wav")).rejects.toMatchObject({ code: "story_damaged" });
  });

  it("never takes plain audio for a story whose row says sealed", async () => {
    const { store, disk, file } = await sealedStory();
    await disk.put("abc.wav", Buffer.from("forged"));
    expect(await store.read("abc.wav")).toEqual(audio);
    rmSync(file);
    await expect(store.read("abc.wav")).rejects.toMatchObject({ code: "story_missing" });
  });

  it("reads the plain audio of old for as long as its row says so", async () => {
    const { store, disk, keys } = await sealedStory();
    await disk.put("abc.wav", Buffer.from("of old"));
    keys.lies = "plain";
    expect(await store.read("abc.wav")).toEqual(Buffer.from("of old"));
    expect(await store.size("abc.wav")).toBe(6);
    expect(await store.readRange("abc.wav", 3, 6)).toEqual(Buffer.from("old"));
  });

  it("reads on where it is sealed between looking and reading", async () => {
    const { store, keys } = await sealedStory();
    const said: FoundKey["lies"][] = ["plain", "sealed", "sealed"];
    keys.find = async (id) => ({ key: keys.kept.get(id)!, lies: said.shift()! });
    expect(await store.read("abc.wav")).toEqual(audio);
  });

  it("has nothing of a story that was erased, though its file were still there", async () => {
    const { store, keys } = await sealedStory();
    keys.erased = true;
    await expect(store.read("abc.wav")).rejects.toMatchObject({ code: "story_missing" });
  });

  it("says that a key is lost", async () => {
    const { store, keys } = await sealedStory();
    keys.kept.clear();
    await expect(store.readRange("abc.wav", 0, 1)).rejects.toMatchObject({ code: "story_key_lost" });
  });

  it("acknowledges nothing that does not open again", async () => {
    const { disk, keys } = await sealedStory();
    const other = { storyId: "abe", key: await keys.keyFor("abe") };
    for (const back of [Buffer.from("something else"), sealAudio(Buffer.from("other audio"), other)]) {
      const forgetful = { ...disk, read: async () => back };
      const putting = createSealedStore(forgetful, keys).put("abe.wav", audio);
      await expect(putting).rejects.toMatchObject({ code: "story_damaged" });
    }
  });

  it("removes both, sealed and plain", async () => {
    const { store, disk } = await sealedStory();
    await disk.put("abc.wav", Buffer.from("of old"));
    await store.remove("abc.wav");
    for (const key of ["abc.wav", "abc.wav.sealed"])
      await expect(disk.read(key)).rejects.toMatchObject({ code: "story_missing" });
  });
});
