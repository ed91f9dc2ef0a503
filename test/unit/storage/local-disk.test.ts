import { mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { createLocalStore } from "#storage/local-disk.ts";
import { storyStoreContract } from "../../contract/story-store.ts";

const folders: string[] = [];
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "hearback-stories-"));
  folders.push(folder);
  return folder;
}
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

storyStoreContract("a folder", async () => createLocalStore(await newFolder()));

describe("the local store", () => {
  it("lets nobody but us read, and leaves no unfinished file", async () => {
    const folder = join(await newFolder(), "stories");
    const store = await createLocalStore(folder);
    const { uri } = await store.put("abc.wav", Buffer.from("audio"));
    expect(fileURLToPath(uri)).toBe(join(folder, "ab", "abc.wav"));
    expect((await stat(fileURLToPath(uri))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, "ab"))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(folder, "ab"))).toEqual(["abc.wav"]);
  });

  it("does not stumble over what is not its own, such as the lost+found of a disk", async () => {
    const folder = await newFolder();
    await writeFile(join(folder, "README"), "Stories of patients. Keep out.");
    await mkdir(join(folder, "lost+found"), { mode: 0o000 });
    const store = await createLocalStore(folder);
    await store.put("abc.wav", Buffer.from("audio"));
    expect((await readdir(folder)).sort()).toEqual(["README", "ab", "lost+found"]);
  });

  it("keeps stories of the same first letters apart", async () => {
    const store = await createLocalStore(await newFolder());
    await store.put("a.wav", Buffer.from("one"));
    await store.put("a.alaw", Buffer.from("two"));
    expect(await store.read("a.wav")).toEqual(Buffer.from("one"));
  });

  it("does not follow a link out of its folder", async () => {
    const [folder, elsewhere] = [await newFolder(), await newFolder()];
    await mkdir(join(elsewhere, "deep"));
    await writeFile(join(elsewhere, "deep", "abc.wav"), "somebody else's");
    const store = await createLocalStore(folder);
    await symlink(join(elsewhere, "deep"), join(folder, "ab"));
    await expect(store.read("abc.wav")).rejects.toMatchObject({ code: "story_key_bad" });
    await expect(store.put("abd.wav", Buffer.from("x"))).rejects.toMatchObject({ code: "story_key_bad" });
  });

  it("removes what a killed process had begun to write: at start when it is old, with the story at once", async () => {
    const folder = await newFolder();
    const store = await createLocalStore(folder);
    await store.put("abc.wav", Buffer.from("audio"));
    for (const name of ["abc.wav.1.part", "abd.wav.2.part"]) await writeFile(join(folder, "ab", name), "au");
    await utimes(join(folder, "ab", "abd.wav.2.part"), 0, 0);
    await createLocalStore(folder);
    expect((await readdir(join(folder, "ab"))).sort()).toEqual(["abc.wav", "abc.wav.1.part"]);
    await store.remove("abc.wav");
    expect(await readdir(join(folder, "ab"))).toEqual([]);
  });

  it("replaces nothing when what lies there was damaged", async () => {
    const folder = await newFolder();
    const store = await createLocalStore(folder);
    await store.put("abc.wav", Buffer.from("audio"));
    await writeFile(join(folder, "ab", "abc.wav"), "aud");
    await expect(store.put("abc.wav", Buffer.from("audio"))).rejects.toMatchObject({
      code: "story_key_taken",
    });
  });
});
