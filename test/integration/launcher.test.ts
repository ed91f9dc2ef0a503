/** src/cli/hearback, the shell script by which everything begins. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { repositoryFile } from "#rehearsal/repository.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "hearback-home-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const launched = (env: Record<string, string>): string =>
  execFileSync(repositoryFile("src/cli/hearback"), ["--version"], {
    ...{ encoding: "utf8", env: { PATH: "/usr/bin:/bin", ...env } },
  });
const inside = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

it("keeps what it has stripped of its types, where its user keeps such things", () => {
  expect(launched({ HOME: home })).toMatch(/^hearback \d+\.\d+\.\d+\n$/);
  expect(inside(join(home, ".cache", "hearback"))).not.toEqual([]);
  launched({ HOME: home, XDG_CACHE_HOME: join(home, "caches") });
  expect(inside(join(home, "caches", "hearback"))).not.toEqual([]);
});

it("keeps it where it is told to, as its service unit does, and not elsewhere", () => {
  launched({ HOME: home, NODE_COMPILE_CACHE: join(home, "told") });
  expect(inside(join(home, "told"))).not.toEqual([]);
  expect(inside(home)).toEqual(["told"]);
});

it.each([
  ["whose home cannot be written to", { HOME: "/proc/nobody" }],
  ["that has none", {}],
])("begins for a user %s", (_, env) => {
  expect(launched(env as Record<string, string>)).toContain("hearback");
});
