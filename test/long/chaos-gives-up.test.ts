import { existsSync, rmSync } from "node:fs";
import { expect, test } from "vitest";
import { repositoryFile } from "#rehearsal/repository.ts";
import { runProgram } from "#rehearsal/run-program.ts";

/** Ends it long before CI would, and long after it should have ended by itself. */
const timeoutMs = 120_000;

test("chaos with Hearbacks that cannot come up says why within seconds, and keeps what it saw", async () => {
  const main = repositoryFile("src/rehearsal/chaos/main.ts");
  const command = [process.execPath, main, "--calls", "6", "--kills", "2", "--seed", "1"];
  const { status, stdout } = await runProgram([...command, "--set", "HEARBACK_DATA_KEY=none"], { timeoutMs });
  const dir = /^kept: (.*)$/m.exec(stdout)?.[1] ?? "";
  try {
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^GIVEN UP after \d+ s: instance [ab] ended by itself with status 1 before it was ever up$/m,
    );
    expect(stdout).toContain("HEARBACK_DATA_KEY is not 32 bytes");
    for (const kept of ["a.said", "far-end.jsonl", "postgres/data"])
      expect(existsSync(`${dir}/${kept}`)).toBe(true);
  } finally {
    if (dir) rmSync(dir, { recursive: true });
  }
});
