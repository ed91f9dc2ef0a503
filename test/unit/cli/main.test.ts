import { describe, expect, it } from "vitest";
import { commands } from "#cli/main.ts";
import { hearback } from "./run-command.ts";

const own = commands.filter(({ name }) => name !== "demo");

describe("hearback", () => {
  it("lists every command with one line each", async () => {
    const { status, stdout } = await hearback(["--help"]);
    expect(status).toBe(0);
    for (const name of ["serve", "migrate", "import", "campaign", "call", "results", "demo"]) {
      expect(stdout).toMatch(new RegExp(`^  ${name} +[A-Z].*\\.$`, "m"));
    }
  });

  it.each(own.map(({ name }) => name))("tells usage, options and an example of %s", async (name) => {
    const { status, stdout } = await hearback([name, "--help"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: hearback ${name}`));
    expect(stdout).toMatch(/^Examples?:\n {2}.*hearback /m);
  });

  it.each(["create", "start", "pause", "stop", "status"])("tells the same of campaign %s", async (name) => {
    const { status, stdout } = await hearback(["campaign", name, "--help"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: hearback campaign ${name}`));
    expect(stdout).toMatch(/^Example:\n {2}hearback campaign /m);
  });

  it.each([
    [["imprt"], 'no command "imprt"; did you mean import?'],
    [["qqq"], 'no command "qqq"; there are: serve, migrate'],
    [[], "a command is missing"],
    [["campaign", "statsu"], 'no command "statsu"; did you mean status?'],
    [["campaign"], "needs one of: create, start"],
    [["results", "--fromat", "csv"], "hearback results has no option --fromat; did you mean --format?"],
    [["results", "--format"], "--format needs a value: --format csv|json"],
    [["results", "--format", "--out"], "--format needs a value"],
    [["results", "--format", "csv", "--format", "json"], "--format is given twice"],
    [["results", "--format", "xml"], "--format xml is neither csv nor json"],
    [["results", "extra"], 'hearback results has no use for "extra"'],
    [["serve", "--allow-rough=yes"], "--allow-rough takes no value"],
    [["import"], "hearback import needs FILE.csv and --campaign NAME"],
  ])("answers %j with status 2 and what to write instead", async (args, told) => {
    const { status, stdout, stderr } = await hearback(args);
    expect(stderr).toContain(told);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  });

  it("tells all wrong settings in one go, with status 1 and no stack", async () => {
    const { status, stderr } = await hearback(["serve"], { env: { HEARBACK_AMI_PORT: "ten" } });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^hearback: \d+ settings are wrong:\n {2}HEARBACK_DATABASE_URL is missing, e\.g\. /,
    );
    expect(stderr).toContain('HEARBACK_AMI_PORT="ten" is not a port');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("shows where in the code a command failed only when asked for", async () => {
    const env = { HEARBACK_DATABASE_URL: "postgres://db/x" };
    const quiet = await hearback(["migrate"], { env });
    expect(quiet.status).toBe(1);
    expect(quiet.stderr).toContain("no database in this test");
    expect(quiet.stderr).not.toMatch(/^\s+at /m);
    const loud = await hearback(["migrate"], { env: { ...env, HEARBACK_LOG_LEVEL: "debug" } });
    expect(loud.stderr).toMatch(/^\s+at /m);
  });

  it("warns of a setting whose name has a slip in it", async () => {
    const env = { HEARBACK_DATABASE_URI: "postgres://db/x" };
    const { stderr } = await hearback(["migrate"], { env });
    expect(stderr).toContain("HEARBACK_DATABASE_URI is no setting; did you mean HEARBACK_DATABASE_URL?");
  });

  it("ends with 130 when it was stopped", async () => {
    const stopped = new AbortController();
    stopped.abort();
    const { status, stderr } = await hearback(["migrate"], {
      env: { HEARBACK_DATABASE_URL: "postgres://db/x" },
      signal: stopped.signal,
    });
    expect(status).toBe(130);
    expect(stderr).toContain("Stopped.");
  });
});
