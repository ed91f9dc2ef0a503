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
  ofNode: [...ariSettings, "configFolder"],
  run: async ({ configFolder, ...settings }, signal) => {
    // By its own name for it Asterisk includes files, wherever the folder lies for us.
    const root = await variable("ASTETCDIR", settings, signal);
    const folder = here(configFolder ?? root);
    const files = folder === null ? null : await readFolder(folder).catch(() => null);
    if (folder === null || files === null) return [elsewhere];
    const [spool, log, run] = await Promise.all(
      ["ASTSPOOLDIR", "ASTLOGDIR", "ASTRUNDIR"].map(async (name) =>
        here(await variable(name, settings, signal)),
      ),
    );
    return [...linted(folder, files, root), ...openFolders([folder, spool, log]), ...asRoot(run ?? null)];
  },
});

const elsewhere = warning(
  "Asterisk's configuration cannot be read from here, so it is not linted",
  "run `hearback check` on its files, or let this user read its folder, and say where it is (HEARBACK_ASTERISK_CONFIG_FOLDER)",
);

async function variable(name: string, settings: AriSettings, signal: AbortSignal): Promise<string | null> {
  const answer = await wantAri<{ value?: string } | null>(
    settings,
    `asterisk/variable?variable=${name}`,
    signal,
  );
  return answer?.value || null;
}

/** Null where it is on another machine. */
const here = (folder: string | null): string | null =>
  folder !== null && statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? folder : null;

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

function linted(folder: string, files: ReleaseFiles, root: string | null): Finding[] {
  const faults = lintAsterisk(files, { whole: true, root: root ?? folder });
  if (faults.length === 0) return [ok(`${folder}: ${allRules.length} rules find nothing`)];
  return faults.map((found) => {
    const { what, instead, level }: Fault = found;
    const place = tellFault(found).split(": ")[0]!.replace(asteriskFolder, folder);
    return (level === "fault" ? fault : warning)(`${place}: ${what} [${found.rule}]`, instead);
  });
}

/** Where passwords, stories and numbers lie. */
function openFolders(folders: readonly (string | null | undefined)[]): Finding[] {
  const closed = folders.filter((folder) => typeof folder === "string");
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
