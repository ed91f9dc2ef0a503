import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { faultsOfPrefix } from "./check-prefix.ts";
import { downloadLocked, type Progress } from "./download.ts";
import { whileHolding } from "./install-lock.ts";
import { type Lock, packageName, readLock } from "./lock-file.ts";
import { findMirror } from "./mirror.ts";
import { PrivateApt } from "./private-apt.ts";
import { unpackDebs } from "./unpack.ts";
import { DISPATCHER, LIBRARIES, LOADER, MODEL, type PackageSet, TELEPHONY } from "./wanted.ts";

export interface InstallOptions {
  /** The folder for the packages, e.g. .hearback/packages; made if need be. */
  into: string;
  progress?: Progress | undefined;
  /** Fail where a locked file is not to be had, instead of taking the suite's current versions. */
  lockedOnly?: boolean | undefined;
  /** A Debian mirror's root; without it the one in the machine's apt settings. */
  mirror?: string | undefined;
  /** Another lock file than the project's. */
  lockPath?: string | undefined;
}

/** Programs that run from the private folder with their own libraries, and need nothing of the machine's. */
export interface Packages {
  asterisk: string;
  pocketsphinx: string;
  pocketsphinxModel: { hmm: string; lm: string; dict: string };
  /** Holds usr/ as Debian's packages do. */
  prefix: string;
}

const DONE = "installed.json";

/** Installs Asterisk and pocketsphinx, as `installSet` does; 41 MB to download the first time. */
export async function installPackages(options: InstallOptions): Promise<Packages> {
  return packagesIn(await installSet(TELEPHONY, options));
}

/** Those that `installPackages` has put there before; null where it has not. */
export async function installedPackages(into: string): Promise<Packages | null> {
  const prefix = join(resolve(into), readLock(TELEPHONY.lockPath).key);
  return (await isInstalled(prefix, { into })) ? packagesIn(prefix) : null;
}

/** Kamailio and its command line, which run from the private folder too. */
export interface DispatcherPackages {
  kamailio: string;
  kamcmd: string;
  prefix: string;
}

/** Installs Kamailio, as `installSet` does, into a folder that holds no other set; 14 MB to download the first time. */
export async function installKamailio(options: InstallOptions): Promise<DispatcherPackages> {
  const prefix = await installSet(DISPATCHER, options);
  return { kamailio: join(prefix, "bin/kamailio"), kamcmd: join(prefix, "bin/kamcmd"), prefix };
}

/**
 * Installs a set of Debian's packages into a folder, without root, and returns where they lie. At once if they are
 * there already. A killed call leaves nothing half done, and calls at the same time wait for one another. Throws
 * where a package cannot be had or does not find its libraries.
 */
export async function installSet(set: PackageSet, options: InstallOptions): Promise<string> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(`the packages are locked for x86-64 Linux; this is ${process.platform} ${process.arch}`);
  }
  const into = resolve(options.into);
  const lock = readLock(options.lockPath ?? set.lockPath);
  const prefix = join(into, lock.key);
  if (await isInstalled(prefix, options)) return prefix;
  await mkdir(into, { recursive: true, mode: 0o755 });
  return whileHolding(join(into, ".lock"), async () => {
    if (!(await isInstalled(prefix, options))) await install({ ...options, set, into, prefix, lock });
    return prefix;
  });
}

/** One set on its way into its folder. */
interface Installation extends InstallOptions {
  set: PackageSet;
  prefix: string;
  lock: Lock;
}

export function packagesIn(prefix: string): Packages {
  const model = join(prefix, MODEL);
  return {
    asterisk: join(prefix, "bin/asterisk"),
    pocketsphinx: join(prefix, "bin/pocketsphinx"),
    pocketsphinxModel: {
      hmm: join(model, "en-us"),
      lm: join(model, "en-us.lm.bin"),
      dict: join(model, "cmudict-en-us.dict"),
    },
    prefix,
  };
}

async function isInstalled(prefix: string, options: InstallOptions): Promise<boolean> {
  if (!existsSync(join(prefix, DONE))) return false;
  if (!options.lockedOnly) return true;
  return JSON.parse(await readFile(join(prefix, DONE), "utf8")).from === "lock";
}

async function install(options: Installation): Promise<void> {
  const { into, prefix, set, progress = () => {} } = options;
  await removeLeftovers(into);
  const work = await mkdtemp(join(into, ".installing-"));
  try {
    const mirror = await findMirror(options.mirror);
    const fresh = join(work, "prefix");
    const from = await fill(fresh, work, mirror, { ...options, progress });
    for (const [name, program] of Object.entries(set.programs)) await writeWrapper(fresh, name, program);
    await writeFile(join(fresh, DONE), JSON.stringify({ from, at: new Date() }));
    // Up to here nobody has seen it; from here on all of it is there.
    for (const old of await readdir(into)) {
      if (old !== ".lock" && !old.startsWith(".installing-") && old !== "downloads") {
        await rm(join(into, old), { recursive: true });
      }
    }
    await rename(fresh, prefix);
    await rm(join(into, "downloads"), { recursive: true, force: true });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Unpacks the locked files, or in their place current ones; says which, having checked that all can run. */
async function fill(
  fresh: string,
  work: string,
  mirror: string,
  options: Installation & { progress: Progress },
): Promise<"lock" | "current"> {
  const { into, lock, progress, set } = options;
  const found = await downloadLocked(lock.files, mirror, join(into, "downloads"), progress);
  const missing = found.filter((download) => "missing" in download);
  if (missing.length === 0) {
    progress("unpacking");
    const faults = await unpackAndCheck(
      found.map((download) => ("deb" in download ? download.deb : "")),
      fresh,
      set,
    );
    if (faults.length > 0) throw new Error(`the locked packages do not fit together:\n${faults.join("\n")}`);
    return "lock";
  }
  const first = missing[0]!;
  const told = `${missing.length} locked file(s) cannot be had, e.g. ${first.file.poolPath} (${first.missing})`;
  if (options.lockedOnly)
    throw new Error(
      `${told}, and only locked files are allowed: --allow-newer (for the images PACKAGES_MORE=--allow-newer in docker/.env) ` +
        "takes the suite's present ones, signature checked",
    );
  progress(`warning: ${told}; taking the suite's current versions, signature checked`);
  await fillWithCurrent(fresh, new PrivateApt(join(work, "apt"), mirror), options);
  return "current";
}

async function fillWithCurrent(
  fresh: string,
  apt: PrivateApt,
  { lock, progress, set }: Installation & { progress: Progress },
): Promise<void> {
  await apt.update(progress);
  const names = lock.files.map((file) => packageName(file.poolPath));
  try {
    const faults = await unpackAndCheck(await apt.download(names, false), fresh, set);
    if (faults.length === 0) return;
    progress(`warning: the locked names no longer suffice (${faults[0]}); taking all they depend on`);
  } catch (error) {
    // A package that was renamed is no longer to be had under its old name.
    progress(`warning: ${String(error)}; taking all that is depended on`);
  }
  await rm(fresh, { recursive: true, force: true });
  const faults = await unpackAndCheck(await apt.download(set.roots, true), fresh, set);
  if (faults.length > 0) throw new Error(`the suite's packages do not fit together:\n${faults.join("\n")}`);
}

async function unpackAndCheck(debs: readonly string[], folder: string, set: PackageSet): Promise<string[]> {
  await unpackDebs(debs, folder);
  await chmod(folder, 0o755);
  return faultsOfPrefix(folder, set.binaries());
}

/** What a killed installation left. Its downloads stay: they are checked before they are used. */
async function removeLeftovers(into: string): Promise<void> {
  for (const name of await readdir(into)) {
    if (name.startsWith(".installing-")) await rm(join(into, name), { recursive: true, force: true });
  }
}

/**
 * The prefix has its own C library, so its programs start through its own loader. --inhibit-cache: never take
 * a library of the machine's; --argv0: Asterisk starts itself anew by that name on "core restart".
 */
async function writeWrapper(prefix: string, name: string, program: string): Promise<void> {
  await mkdir(join(prefix, "bin"), { recursive: true });
  const script = `#!/bin/sh
here=\${0%/bin/*}
exec "$here/${LOADER}" --inhibit-cache --library-path "$here/${LIBRARIES}" --argv0 "$0" "$here/${program}" "$@"
`;
  await writeFile(join(prefix, "bin", name), script);
  await chmod(join(prefix, "bin", name), 0o755);
  await chmod(join(prefix, "bin"), 0o755);
}
