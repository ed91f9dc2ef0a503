/**
 * What the Asterisk of a walk reads: the house's own files, so that no draft brings it programs to start, modules or
 * doors; of the draft only the dialplan's hooks, and these only where the guard has nothing against any of its files.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { checkDialplan } from "#dialplan/guard/check-dialplan.ts";
import { areOwnHooks, hooksPath } from "#dialplan/own-hooks.ts";
import { tellFault } from "#lib/fault.ts";
import { hashOf, type ReleaseFiles } from "#release/files.ts";
import { repositoryFile } from "../repository.ts";

/** Why no Asterisk gets these files, a sentence each. */
export function refusedByGuard(files: ReleaseFiles): string[] {
  // The draft's own dialplan may leave its hooks out, and the house's, which is walked, has them in.
  const faults = [...checkDialplan(files), ...checkDialplan(asWalked(files))].filter(
    ({ level }) => level === "fault",
  );
  return [...new Set(faults.map((fault) => `the dialplan guard refuses: ${tellFault(fault)}`))];
}

const house = repositoryFile("dialplans/asterisk");

const houseFiles = (): [string, Buffer][] =>
  readdirSync(house)
    .filter((name) => name.endsWith(".conf"))
    .map((name) => [`asterisk/${name}`, readFileSync(join(house, name))]);

export const hasOwnHooks = (files: ReleaseFiles): boolean => {
  const own = files.get(hooksPath);
  return areOwnHooks(own && hashOf(own));
};

/**
 * The draft's files with the house's own for Asterisk, and of the draft's only the hooks: its trunks, modules and doors
 * are of its site, and are tried there (`hearback dialplan apply`).
 */
export function asWalked(files: ReleaseFiles): ReleaseFiles {
  const own = files.get(hooksPath);
  return new Map([
    ...[...files].filter(([path]) => !path.startsWith("asterisk/")),
    ...houseFiles(),
    ...(own ? [[hooksPath, own] as const] : []),
  ]);
}

/** @param files that the guard has not refused. @returns the folder of templates */
export function layHouseFiles(files: ReleaseFiles, dir: string): string {
  const folder = join(dir, "templates");
  mkdirSync(folder, { mode: 0o755 });
  for (const [path, bytes] of asWalked(files))
    if (path.startsWith("asterisk/"))
      writeFileSync(join(folder, basename(path)), unasked(new TextDecoder().decode(bytes)), { mode: 0o644 });
  return folder;
}

/**
 * Whether the far end is there is not asked for: it is ours, and when a busy machine lets it answer late, Asterisk would
 * refuse to ring anybody for half a minute.
 */
const unasked = (text: string): string =>
  text.replaceAll(/^qualify_frequency = \d+$/gm, "qualify_frequency = 0");
