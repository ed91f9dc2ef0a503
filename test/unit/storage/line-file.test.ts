import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { repositoryFile } from "#rehearsal/repository.ts";
import { LineFile } from "#storage/line-file.ts";

const folder = mkdtempSync(join(tmpdir(), "hearback-lines-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a file of lines", () => {
  it("brings lines that wait for one another to the disk at one go, in their order", async () => {
    const file = new LineFile(join(folder, "shared"));
    await file.append("first");
    const { FileHandle } = await fileHandle(file.path);
    const synced = vi.spyOn(FileHandle, "datasync");
    const lines = Array.from({ length: 40 }, (_, n) => `line ${n}`);
    await Promise.all(lines.map((line) => file.append(line)));
    expect(synced.mock.calls.length).toBeLessThanOrEqual(2);
    synced.mockRestore();
    await file.close();
    expect(readFileSync(file.path, "utf8")).toBe(["first", ...lines, ""].join("\n"));
  });

  it("acknowledges nothing on a full disk, keeps what it had, and goes on when there is room", () => {
    const path = join(folder, "full");
    const probe = repositoryFile("test/support/full-disk-probe.ts");
    // A limit of 8 KiB a file is as good as a disk of that size, and needs no mount.
    const said = execFileSync("/bin/bash", [
      "-c",
      'ulimit -f 8; exec "$0" "$1" "$2"',
      process.execPath,
      probe,
      path,
    ]);
    const { acknowledged, failed } = JSON.parse(said.toString());
    expect(acknowledged).toEqual([...["0", "1", "2", "3", "4", "5", "6", "7", "8"], "short"]);
    expect(failed).toBe(11);
    const lines = readFileSync(path, "utf8").split("\n");
    expect(lines.map((line) => line.split(" ")[0])).toEqual([...acknowledged.slice(0, -1), "a", ""]);
  });
});

/** The class that node:fs/promises keeps to itself. */
async function fileHandle(path: string) {
  const { open } = await import("node:fs/promises");
  await using handle = await open(path, "r");
  return { FileHandle: Object.getPrototypeOf(handle) as { datasync(): Promise<void> } };
}
