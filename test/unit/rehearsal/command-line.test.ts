import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { repositoryFile } from "#rehearsal/repository.ts";

const mains = {
  chaos: "src/rehearsal/chaos/main.ts",
  soak: "src/rehearsal/soak/main.ts",
  simulate: "src/rehearsal/simulation/simulate.ts",
};

function run(main: string, ...options: string[]) {
  const flags = ["--disable-warning=ExperimentalWarning", repositoryFile(main), ...options];
  const { status, stdout, stderr } = spawnSync(process.execPath, flags, { encoding: "utf8" });
  return { status, stdout, stderr };
}

describe.each(Object.entries(mains))("npm run %s", (name, main) => {
  it("tells its options, and does nothing else", () => {
    const { status, stdout, stderr } = run(main, "--help");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain(`npm run ${name} -- [options]`);
  });

  it("says in one line which option it does not know", () => {
    const { status, stdout, stderr } = run(main, "--nonsense", "3");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/^npm run \w+: Unknown option '--nonsense'.*\n$/);
  });
});

it("a number that is none, and a fault that nobody knows, are told alike", () => {
  expect(run(mains.simulate, "--calls", "many")).toEqual({
    ...{ status: 2, stdout: "" },
    stderr:
      'npm run simulate: --calls is a number, not "many" (npm run simulate -- --help tells the options)\n',
  });
  expect(run(mains.chaos, "--only", "kill app,kil postgres")).toMatchObject({
    ...{ status: 2, stdout: "" },
    stderr: expect.stringMatching(/^npm run chaos: --only knows no "kil postgres" .*\n$/),
  });
});
