/**
 * What the Asterisk of a walk reads: the house's own files, so that no draft brings it programs to start, modules or
 * doors; of the draft only the dialplan's hooks, and these only where the guard has nothing against any of its files.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkDialplan } from "#dialplan/guard/check-dialplan.ts";
import { tellFault } from "#lib/fault.ts";
import type { ReleaseFiles } from "#release/files.ts";
import { repositoryFile } from "../repository.ts";

const hooks = "hooks.conf";

/** Why no Asterisk gets these files, a sentence each. */
export const refusedByGuard = (files: ReleaseFiles): string[] =>
  checkDialplan(files)
    .filter(({ level }) => level === "fault")
    .map((fault) => `the dialplan guard refuses: ${tellFault(fault)}`);

/** @param files that the guard has not refused. @returns the folder of templates */
export function layHouseFiles(files: ReleaseFiles, dir: string): string {
  const folder = join(dir, "templates");
  mkdirSync(folder, { mode: 0o755 });
  const house = repositoryFile("dialplans/asterisk");
  for (const name of readdirSync(house).filter((name) => name.endsWith(".conf")))
    writeFileSync(join(folder, name), unasked(readFileSync(join(house, name), "utf8")), { mode: 0o644 });
  const own = files.get(`asterisk/${hooks}`);
  if (own) writeFileSync(join(folder, hooks), own, { mode: 0o644 });
  return folder;
}

/**
 * Whether the far end is there is not asked for: it is ours, and when a busy machine lets it answer late, Asterisk would
 * refuse to ring anybody for half a minute.
 */
const unasked = (text: string): string =>
  text.replaceAll(/^qualify_frequency = \d+$/gm, "qualify_frequency = 0");
