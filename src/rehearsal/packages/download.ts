import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { runProgram } from "#rehearsal/run-program.ts";
import type { LockedFile } from "./lock-file.ts";
import { APT_HELPER } from "./mirror.ts";

export type Progress = (line: string) => void;

/** Where a locked file lies, or why we do not have it. */
export type Download = { file: LockedFile; deb: string } | { file: LockedFile; missing: string };

/** Brings the locked files into a folder. What is there already with the right hash is not fetched again. */
export async function downloadLocked(
  files: readonly LockedFile[],
  mirror: string,
  folder: string,
  progress: Progress,
): Promise<Download[]> {
  await mkdir(folder, { recursive: true });
  const before = await Promise.all(files.map((file) => check(file, folder)));
  const wanted = before.filter((download) => "missing" in download).map(({ file }) => file);
  if (wanted.length === 0) return before;

  const megabytes = wanted.reduce((sum, file) => sum + file.bytes, 0) / 1e6;
  progress(`downloading ${wanted.length} packages, ${megabytes.toFixed(0)} MB`);
  const command = [...APT_HELPER, "download-file"];
  for (const file of wanted) {
    const target = join(folder, basename(file.poolPath));
    await rm(target, { force: true });
    command.push(`${mirror}/${file.poolPath}`, target, `SHA256:${file.sha256}`);
  }
  const ticker = setInterval(async () => {
    progress(`downloaded ${((await folderBytes(folder)) / 1e6).toFixed(0)} of ${megabytes.toFixed(0)} MB`);
  }, 3_000);
  try {
    await runProgram(command);
  } finally {
    clearInterval(ticker);
  }
  // Its status says only that one of them failed; our own check says which, and trusts nobody.
  return Promise.all(files.map((file) => check(file, folder)));
}

async function check(file: LockedFile, folder: string): Promise<Download> {
  const deb = join(folder, basename(file.poolPath));
  const size = await stat(deb).then(
    (found) => found.size,
    () => undefined,
  );
  if (size === undefined) return { file, missing: "not there, or not as locked" };
  const hash = createHash("sha256");
  await pipeline(createReadStream(deb), hash);
  return hash.digest("hex") === file.sha256 ? { file, deb } : { file, missing: "has another hash" };
}

async function folderBytes(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = names.map((name) =>
    stat(join(folder, name)).then(
      (found) => found.size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0);
}
