/**
 * What the Asterisk of a walk reads: the house's own files, so that no draft brings it programs to start, modules or
 * doors; of the draft only the dialplan's hooks, and these only where the guard has nothing against any of its files.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { checkDialplan } from "#dialplan/guard/check-dialplan.ts";
import { tellFault } from "#lib/fault.ts";
import type { ReleaseFiles } from "#release/files.ts";
import { repositoryFile } from "../repository.ts";

const hooks = "hooks.conf";

/** Why no Asterisk gets these files, a sentence each. */
export function refusedByGuard(files: ReleaseFiles): string[] {
  // The draft's own dialplan may leave its hooks out, and the house's, which is walked, has them in.
  const own = files.get(`asterisk/${hooks}`);
  const asWalked = new Map([...houseFiles(), ...(own ? [[`asterisk/${hooks}`, own] as const] : [])]);
  const faults = [...checkDialplan(files), ...checkDialplan(asWalked)].filter(
    ({ level }) => level === "fault",
  );
  return [...new Set(faults.map((fault) => `the dialplan guard refuses: ${tellFault(fault)}`))];
}

const house = repositoryFile("dialplans/asterisk");

const houseFiles = (): [string, Buffer][] =>
  readdirSync(house)
    .filter((name) => name.endsWith(".conf"))
    .map((name) => [`asterisk/${name}`, readFileSync(join(house, name))]);

/** Whether the files bring a dialplan that is not, byte for byte, the one that Hearback came with. */
export function hasOwnDialplan(files: ReleaseFiles): boolean {
  const own = [...files].filter(([path]) => /^asterisk\/[^/]+\.conf$/.test(path));
  const shipped = new Map(houseFiles());
  const same = own.every(([path, bytes]) => shipped.get(path)?.equals(bytes) === true);
  return own.length > 0 && !(same && own.length === shipped.size);
}

/** @param files that the guard has not refused. @returns the folder of templates */
export function layHouseFiles(files: ReleaseFiles, dir: string): string {
  const folder = join(dir, "templates");
  mkdirSync(folder, { mode: 0o755 });
  for (const [path, bytes] of houseFiles())
    writeFileSync(join(folder, basename(path)), unasked(bytes.toString()), { mode: 0o644 });
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
