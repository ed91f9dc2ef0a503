/**
 * The voice data of SVOX Pico, out of Debian's package libttspico-data (non-free: redistributable, without its source).
 * Only a maintainer who remakes prompts needs it.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { machineApt } from "./machine-apt.ts";

const run = promisify(execFile);

const FILES = {
  "en-GB_ta.bin": "57998f6423236dea25cd572a73b13f371e64155840e31b571eba7fca0b521b7e",
  "en-GB_kh0_sg.bin": "8f9f5d13a920a9f3371517178d42ce89b835f1e587760c2db280beb593c388fa",
};

/** Into this folder, the first time. */
export async function fetchPicoData(folder: string): Promise<void> {
  if (await hasPicoData(folder)) return;
  const scratch = await mkdtemp(join(tmpdir(), "hearback-pico-"));
  try {
    const apt = await machineApt(scratch, { nonFree: true });
    await run("apt-get", [...apt, "update"], { cwd: scratch });
    await run("apt-get", [...apt, "download", "libttspico-data"], { cwd: scratch });
    const deb = (await readdir(scratch)).find((name) => name.endsWith(".deb"));
    await run("dpkg", ["-x", join(scratch, deb ?? "libttspico-data.deb"), scratch]);
    await mkdir(folder, { recursive: true });
    for (const file of Object.keys(FILES)) {
      await copyFile(join(scratch, "usr/share/pico/lang", file), join(folder, file));
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  if (!(await hasPicoData(folder)))
    throw new Error(`the voice data in ${folder} is not what was expected (sha256)`);
}

/** Whole, and what we expect. */
export async function hasPicoData(folder: string): Promise<boolean> {
  for (const [file, sha256] of Object.entries(FILES)) {
    const bytes = await readFile(join(folder, file)).catch(() => Buffer.of());
    if (createHash("sha256").update(bytes).digest("hex") !== sha256) return false;
  }
  return true;
}
