import { existsSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type AriSettings, ariSettings, askAri } from "#doctor/ask-ari.ts";
import { defineNodeCheck, type Finding, fault, ok, warning } from "#doctor/check.ts";

/** The A-law copies that serve makes: Asterisk plays them, as another user, and perhaps on another machine. */
export const sounds = defineNodeCheck({
  name: "sounds",
  ofNode: [...ariSettings, "soundsFolder"],
  run: async ({ soundsFolder, ...settings }, signal) => {
    const asterisks = await dataFolder(settings, signal);
    const elsewhere = asterisks ? notThere(asterisks, soundsFolder) : [];
    const copies = join(soundsFolder, "hearback");
    if (!existsSync(copies)) return [...elsewhere, ok("no copies yet: serve makes them when it starts")];
    const names = readdirSync(copies, { recursive: true, encoding: "utf8" });
    const files = [copies, ...names.map((name) => join(copies, name))];
    return [...elsewhere, ...closedTo(asterisks, files, foldersAbove(copies))];
  },
});

/** Above the copies it is only likely: Asterisk may come by a link, or have a right of its own to pass. */
function closedTo(asterisks: string | null, files: string[], above: string[]): Finding[] {
  const [file, folder] = [files, above].map((paths) => paths.find((path) => !mayRead(asterisks, path)));
  if (file)
    return [
      fault(
        `Asterisk's user may not read ${file}: nobody would hear a word`,
        `let it in: chmod o+rX ${file}`,
      ),
    ];
  if (folder)
    return [
      warning(
        `Asterisk's user may not enter ${folder}, above the copies`,
        `let it pass: chmod o+x ${folder}`,
      ),
    ];
  return [ok(`${files.length} files and folders that Asterisk may read`)];
}

/** Asterisk's own folder, where it is on this machine. */
async function dataFolder(settings: AriSettings, signal: AbortSignal): Promise<string | null> {
  const answer = await askAri(settings, "asterisk/variable?variable=ASTDATADIR", signal).catch(() => null);
  const folder = (answer?.body as { value?: string } | null)?.value;
  return folder && existsSync(folder) ? folder : null;
}

function notThere(data: string, folder: string): Finding[] {
  const theirs = join(data, "sounds");
  const same = (one: string, other: string) =>
    existsSync(one) && existsSync(other) && realpathSync(one) === realpathSync(other);
  const linked = same(join(folder, "hearback"), join(theirs, "hearback"));
  if (!existsSync(folder) || same(folder, theirs) || linked) return [];
  return [
    warning(
      `Asterisk looks for sounds in ${theirs}, and the copies are put into ${folder}`,
      "name that folder in HEARBACK_SOUNDS_FOLDER, or link hearback in it to the copies",
    ),
  ];
}

function foldersAbove(path: string): string[] {
  const above = dirname(resolve(path));
  return above === resolve(path) ? [] : [...foldersAbove(above), above];
}

/** Asterisk's user is the one that owns its data; where that is not known (or is root), what holds for everybody. */
function mayRead(data: string | null, path: string): boolean {
  const asterisk = data ? statSync(data) : null;
  const { mode, uid, gid } = statSync(path) as Stats;
  const known = asterisk !== null && asterisk.uid !== 0;
  const shift = known && uid === asterisk.uid ? 6 : known && gid === asterisk.gid ? 3 : 0;
  const wanted = statSync(path).isDirectory() ? 0o1 : 0o4;
  return ((mode >> shift) & wanted) !== 0;
}
