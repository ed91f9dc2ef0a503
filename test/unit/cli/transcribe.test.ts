import { describe, expect, it } from "vitest";
import type { AgainSelection, Database } from "#cli/ports.ts";
import { speechEngines } from "#config.ts";
import { ENGINES } from "#speech/engines.ts";
import { hearback } from "./run-command.ts";

const env = { HEARBACK_DATABASE_URL: "postgres://db/hearback" };
const backlog = { waiting: 0, oldestMs: null, heldBecause: {}, again: 0, givenUp: 0 };

/** A database that only notes what it is asked. */
function asked(different: Partial<Database> = {}) {
  const selections: [AgainSelection, boolean][] = [];
  const database = {
    campaign: async (name: string) => (name === "may" ? {} : null),
    campaigns: async () => [{ name: "may" }],
    hearAgain: async (selection: AgainSelection, dryRun: boolean) => {
      selections.push([selection, dryRun]);
      return 3;
    },
    transcriptBacklog: async () => backlog,
    close: async () => {},
    ...different,
  } as unknown as Database;
  const run = (...args: string[]) =>
    hearback(["transcribe", ...args], { env, services: { openDatabase: async () => database } });
  return { run, selections };
}

describe("hearback transcribe --again", () => {
  it("selects every kept story unless told otherwise", async () => {
    const { run, selections } = asked();
    const { status, stdout } = await run("--again", "--engine", "google");
    expect([status, stdout]).toEqual([
      0,
      "3 stories will be heard again by google, wherever `hearback serve` runs.\n",
    ]);
    const states = ["failed", "no_words", "done", "none"];
    expect(selections).toEqual([
      [{ engine: "google", campaign: null, since: null, states, limit: null }, false],
    ]);
  });

  it("selects by campaign, time, state and number, and may only count", async () => {
    const { run, selections } = asked();
    const { stdout } = await run(
      ...["--again", "--engine", "openai-compatible", "--campaign", "may", "--since", "2026-05-01"],
      ...["--state", "failed,none", "--limit", "20", "--dry-run"],
    );
    expect(stdout).toBe("3 stories would be heard again by openai-compatible.\n");
    expect(selections).toEqual([
      [
        {
          ...{ engine: "openai-compatible", campaign: "may", since: new Date("2026-05-01T00:00:00Z") },
          ...{ states: ["failed", "none"], limit: 20 },
        },
        true,
      ],
    ]);
  });

  it.each([
    [[], "needs --again, or the word status"],
    [["--again"], "needs --engine NAME"],
    [["--again", "--engine", "gogle"], "--engine gogle is unknown; did you mean google?"],
    [["--again", "--engine", "none"], "--engine none is unknown; there are: pocketsphinx, google"],
    [["--again", "--engine", "google", "--state", "fialed"], "did you mean failed?"],
    [["--again", "--engine", "google", "--since", "1st of May"], "is not a date such as 2026-05-01"],
    [["--again", "--engine", "google", "--since", "2026-13-01"], "is not a date such as 2026-05-01"],
    [["--again", "--engine", "google", "--limit", "0"], "is not a whole number of at least 1"],
  ])("answers %j with status 2 and what to write instead", async (args, told) => {
    const { run, selections } = asked();
    const { status, stderr } = await run(...args);
    expect(stderr).toContain(told);
    expect(status).toBe(2);
    expect(selections).toEqual([]);
  });

  it("knows a campaign that there is not", async () => {
    const { run, selections } = asked();
    const { status, stderr } = await run("--again", "--engine", "google", "--campaign", "mai");
    expect([status, selections]).toEqual([1, []]);
    expect(stderr).toContain('There is no campaign "mai"; did you mean "may"?');
  });

  it("knows the engines that there are", () => {
    expect([...speechEngines].sort()).toEqual(Object.keys(ENGINES).sort());
  });
});

describe("hearback transcribe status", () => {
  it("tells how many wait, how long and why, and what to do about those given up", async () => {
    const heldBecause = { speech_quota: 4, speech_misconfigured: 1 };
    const many = { waiting: 7, oldestMs: 5 * 3_600_000 + 60_000, heldBecause, again: 12, givenUp: 2 };
    const { stdout } = await asked({ transcriptBacklog: async () => many }).run("status");
    expect(stdout).toBe(
      [
        "new stories that wait for their words: 7, the oldest for 5 h 1 min",
        "  4: the engine's quota is used up; they go on by themselves (speech_quota)",
        "  1: the engine refuses us: see serve's log for what to put right (speech_misconfigured)",
        "stories to be heard again: 12",
        "given up: 2; try them with: hearback transcribe --again --engine NAME --state failed",
        "",
      ].join("\n"),
    );
  });

  it("is short where all is well, and is there for programs", async () => {
    expect((await asked().run("status")).stdout).toBe(
      "new stories that wait for their words: 0\nstories to be heard again: 0\ngiven up: 0\n",
    );
    expect(JSON.parse((await asked().run("status", "--json")).stdout)).toEqual(backlog);
    expect((await asked().run("status", "--help")).stdout).toMatch(/^Usage: hearback transcribe status/);
  });
});
