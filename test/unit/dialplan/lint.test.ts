import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { lintAsterisk } from "#dialplan/lint/lint-asterisk.ts";
import { allRules } from "#dialplan/lint/rules.ts";
import { rulesTable } from "#dialplan/lint/rules-table.ts";
import { tellFault } from "#lib/fault.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import {
  asRelease,
  badSeeds,
  expectedLine,
  patched,
  siteTexts,
  templateTexts,
} from "../../support/asterisk-files.ts";
import { variants } from "../../support/asterisk-variants.ts";

const lint = (texts: Record<string, string>) => lintAsterisk(asRelease(texts));
const seeds = badSeeds();

describe("no alarm at", () => {
  test("ours, as a release keeps it", () => {
    expect(lint(templateTexts()).map(tellFault)).toEqual([]);
  });

  test("ours on a rehearsal's machine", () => {
    expect(lint(siteTexts()).map(tellFault)).toEqual([]);
  });

  test.each(Object.entries(variants))("%s", (_name, texts) => {
    expect(lint(texts()).map(tellFault)).toEqual([]);
  });
});

describe("each bad configuration is found, by its rule, at its line, and by no other", () => {
  test.each(seeds.map((seed) => [seed.name, seed] as const))("%s", (_name, seed) => {
    const texts = patched(siteTexts(), seed);
    const found = lint(texts);
    expect(found.map(({ rule, file, line }) => `${file}:${line} ${rule}`)).toEqual([
      `asterisk/${seed.file}:${expectedLine(texts, seed)} ${seed.rule}`,
    ]);
  });

  test("a web site by its name is warned of, every web site refused", () => {
    const of = (origins: string) => {
      const texts = siteTexts();
      texts["ari.conf"] = texts["ari.conf"]!.replace(
        "enabled = yes",
        `enabled = yes\nallowed_origins = ${origins}`,
      );
      return lint(texts).map(({ rule, level }) => `${rule} ${level}`);
    };
    expect(of("https://portal.trust.example")).toEqual(["ari-named-origins warning"]);
    expect(of("https://portal.trust.example,*")).toEqual(["ari-origins fault"]);
  });

  test("sixty of them", () => {
    expect(seeds.length).toBeGreaterThanOrEqual(60);
  });
});

describe("the rules", () => {
  test("stand in RULES.md as they are (node src/rehearsal/write-rules.ts)", () => {
    expect(readFileSync(repositoryFile("dialplans/asterisk/RULES.md"), "utf8")).toBe(rulesTable());
  });

  test("have each a name of their own, and a bad configuration that only they find", () => {
    const names = allRules.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const found = new Set(seeds.map(({ rule }) => rule));
    expect(names.filter((name) => !found.has(name))).toEqual([]);
    expect(names.length).toBeGreaterThanOrEqual(40);
  });

  test("tell nobody a password", () => {
    const short = "wombat7";
    const texts = siteTexts();
    texts["site.conf"] = texts["site.conf"]!.replaceAll(/(password|secret) = .*/g, `$1 = ${short}`);
    const told = lint(texts).map(tellFault);
    expect(told.length).toBe(3);
    expect(told.join("\n")).not.toContain(short);
  });
});
