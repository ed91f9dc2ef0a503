import { Comments, part, trimmed, type Written } from "./comments.ts";
import type { Conf, Section, Setting, TroubleKind } from "./conf.ts";
import { beginSection } from "./header.ts";
import { linesOf } from "./lines.ts";

/** The files that an include finds, in order; none where it is missing, "outside" where nobody here may look. */
export type FindFiles = (pattern: string) => { file: string; text: string }[] | "outside";

export interface Around {
  find?: FindFiles;
  /** No file is missing that Asterisk would find: what an include does not find refuses the file. */
  whole?: boolean;
  /** What the one who includes this file has included before it. */
  before?: { file: string; text: string } | "unknown" | null;
}

/** Asterisk follows no further. */
const deepest = 10;

/**
 * Reads a file as Asterisk reads it, those that it includes as well; what stands in none of them stays unknown.
 * Never throws: whatever is wrong stands in `troubles`.
 */
export function parseConf(file: string, text: string, around: Around = {}): Conf {
  const conf: Conf = { file, sections: [], directives: [], troubles: [], open: false };
  const reader = new Reader(conf, around);
  if (around.before === "unknown") conf.open = true;
  else if (around.before) reader.read(around.before.file, around.before.text, 2);
  reader.read(file, text, 1);
  return conf;
}

/** What is being read; shared by a file and those that it includes. */
class Reader {
  readonly conf: Conf;
  readonly #find: FindFiles;
  readonly #whole: boolean;
  /** The last that began, in whichever file: an included one goes on in it. */
  current: Section | null = null;

  constructor(conf: Conf, { find = () => [], whole = false }: Around) {
    this.conf = conf;
    this.#find = find;
    this.#whole = whole;
  }

  read(file: string, text: string, level: number): void {
    const { lines, troubles } = linesOf(file, text);
    this.conf.troubles.push(...troubles);
    const comments = new Comments();
    let section = this.current;
    for (const { text: line, number } of lines) {
      const { endsNothing, ...rest } = comments.strip(line, number);
      const place = (column: number) => ({ file, line: number, column });
      if (endsNothing !== null) this.tell("comment-not-begun", place(endsNothing), line.trim());
      const written = trimmed(rest);
      if (written.text === "") continue;
      const on: OnLine = { written, place, level };
      if (written.text.startsWith("[")) section = this.current = beginSection(this, on);
      else if (written.text.startsWith("#")) this.#direct(on);
      else if (!this.#set(section, on)) return;
      if (this.refused(file)) return;
    }
    const open = comments.begun.at(-1);
    if (comments.depth > 0 && open) this.tell("comment-open", { file, ...open }, ";--");
  }

  tell(kind: TroubleKind, at: Section["at"], about: string, { fatal = false } = {}): void {
    this.conf.troubles.push({ kind, at, about, fatal });
  }

  /** The rest of a file counts for nothing after what Asterisk cannot make sense of. */
  refused(file: string): boolean {
    return this.conf.troubles.some(({ fatal, at }) => fatal && at.file === file);
  }

  #direct({ written, place, level }: OnLine): void {
    const [, word = "", rest = ""] = /^#([^\0-\x20]*)[\0-\x20]*(.*)$/s.exec(written.text) ?? [];
    const at = place(written.columns[0]!);
    const kind = (["include", "tryinclude", "exec"] as const).find((known) => known === word.toLowerCase());
    const argument = unquoted(rest);
    const found: string[] = [];
    this.conf.directives.push({ kind: kind ?? "unknown", argument, at, found });
    if (!kind) this.tell("unknown-directive", at, `#${word}`);
    else if (rest === "") this.tell("directive-empty", at, `#${word}`);
    else if (kind !== "exec") this.#include(kind, { argument, at, found, level });
  }

  #include(kind: "include" | "tryinclude", { argument, at, found, level }: Inclusion): void {
    const must = kind === "include";
    const files = level > deepest ? [] : this.#find(argument);
    if (files === "outside") this.tell("include-outside", at, argument);
    else if (level > deepest) this.tell("include-too-deep", at, argument, { fatal: must });
    else if (files.length === 0 && must) this.tell("include-missing", at, argument, { fatal: this.#whole });
    if (files === "outside" || files.length === 0) {
      this.conf.open ||= !this.#whole;
      return;
    }
    for (const { file, text } of files) {
      found.push(file);
      this.read(file, text, level + 1);
    }
  }

  /** @returns false where Asterisk refuses the file for it */
  #set(section: Section | null, { written, place }: OnLine): boolean {
    const escaped = written.text.startsWith("\\");
    const line = escaped ? part(written, 1) : written;
    const at = place(line.columns[0]!);
    if (!section) {
      this.tell("no-section", at, written.text, { fatal: true });
      return false;
    }
    if (escaped && !/^[^\0-\x20]/.test(line.text)) {
      this.tell("bad-escape", at, written.text, { fatal: true });
      return false;
    }
    const equals = line.text.indexOf("=", escaped ? 1 : 0);
    if (equals < 0) this.tell("no-equals", at, line.text);
    else this.#keep(section, line, { equals, at, place, escaped });
    return true;
  }

  #keep(section: Section, line: Written, { equals, at, place, escaped }: Equals): void {
    const adds = equals > (escaped ? 1 : 0) && line.text[equals - 1] === "+";
    const key = trimmed(part(line, 0, adds ? equals - 1 : equals)).text;
    const earlier = adds ? section.settings.findLast((setting) => setting.key === key) : undefined;
    if (earlier) {
      append(section, earlier, line.text.slice(equals + 1));
      return;
    }
    const arrow = !adds && line.text[equals + 1] === ">";
    const value = trimmed(part(line, equals + (arrow ? 2 : 1)));
    const valueAt = place(value.columns[0]!);
    if (key === "") this.tell("no-key", at, line.text);
    else section.settings.push({ key, value: value.text, at, valueAt, arrow, from: null });
  }
}

export type { Reader };

export interface OnLine {
  written: Written;
  place: (column: number) => Section["at"];
  level: number;
}

interface Inclusion {
  argument: string;
  at: Section["at"];
  found: string[];
  level: number;
}

interface Equals {
  equals: number;
  at: Section["at"];
  place: OnLine["place"];
  escaped: boolean;
}

/** "+=" writes behind the first setting of that name and value, which need not be the last of that name. */
function append(section: Section, { key, value }: Setting, more: string): void {
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const target = section.settings.find(
    (setting) => same(setting.key, key) && (value === "" || same(setting.value, value)),
  );
  const joined = `${value}${more}`.replace(/[\0-\x20]+$/, "").replace(/^[\0-\x20]+/, "");
  if (target) Object.assign(target, { key, value: joined });
}

function unquoted(argument: string): string {
  const closing = { '"': '"', "<": ">" }[argument[0] ?? ""];
  return closing && argument.length > 0 && argument.endsWith(closing) ? argument.slice(1, -1) : argument;
}
