/** Our own Asterisk configuration with a site's file beside it, and small patches that break it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryFile } from "#rehearsal/repository.ts";
import type { ReleaseFiles } from "#release/files.ts";

export type Texts = Record<string, string>;

export const templateTexts = (): Texts => {
  const folder = repositoryFile("dialplans/asterisk");
  const names = readdirSync(folder).filter((name) => name.endsWith(".conf"));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
};

/** The templates, and site.conf as a rehearsal writes it. */
export const siteTexts = (): Texts => ({
  ...templateTexts(),
  "site.conf": readFileSync(repositoryFile("test/fixtures/asterisk/site.conf"), "utf8"),
});

export const asRelease = (texts: Texts): ReleaseFiles =>
  new Map(Object.entries(texts).map(([name, text]) => [`asterisk/${name}`, Buffer.from(text)]));

/** A patch in test/fixtures/asterisk/bad, and what must be found of it. */
export interface BadSeed {
  name: string;
  /** Asterisk itself takes it, so a test may start one with it. */
  accepted: boolean;
  rule: string;
  file: string;
  /** Of the line that the rule must point at; of the first, or as in "text @2", of the second that reads so. */
  lineText: string;
  patch: string[];
}

export function badSeeds(): BadSeed[] {
  const folder = repositoryFile("test/fixtures/asterisk/bad");
  return readdirSync(folder)
    .sort()
    .map((name) => readSeed(name.replace(/\.patch$/, ""), readFileSync(join(folder, name), "utf8")));
}

/**
 * # what somebody did
 * expect: rule in file.conf: text of the line
 * file.conf
 *  a line that stays, behind which what follows is added
 * -a line that goes
 * +a line that comes
 */
function readSeed(name: string, text: string): BadSeed {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const expected = lines.find((line) => line.startsWith("expect: ")) ?? "";
  const [, rule = "", file = "", lineText = ""] = /^expect: (\S+) in (\S+?)(?:: (.*))?$/.exec(expected) ?? [];
  const patch = lines.filter((line) => !/^(?:expect|asterisk): /.test(line));
  return { name, accepted: lines.includes("asterisk: accepts"), rule, file, lineText, patch };
}

/** The number of the line that the seed's rule must point at. */
export function expectedLine(texts: Texts, { file, lineText }: BadSeed): number {
  if (lineText === "") return 1;
  const [, text = lineText, count = "1"] = /^(.*) @(\d)$/.exec(lineText) ?? [];
  const numbers = texts[file]!.split("\n").flatMap((line, index) => (line === text ? [index + 1] : []));
  return numbers[Number(count) - 1] ?? 0;
}

/** @throws where the line that is to go, or to stay, is not there: the patch has aged */
export function patched(texts: Texts, { name, patch }: BadSeed): Texts {
  const result = { ...texts };
  let file = "";
  let at = 0;
  for (const line of patch) {
    const [mark, rest] = [line[0], line.slice(1)];
    if (mark !== " " && mark !== "-" && mark !== "+") {
      file = line;
      at = Number.POSITIVE_INFINITY;
      result[file] ??= "";
      continue;
    }
    const lines = result[file]!.split("\n");
    if (mark === "+") {
      lines.splice(at, 0, rest);
      at += 1;
    } else {
      const from = at === Number.POSITIVE_INFINITY ? 0 : at;
      const found = lines.indexOf(rest, from);
      if (found < 0) throw new Error(`${name}: ${file} has no line "${rest}"`);
      if (mark === "-") lines.splice(found, 1);
      at = mark === "-" ? found : found + 1;
    }
    result[file] = lines.join("\n");
  }
  return result;
}
