/** The telecoms desk's manuals name nothing that there is not: no command, option, file, setting, heading or rule. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { settingNames } from "#config.ts";
import { hearback } from "../cli/run-command.ts";

it("no merge left its marks in a text that people read", () => {
  const texts = globSync([
    "*.md",
    ".ci/*",
    "{docker,dialplans,prompts,test,src}/**/*.{md,yaml,conf,sql,njk}",
  ]);
  expect(texts.filter((file) => /^(<{7}|={7}|>{7})( |$)/m.test(textOf(file)))).toEqual([]);
});

const manuals = ["dialplans/README.md", "dialplans/REFERENCE.md", "prompts/README.md"] as const;
const textOf = (file: string): string => readFileSync(file, "utf8");

/** What is typed: lines of code, and code between words. */
function typedIn(text: string): string[] {
  const blocks = text.split("\n").filter((line) => /^ {4,}\S/.test(line) || /^(npx )?hearback /.test(line));
  const spans = [...text.replaceAll(/```[\s\S]*?```/g, "").matchAll(/`([^`]+)`/g)].map(([, code]) => code!);
  return [...blocks, ...spans].map((code) => code.replaceAll(/\s+/g, " ").trim());
}

interface Typed {
  /** "flow test" */
  command: string;
  options: string[];
}

function commandsIn(text: string): Typed[] {
  return typedIn(text).flatMap((code) =>
    [...code.matchAll(/(?:^|\| )(?:npx )?hearback ((?:[a-z][a-z-]* ?){1,2})([^|#]*)/g)].map(
      ([, words, rest]) => ({
        command: words!.trim(),
        options: [...rest!.matchAll(/(?:^|\s)--([a-z][a-z-]*)/g)].map(([, option]) => option!),
      }),
    ),
  );
}

/** Its help, of the longest command that the words are: "try fft" is `try` with an operand. */
async function helpOf(command: string): Promise<string | null> {
  const [first = "", second] = command.split(" ");
  const group = await hearback([first, "--help"]);
  if (group.status !== 0) return null;
  if (!/^ {2}hearback |COMMAND|PART/m.test(group.stdout) || second === undefined) return group.stdout;
  const part = await hearback([first, second, "--help"]);
  // A group knows its parts; another command takes the second word for an operand.
  return part.status === 0 ? part.stdout : null;
}

/** As GitHub makes an anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[`.,:;?!'"()]/g, "")
    .trim()
    .replaceAll(/\s/g, "-");
const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!));

/** Named in examples for what a reader makes, or what is made when a command runs. */
const madeByReaders =
  /^(\/tmp\/|~\/|recordings\/|\/etc\/|theirs\.json|fft\.json|fft\.svg|walk\.json|FILE|[A-Z-]+$)|NAME|DIR|hearback-dialplans|\.former|\.hearback|recorded\.json/;
const filePattern =
  /(?<![\w/.*-])((?:[\w.~-]+\/)*[\w-]+\.(?:test\.yaml|yaml|conf|md|json|wav|ts|svg))(?![\w*])/g;

describe.each(manuals)("%s", (manual) => {
  const text = textOf(manual);

  it("names only commands and options that there are", async () => {
    const typed = commandsIn(text);
    expect(typed.length).toBeGreaterThan(5);
    const wrong: string[] = [];
    for (const { command, options } of typed) {
      const help = await helpOf(command);
      if (help === null) wrong.push(`hearback ${command}`);
      for (const option of options)
        if (help && !help.includes(`--${option}`)) wrong.push(`hearback ${command} --${option}`);
    }
    expect(wrong).toEqual([]);
  });

  it("names only files that there are", () => {
    const named = [...text.matchAll(filePattern)].map(([, file]) => file!);
    const around = [
      dirname(manual),
      ".",
      "dialplans",
      "dialplans/flows",
      "dialplans/asterisk",
      "prompts",
      "prompts/en-GB",
    ];
    // "en-GB/NAME" stands for one of each; site.conf is each machine's own.
    const there = (file: string) =>
      madeByReaders.test(file) ||
      /(^|-)site\.conf$/.test(file) ||
      around.some((at) => existsSync(join(at, file)));
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((file) => !there(file))).toEqual([]);
  });

  it("leads nowhere that is not there", () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, to]) => to!)
      .filter((to) => !/^https?:/.test(to));
    const broken = links.filter((to) => {
      const [path = "", anchor] = to.split("#");
      const file = path === "" ? manual : join(dirname(manual), path);
      if (!existsSync(file)) return true;
      return anchor !== undefined && !anchorsOf(textOf(file)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it("names only settings that there are", () => {
    const named = [...text.matchAll(/(?<!\{)HEARBACK_[A-Z_]+/g)].map(([name]) => name);
    // HEARBACK_RUNG is a variable of the dialplan.
    const known = [...settingNames, "HEARBACK_RUNG"];
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe("the way to them", () => {
  it("leads from elsewhere to headings that there are", () => {
    for (const file of ["README.md", "dialplans/asterisk/README.md"]) {
      const links = [
        ...textOf(file).matchAll(/\]\(([^)\s]*(?:dialplans|prompts|\.\.)\/README\.md#[^)\s]+)\)/g),
      ];
      for (const [, to] of links) {
        const [path = "", anchor = ""] = to!.split("#");
        expect(anchorsOf(textOf(join(dirname(file), path))), to).toContain(anchor);
      }
    }
  });
});
