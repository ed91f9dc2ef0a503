import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { repositoryFile } from "#rehearsal/repository.ts";
import { runProgram } from "#rehearsal/run-program.ts";

const house = mkdtempSync(join(tmpdir(), "part-"));
afterAll(() => rmSync(house, { recursive: true }));
mkdirSync(join(house, "test"));
mkdirSync(join(house, ".hearback"));
cpSync(repositoryFile("test/part.sh"), join(house, "test/part.sh"));

const part = (endBySeconds: string, ...words: string[]) =>
  runProgram(["env", `PARTS_END_BY=${endBySeconds}`, "sh", join(house, "test/part.sh"), ...words]);
const inSeconds = (seconds: number) => String(Math.floor(Date.now() / 1000) + seconds);

test("a part says when it begins, and that it passed", async () => {
  const { status, stdout } = await part("", "one", "2", "echo", "its own words");
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /^=== one: begins at .*, may take 120 s\nits own words\n=== one: passed in \d+ s\n$/,
  );
});

test("one that fails keeps its status, and shows the logs that it wrote", async () => {
  const command = "echo before > .hearback/old.log; sleep 0.1; echo why > .hearback/a.said; exit 3";
  const { status, stdout } = await part("", "two", "2", "sh", "-c", command);
  expect(status).toBe(3);
  expect(stdout).toContain("--- the end of .hearback/a.said:\nwhy\n");
  expect(stdout).toMatch(/=== two: FAILED with status 3 after \d+ s\n$/);
});

test("one that hangs is ended at the end of all parts, with whatever it began", async () => {
  // Comes back only when the last one that holds its output has ended, the sleeping child too.
  const { status, stdout } = await part(inSeconds(6), "three", "2", "sh", "-c", "sleep 600 & wait");
  expect(status).toBe(124);
  expect(stdout).toMatch(/=== three: FAILED, ended after \d+ s: it may take [1-6] s\n$/);
});

test("nothing is begun when there is no time left", async () => {
  const { status, stderr, stdout } = await part(inSeconds(-1), "four", "2", "echo", "begun");
  expect([status, stdout]).toEqual([124, ""]);
  expect(stderr).toBe("=== four: no time is left for it\n");
});
