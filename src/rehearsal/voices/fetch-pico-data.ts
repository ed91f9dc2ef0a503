/**
 * The voice data of SVOX Pico, out of Debian's package libttspico-data (non-free: redistributable, without its source).
 * Only a maintainer who remakes prompts needs it. apt works with lists and a cache of its own; the machine is untouched.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const FILES = {
  "en-GB_ta.bin": "57998f6423236dea25cd572a73b13f371e64155840e31b571eba7fca0b521b7e",
  "en-GB_kh0_sg.bin": "8f9f5d13a920a9f3371517178d42ce89b835f1e587760c2db280beb593c388fa",
};

/** Gives the folder with the data, fetched the first time. */
export async function picoData(folder: string): Promise<string> {
  if (await isWhole(folder)) return folder;
  const scratch = await mkdtemp(join(tmpdir(), "hearback-pico-"));
  try {
    const apt = await privateApt(scratch);
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
  if (!(await isWhole(folder)))
    throw new Error(`the voice data in ${folder} is not what was expected (sha256)`);
  return folder;
}

async function isWhole(folder: string): Promise<boolean> {
  for (const [file, sha256] of Object.entries(FILES)) {
    const bytes = await readFile(join(folder, file)).catch(() => Buffer.of());
    if (createHash("sha256").update(bytes).digest("hex") !== sha256) return false;
  }
  return true;
}

/** The machine's own sources with `non-free` added, and everything apt writes inside the scratch folder. */
async function privateApt(scratch: string): Promise<string[]> {
  const parts = join(scratch, "sources");
  for (const folder of [parts, join(scratch, "lists/partial"), join(scratch, "cache/archives/partial")]) {
    await mkdir(folder, { recursive: true });
  }
  for (const [i, path] of (await sourceFiles()).entries()) {
    const text = await readFile(path, "utf8");
    const [suffix, withNonFree] = path.endsWith(".sources")
      ? ["sources", text.replaceAll(/^(Components:.*\bmain\b.*)$/gm, "$1 non-free")]
      : ["list", text.replaceAll(/^(deb .*\bmain\b.*)$/gm, "$1 non-free")];
    await writeFile(join(parts, `${i}.${suffix}`), withNonFree);
  }
  const options = {
    "Dir::Etc::SourceList": "/dev/null",
    "Dir::Etc::SourceParts": parts,
    "Dir::State::Lists": join(scratch, "lists"),
    "Dir::Cache": join(scratch, "cache"),
    "Debug::NoLocking": "1",
    // apt as root would hand downloads to a user who may not enter a private folder
    ...(process.getuid?.() === 0 ? { "APT::Sandbox::User": "root" } : {}),
  };
  return Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}

async function sourceFiles(): Promise<string[]> {
  const folder = "/etc/apt/sources.list.d";
  const names = await readdir(folder).catch(() => []);
  const parts = names.filter((name) => /\.(list|sources)$/.test(name)).map((name) => join(folder, name));
  const single = "/etc/apt/sources.list";
  return (await readFile(single).catch(() => undefined)) === undefined ? parts : [single, ...parts];
}
