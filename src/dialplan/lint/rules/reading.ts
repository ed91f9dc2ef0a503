import { sameName, sectionsOf, type Trouble, type TroubleKind } from "#dialplan/conf/conf.ts";
import type { Configuration } from "../configuration.ts";
import type { Found, Rule } from "../rule.ts";

const source = "Asterisk, main/config.c";

/** In how Asterisk reads its files at all. */
export const readingRules: readonly Rule[] = [
  {
    ...{ name: "file-refused", level: "fault", source, find: (all) => troublesIn(all, ({ fatal }) => fatal) },
    says: "Asterisk refuses the file from here on, and what it configures is off or stays at its default",
    instead:
      "mend the line: sections are [name], they inherit by [name](parent) from sections that stand above",
  },
  {
    ...{ name: "line-ignored", level: "fault", source, find: ignored },
    says: "Asterisk ignores this",
    instead: "write key = value on a line of its own; parents in brackets follow ] at once, without a blank",
  },
  {
    ...{
      name: "comment-block",
      level: "fault",
      source,
      find: (all) => kinds(all, ["comment-open", "comment-not-begun"]),
    },
    says: "a block of comments has no beginning or no end, so all that follows is a comment to Asterisk",
    instead: "begin each block with ;-- and end it with --;",
  },
  {
    ...{ name: "odd-character", level: "fault", source, find: (all) => kinds(all, ["bad-encoding"]) },
    says: "a character that no editor shows becomes part of a name or a value",
    instead: "delete it, and save the file as UTF-8",
  },
  {
    ...{ name: "include-missing", level: "fault", source, find: includeMissing },
    says: "the file to include is not here, so Asterisk refuses this one",
    instead: "add the file; a site's own settings belong into site.conf",
  },
  {
    ...{ name: "include-outside", level: "fault", source: "issue 6, the guard" },
    find: (all) => kinds(all, ["include-outside"]),
    says: "a file from outside of this folder is included, which nobody checks and no release keeps",
    instead: "bring the file into this folder and name it without a path",
  },
  {
    ...{
      name: "exec-line",
      level: "fault",
      source: "Asterisk, main/config.c; RELIABILITY.md 3.2",
      find: execLines,
    },
    says: "#exec runs a program whenever Asterisk reads the file",
    instead: "write what it would print into a file of its own and #include that",
  },
  {
    ...{ name: "section-twice", level: "fault", source, find: twice },
    says: "a second section of this name: Asterisk looks at the first only",
    instead: "write it all into one, or add to the first with [name](+)",
  },
];

const troublesIn = ({ confs }: Configuration, wanted: (trouble: Trouble) => boolean): Found[] =>
  [...confs.values()]
    .flatMap(({ troubles }) => troubles.filter(wanted))
    .map(({ at, kind, about }) => ({ at, about: aboutLine(kind, about) }));

/** Of lines that may hold a password only what stands before "=" is told. */
const aboutLine = (kind: TroubleKind, about: string): string =>
  kind === "no-section" || kind === "no-key" ? (about.split("=")[0] ?? "").trim() : about.slice(0, 60);

const kinds = (all: Configuration, wanted: readonly TroubleKind[]): Found[] =>
  troublesIn(all, ({ kind, fatal }) => !fatal && wanted.includes(kind));

function ignored(all: Configuration): Found[] {
  return kinds(all, [
    "after-section",
    "no-equals",
    "no-key",
    "unknown-directive",
    "directive-empty",
    "line-too-long",
  ]);
}

function includeMissing(all: Configuration): Found[] {
  return kinds(all, ["include-missing"]).filter(({ about }) => about !== "site.conf");
}

function execLines({ confs }: Configuration): Found[] {
  return [...confs.values()].flatMap(({ directives }) =>
    directives.filter(({ kind }) => kind === "exec").map(({ at, argument }) => ({ at, about: argument })),
  );
}

/** Contexts and the objects of pjsip.conf may be told in several sections. */
function twice({ confs }: Configuration): Found[] {
  const named = [...confs].filter(([name]) => !/^(?:extensions|pjsip|sorcery|site)\.conf$/.test(name));
  return named.flatMap(([, conf]) => {
    const sections = sectionsOf(conf);
    const second = sections.filter(
      (section, index) => sections.findIndex(({ name }) => sameName(name, section.name)) < index,
    );
    return second.map(({ at, name }) => ({ at, about: name }));
  });
}
