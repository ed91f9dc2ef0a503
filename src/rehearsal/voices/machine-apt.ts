/** The machine's apt with lists and a cache of its own: it installs nothing, and needs no root. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The machine's own sources, where wished with `non-free` added, and everything apt writes inside the scratch folder. */
export async function machineApt(scratch: string, { nonFree = false } = {}): Promise<string[]> {
  const parts = join(scratch, "sources");
  for (const folder of [parts, join(scratch, "lists/partial"), join(scratch, "cache/archives/partial")]) {
    await mkdir(folder, { recursive: true });
  }
  for (const [i, path] of (await sourceFiles()).entries()) {
    const text = await readFile(path, "utf8");
    const suffix = path.endsWith(".sources") ? "sources" : "list";
    const main = suffix === "sources" ? /^(Components:.*\bmain\b.*)$/gm : /^(deb .*\bmain\b.*)$/gm;
    await writeFile(join(parts, `${i}.${suffix}`), nonFree ? text.replaceAll(main, "$1 non-free") : text);
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
