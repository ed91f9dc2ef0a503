import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Conf, sectionNamed, settingOf } from "#dialplan/conf/conf.ts";
import { parseConf } from "#dialplan/conf/parse-conf.ts";
import { readConfFolder } from "#dialplan/conf/read-folder.ts";
import { repositoryFile } from "#rehearsal/repository.ts";

const parse = (...lines: string[]) => parseConf("x.conf", lines.join("\n"));

/** Sections as "name key=value key=value". */
const told = ({ sections }: Conf) =>
  sections.map(({ name, template, settings }) =>
    [`${name}${template ? "!" : ""}`, ...settings.map(({ key, value }) => `${key}=${value}`)].join(" "),
  );
const troublesOf = ({ troubles }: Conf) =>
  troubles.map(({ kind, at, fatal }) => `${at.file}:${at.line}:${at.column} ${kind}${fatal ? "!" : ""}`);

describe("a line", () => {
  test("keys and values lose the blanks around them, and know where they stand", () => {
    const conf = parse("[a]", "  key  =>  some value \t");
    expect(conf.sections[0]!.settings[0]).toEqual({
      ...{ key: "key", value: "some value", arrow: true, from: null },
      ...{ at: { file: "x.conf", line: 2, column: 3 }, valueAt: { file: "x.conf", line: 2, column: 12 } },
    });
  });

  test.each([
    ["a = b ; c", "a=b"],
    ["a = b\\; c", "a=b; c"],
    ["a = b;-- gone --;c", "a=bc"],
    ["a = b;-- x ;-- y --; z --; c", "a=b c"],
    ["a = b ;--- a comment --;", "a=b"],
    ["a == b", "a== b"],
    ["a =", "a="],
    ["\\[a] = b", "[a]=b"],
    ["\\=a = b", "=a=b"],
    ["a = b = c", "a=b = c"],
    ["a = b\r", "a=b"],
    ["a = one\n a += two", "a=one two"],
    ["a += two", "a=two"],
    ["a = 1\nb = 2\na = 1\na += 3", "a=1 3 b=2 a=1"],
  ])("%j", (line, expected) => {
    const conf = parse("[s]", line);
    expect([told(conf), conf.troubles]).toEqual([[`s ${expected}`], []]);
  });

  test("a column is the file's, whatever was taken out before it", () => {
    const { valueAt } = parse("[s]", "a;-- x --; = \\;b").sections[0]!.settings[0]!;
    expect(valueAt.column).toBe(15);
  });

  test("a block of comments goes on over lines", () => {
    expect(told(parse("[s]", "a = 1 ;-- b = 2", "c = 3", "d --;e = 4", "f = 5"))).toEqual(["s a=1 e=4 f=5"]);
  });
});

describe("sections", () => {
  test("inherit in the order of their parents, and what is their own comes last", () => {
    const conf = parse("[a](!)", "k = 1", "[b]", "k = 2", "[c](a,b)", "k = 3");
    expect(told(conf)).toEqual(["a! k=1", "b k=2", "c k=1 k=2 k=3"]);
    expect(sectionNamed(conf, "C")!.settings.map(({ from }) => from)).toEqual(["a", "b", null]);
    expect(settingOf(sectionNamed(conf, "c"), "K")).toMatchObject({ value: "3", at: { line: 6 } });
  });

  test("(+) adds to the first of that name", () => {
    expect(told(parse("[a]", "k = 1", "[b]", "[a](+)", "l = 2"))).toEqual(["a k=1 l=2", "b"]);
  });

  test("of the same name stay two", () => {
    expect(told(parse("[a]", "k = 1", "[a]", "k = 2"))).toEqual(["a k=1", "a k=2"]);
  });
});

describe("troubles", () => {
  test.each([
    [["k = 1"], "1:1 no-section!"],
    [["[a"], "1:1 section-open!"],
    [["[a](b"], "1:1 parents-open!"],
    [["[a](x, y)"], "1:5 parent-unknown!"],
    [["[x]", "[a](x, x)"], "2:7 parent-unknown!"],
    [["[a](+)"], "1:5 nothing-to-add-to!"],
    [["[a] (b)"], "1:4 after-section"],
    [["[a](!) and so on"], "1:7 after-section"],
    [["[a]", "k 1"], "2:1 no-equals"],
    [["[a]", "= 1"], "2:1 no-key"],
    [["[a]", "\\"], "2:2 bad-escape!"],
    [["#import x"], "1:1 unknown-directive"],
    [["#include"], "1:1 directive-empty"],
    [["#include x"], "1:1 include-missing"],
    [["[a]", "k = 1 ;-- x"], "2:7 comment-open"],
    [["[a]", "k = 1 --; x"], "2:7 comment-not-begun"],
    [["[a]", `k = ${"x".repeat(8187)}`], "2:1 line-too-long"],
    [["[a]", "k = a\u00a0b"], "2:6 bad-encoding"],
  ])("%j", (lines, expected) => {
    expect(troublesOf(parse(...lines))).toEqual([`x.conf:${expected}`]);
  });

  test("what stands after a refused line counts for nothing", () => {
    const conf = parse("[a]", "k = 1", "[b](none)", "l = 2", "[c]");
    expect(told(conf)).toEqual(["a k=1"]);
  });

  test("a byte order mark is none", () => {
    const files = new Map([["asterisk/x.conf", Buffer.from("\ufeff[a]\nk = 1\n")]]);
    const conf = readConfFolder(files).get("x.conf")!;
    expect([told(conf), troublesOf(conf)]).toEqual([["a k=1"], []]);
  });
});

describe("a folder", () => {
  const folder = (files: Record<string, string>, whole = true) =>
    readConfFolder(
      new Map(Object.entries(files).map(([name, text]) => [`asterisk/${name}`, Buffer.from(text)])),
      { whole, root: "/etc/asterisk" },
    );

  test.each(['"b.conf"', "<b.conf>", "b.conf", "/etc/asterisk/b.conf", "b*", "{a,b}.conf", "[!cx].conf"])(
    "#include %s",
    (named) => {
      const conf = folder({ "x.conf": `[a]\n#include ${named}\nl = 2`, "b.conf": "k = 1\n[b]\nm = 3" });
      expect(told(conf.get("x.conf")!)).toEqual(["a k=1 l=2", "b m=3"]);
    },
  );

  test("an included file's section has that file for its place", () => {
    const conf = folder({ "x.conf": "#include b.conf\n[a](b)\n", "b.conf": "[b](!)\nk = 1" });
    expect(sectionNamed(conf.get("x.conf")!, "a")!.settings[0]!.at).toEqual({
      ...{ file: "asterisk/b.conf", line: 2, column: 1 },
    });
  });

  test("files that include one another end somewhere", () => {
    const conf = folder({ "x.conf": "#include x.conf\n[a]" }).get("x.conf")!;
    expect(conf.troubles.map(({ kind }) => kind)).toContain("include-too-deep");
  });

  test.each(["/etc/passwd", "../x.conf"])("nothing outside is read: %s", (named) => {
    expect(folder({ "x.conf": `#include ${named}` }).get("x.conf")!.troubles).toMatchObject([
      { kind: "include-outside" },
    ]);
  });

  test("where a site's own file is not here, its sections are taken on trust", () => {
    const text = "#include site.conf\n[a](a-site)\nk = 1";
    const open = folder({ "x.conf": text }, false).get("x.conf")!;
    expect(sectionNamed(open, "a")).toMatchObject({ open: true, settings: [{ key: "k" }] });
    const whole = folder({ "x.conf": text }).get("x.conf")!;
    expect(troublesOf(whole)).toEqual(["asterisk/x.conf:1:1 include-missing!"]);
  });
});

test("our own files are read without a trouble but the site's own file", () => {
  const folder = repositoryFile("dialplans/asterisk");
  const names = readdirSync(folder).filter((name) => name.endsWith(".conf"));
  const files = new Map(names.map((name) => [`asterisk/${name}`, readFileSync(`${folder}/${name}`)]));
  const confs = [...readConfFolder(files).values()];
  expect(confs.length).toBe(names.length);
  const troubles = confs.flatMap((conf) => conf.troubles);
  expect(troubles.filter(({ kind, about }) => kind !== "include-missing" || about !== "site.conf")).toEqual(
    [],
  );
});
