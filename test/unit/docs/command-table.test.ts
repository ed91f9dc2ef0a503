/** README's table of commands: every command that there is, and every part of each. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { repositoryFile } from "#rehearsal/repository.ts";
import { hearback } from "../cli/run-command.ts";

/** Each row's first cell as its pieces of code: "keys status", "rotate". */
const rows = readFileSync(repositoryFile("README.md"), "utf8")
  .split("## The command\n")[1]!
  .split("\n## ")[0]!
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => [...line.split(" | ")[0]!.matchAll(/`([^`]+)`/g)].map(([, code]) => code!));

const namesIn = async (...command: string[]): Promise<string[]> => {
  const { stdout } = await hearback([...command, "--help"]);
  const [, list] = /^Commands:\n((?: {2}.*\n)+)/m.exec(stdout) ?? [];
  return [...(list ?? "").matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name!);
};
const begins = (code: string, words: string) => `${code} `.startsWith(`${words} `);

it("has every command and every part of it", async () => {
  const missing: string[] = [];
  const commands = await namesIn();
  expect(commands.length).toBeGreaterThan(25);
  for (const command of commands) {
    const theirs = rows.filter((codes) => codes.some((code) => begins(code, command))).flat();
    if (theirs.length === 0) missing.push(command);
    for (const part of await namesIn(command))
      if (!theirs.some((code) => begins(code, part) || begins(code, `${command} ${part}`)))
        missing.push(`${command} ${part}`);
  }
  expect(missing).toEqual([]);
});
