// Maintainer's command: npx node src/rehearsal/packages/refresh-lock.ts [--kamailio] [MIRROR]
// Writes debian.lock (or kamailio.lock) anew with the suite's current versions of exactly the packages that are needed to run.
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { mustRun } from "#rehearsal/run-program.ts";
import { findLibraries } from "./check-prefix.ts";
import { packageName, writeLock } from "./lock-file.ts";
import { findMirror } from "./mirror.ts";
import { PrivateApt } from "./private-apt.ts";
import { unpackDebs } from "./unpack.ts";
import { DISPATCHER, LOADER, SUITE, TELEPHONY } from "./wanted.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { kamailio: { type: "boolean" } },
});
const wanted = values.kamailio ? DISPATCHER : TELEPHONY;
const work = await mkdtemp(join(await realpath(tmpdir()), "hearback-lock-"));
try {
  const apt = new PrivateApt(join(work, "apt"), await findMirror(positionals[0]));
  await apt.update(console.error);
  console.error("downloading the whole closure");
  const debs = await apt.download(wanted.roots, true);
  const prefix = join(work, "prefix");
  await unpackDebs(debs, prefix);
  const names = new Set([...wanted.data, ...(await ownersOfWhatRuns(prefix, debs))]);
  const known = await apt.describe([...names]);
  const files = [...names].map((name) => known.get(name)!);
  const comment = [
    `Debian ${SUITE}, ${new Date().toISOString().slice(0, 10)}: sha256, bytes, path below a mirror's root.`,
    "Written by refresh-lock.ts, not by hand.",
  ];
  await writeFile(wanted.lockPath, writeLock(files, comment));
  const megabytes = files.reduce((sum, file) => sum + file.bytes, 0) / 1e6;
  console.error(`${wanted.lockPath}: ${files.length} packages, ${megabytes.toFixed(1)} MB`);
} finally {
  await rm(work, { recursive: true, force: true });
}

/** The packages that own the wanted programs and modules, and every library that the loader finds for them. */
async function ownersOfWhatRuns(prefix: string, debs: readonly string[]): Promise<Set<string>> {
  const owners = await fileOwners(debs);
  const { libraries, unloadable } = await findLibraries(prefix, wanted.binaries());
  if (unloadable.size > 0) throw new Error([...unloadable].map((fault) => fault.join(": ")).join("\n"));
  const paths = new Set([LOADER, ...libraries.keys()]);
  for (const { name, path } of [...libraries.values()].flat()) {
    if (path === undefined) throw new Error(`${name} is in no package of the closure`);
    paths.add(path.slice(prefix.length + 1));
    paths.add((await realpath(path)).slice(prefix.length + 1));
  }
  return new Set([...paths].map((path) => owners.get(path)).filter((owner) => owner !== undefined));
}

async function fileOwners(debs: readonly string[]): Promise<Map<string, string>> {
  const owners = new Map<string, string>();
  for (const deb of debs) {
    const script = 'set -o pipefail; dpkg-deb --fsys-tarfile "$1" | tar -t';
    const listing = await mustRun(["bash", "-c", script, "list", deb]);
    for (const path of listing.split("\n")) owners.set(path.replace(/^\.\//, ""), packageName(basename(deb)));
  }
  return owners;
}
