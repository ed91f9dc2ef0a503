import { mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hashOf } from "#release/files.ts";
import { readReleaseFolders } from "#storage/release-folders.ts";
import { readingUnchangedOnce } from "#storage/unchanged-files.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hearback-files-"));
  file = join(folder, "hello.wav");
  writeFileSync(file, "one");
});
afterEach(() => rmSync(folder, { recursive: true }));

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe("a file", () => {
  it("that has not changed is read once", () => {
    const read = readingUnchangedOnce();
    expect(read(file)).toBe(read(file));
  });

  it("is read again once it changed, also in the same second and of the same size", () => {
    const read = readingUnchangedOnce();
    const { atime, mtime } = statSync(file);
    expect(text(read(file))).toBe("one");
    writeFileSync(`${file}.new`, "two");
    utimesSync(`${file}.new`, atime, mtime);
    renameSync(`${file}.new`, file);
    expect(text(read(file))).toBe("two");
  });

  it("that is gone is an error, and not what it was", () => {
    const read = readingUnchangedOnce();
    read(file);
    rmSync(file);
    expect(() => read(file)).toThrow(/ENOENT/);
  });
});

it("the folders' files are the same bytes at the second look, and their hashes known", () => {
  const read = readingUnchangedOnce();
  const folders = { flowFolder: "dialplans/flows", promptFolder: "prompts", asteriskFolder: null };
  const [first, second] = [readReleaseFolders(folders, read), readReleaseFolders(folders, read)];
  expect([...second.keys()]).toEqual([...first.keys()]);
  for (const [path, bytes] of second) expect(first.get(path), path).toBe(bytes);
  const path = "prompts/en-GB/hello.wav";
  expect(hashOf(second.get(path)!)).toBe(hashOf(Uint8Array.from(first.get(path)!)));
});
