import { join } from "node:path";
import { runProgram } from "#rehearsal/run-program.ts";
import { LIBRARIES, LOADER } from "./wanted.ts";

/** A library that a program asks for, and the file that the prefix's own loader finds for it. */
export interface Library {
  name: string;
  path: string | undefined;
}

/**
 * What the prefix's own loader finds for each of these binaries, given by their paths inside the prefix.
 * A binary that it cannot load at all (it is not there, say) stands in `unloadable` with the loader's words.
 */
export async function findLibraries(prefix: string, binaries: readonly string[]) {
  const libraries = new Map<string, Library[]>();
  const unloadable = new Map<string, string>();
  const waiting = [...binaries];
  const worker = async () => {
    for (let binary = waiting.pop(); binary !== undefined; binary = waiting.pop()) {
      const search = ["--inhibit-cache", "--library-path", join(prefix, LIBRARIES)];
      const result = await runProgram([join(prefix, LOADER), ...search, "--list", join(prefix, binary)]);
      if (result.status === 0 || result.stdout.includes("=>")) libraries.set(binary, parse(result.stdout));
      else unloadable.set(binary, result.stderr.trim());
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  return { libraries, unloadable };
}

function parse(listing: string): Library[] {
  return [...listing.matchAll(/^\s*(\S+) => (not found|\S+)/gm)].map(([, name, path]) => ({
    name: name!,
    path: path === "not found" ? undefined : path!,
  }));
}

/** One line for each thing that is wrong: a library missing, or taken from the machine instead of the prefix. */
export async function faultsOfPrefix(prefix: string, binaries: readonly string[]): Promise<string[]> {
  const { libraries, unloadable } = await findLibraries(prefix, binaries);
  const faults = [...unloadable].map(([binary, words]) => `${binary}: ${words}`);
  for (const [binary, found] of libraries) {
    for (const { name, path } of found) {
      if (path === undefined) faults.push(`${binary}: ${name} not found`);
      else if (!path.startsWith(prefix)) faults.push(`${binary}: ${name} leaks in from ${path}`);
    }
  }
  return faults;
}
