import { type Stats, statSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { asteriskFolder } from "#dialplan/conf/read-folder.ts";
import { lintAsterisk } from "#dialplan/lint/lint-asterisk.ts";
import { allRules } from "#dialplan/lint/rules.ts";
import { type AriSettings, ariSettings, wantAri } from "#doctor/ask-ari.ts";
import { defineNodeCheck, type Finding, fault, ok, warning } from "#doctor/check.ts";
import { type Fault, tellFault } from "#lib/fault.ts";
import type { ReleaseFiles } from "#release/files.ts";

/** No file of a configuration is as long. */
const longestBytes = 4e6;

/** The linter over what the running Asterisk reads, and who may look into its folders, where they are on this machine. */
export const asteriskConfiguration = defineNodeCheck({
  name: "configuration",
  ofNode: ariSettings,
  run: async (settings: AriSettings, signal) => {
    const folder = await folderOf("ASTETCDIR", settings, signal);
    const files = folder === null ? null : await readFolder(folder).catch(() => null);
    if (folder === null || files === null) return [elsewhere];
    const others = await Promise.all(
      ["ASTSPOOLDIR", "ASTLOGDIR", "ASTRUNDIR"].map((name) => folderOf(name, settings, signal)),
    );
    return [...linted(folder, files), ...openFolders(folder, others), ...asRoot(others[2]!)];
  },
});

const elsewhere = warning(
  "Asterisk's configuration cannot be read from here, so it is not linted",
  "run `hearback check` on its files, or let this user read its folder, at the same path",
);

async function folderOf(name: string, settings: AriSettings, signal: AbortSignal): Promise<string | null> {
  const answer = await wantAri<{ value?: string } | null>(
    settings,
    `asterisk/variable?variable=${name}`,
    signal,
  );
  const folder = answer?.value;
  return folder && (await stat(folder).catch(() => null))?.isDirectory() ? folder : null;
}

async function readFolder(folder: string): Promise<ReleaseFiles> {
  const names = await readdir(folder, { recursive: true, encoding: "utf8" });
  const read = names.map(async (name) => {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    const wanted = found?.isFile() && found.size < longestBytes;
    return wanted ? [[`${asteriskFolder}/${name}`, await readFile(path)] as const] : [];
  });
  return new Map((await Promise.all(read)).flat());
}

function linted(folder: string, files: ReleaseFiles): Finding[] {
  const faults = lintAsterisk(files, { whole: true, root: folder });
  if (faults.length === 0) return [ok(`${folder}: ${allRules.length} rules find nothing`)];
  return faults.map((found) => {
    const { what, instead, level }: Fault = found;
    const place = tellFault(found).split(": ")[0]!.replace(asteriskFolder, folder);
    return (level === "fault" ? fault : warning)(`${place}: ${what} [${found.rule}]`, instead);
  });
}

/** Where passwords, stories and numbers lie. */
function openFolders(etc: string, others: readonly (string | null)[]): Finding[] {
  const closed = [etc, ...others.slice(0, 2)].filter((folder) => folder !== null);
  return closed.flatMap((folder) => {
    const mode = statSync(folder).mode & 0o007;
    if (mode === 0) return [];
    const what = `everybody on the machine may ${mode & 0o002 ? "write to" : "look into"} ${folder}`;
    return [(mode & 0o002 ? fault : warning)(what, `chmod o-rwx ${folder}`)];
  });
}

/** Its control socket belongs to whom it runs as. */
function asRoot(run: string | null): Finding[] {
  const socket: Stats | undefined =
    run === null ? undefined : statSync(join(run, "asterisk.ctl"), { throwIfNoEntry: false });
  if (socket?.uid !== 0) return [];
  return [
    fault("Asterisk runs as root: one hole in it is a hole in the machine", "give it a user of its own"),
  ];
}
