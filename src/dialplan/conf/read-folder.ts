import type { ReleaseFiles } from "#release/files.ts";
import type { Conf } from "./conf.ts";
import { type FindFiles, parseConf } from "./parse-conf.ts";

/** Where a release keeps Asterisk's files. */
export const asteriskFolder = "asterisk";

/** Text as it stands: a byte order mark stays, as Asterisk takes it for a part of the first line. */
export const confText = (bytes: Uint8Array): string =>
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

export interface FolderOptions {
  folder?: string;
  /** Nothing is missing, as on the machine itself: there an include that finds nothing is a fault. */
  whole?: boolean;
  /** The folder's own place on that machine, for includes that name it. */
  root?: string | null;
}

/**
 * Each .conf file of the folder by its name, read with all that it includes from the same folder. Our asterisk.conf
 * alone includes nothing: the machine's own starting file reads site.conf before it.
 */
export function readConfFolder(
  files: ReleaseFiles,
  { folder = asteriskFolder, whole = false, root = null }: FolderOptions = {},
): Map<string, Conf> {
  const own = confFiles(files, folder);
  const find = finder(own, folder, root);
  return new Map(
    [...own]
      .filter(([name]) => /^[^/]+\.conf$/.test(name))
      .map(([name, text]) => {
        const before = name === "asterisk.conf" && !whole ? siteOf(own, folder) : null;
        return [name, parseConf(`${folder}/${name}`, text, { find, whole, before })];
      }),
  );
}

function siteOf(own: ReadonlyMap<string, string>, folder: string) {
  const text = own.get("site.conf");
  return text === undefined ? ("unknown" as const) : { file: `${folder}/site.conf`, text };
}

/** By name, below the folder; an include may name a file of any ending. */
function confFiles(files: ReleaseFiles, folder: string): Map<string, string> {
  const inside = [...files].filter(([path]) => path.startsWith(`${folder}/`));
  return new Map(inside.map(([path, bytes]) => [path.slice(folder.length + 1), confText(bytes)]));
}

const finder =
  (own: ReadonlyMap<string, string>, folder: string, root: string | null): FindFiles =>
  (named) => {
    const pattern = root !== null && named.startsWith(`${root}/`) ? named.slice(root.length + 1) : named;
    if (pattern.startsWith("/") || pattern.split("/").includes("..")) return "outside";
    const matches = globPattern(pattern);
    const names = [...own.keys()].filter((name) => matches.test(name)).sort();
    return names.map((name) => ({ file: `${folder}/${name}`, text: own.get(name)! }));
  };

/** What glob(3) makes of it: * and ? within a folder's name, [sets] and {braces}. */
function globPattern(pattern: string): RegExp {
  const source = pattern.replace(/^(?:\.\/)+/, "").replace(/[\\^$.|+()*?{},]|\[!/g, (sign) => {
    const known: Record<string, string> = {
      "*": "[^/]*",
      "?": "[^/]",
      "{": "(?:",
      "}": ")",
      ",": "|",
      "[!": "[^",
    };
    return known[sign] ?? `\\${sign}`;
  });
  try {
    return new RegExp(`^${source}$`);
  } catch {
    return /^\b$/;
  }
}
