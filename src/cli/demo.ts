import { createBoard } from "#rehearsal/demo/board.ts";
import { readFarEnd } from "#rehearsal/demo/options.ts";
import { runDemo } from "#rehearsal/demo/run-demo.ts";
import { readAllowed } from "./allow-number.ts";
import { say, UsageError } from "./command.ts";
import { defineCommand } from "./options.ts";

export const demo = defineCommand({
  name: "demo",
  summary:
    "Run a whole campaign on a pretend telephone network: real Asterisk, real Postgres, pretend people.",
  options: {
    exit: { help: "end when everybody has been called; status 0 only if every outcome is as scripted" },
    continue: { help: "resume the last demo instead of starting afresh" },
    json: { value: "FILE", help: "write the rows of survey_result there" },
    contacts: { value: "FILE", help: "call this list instead of the demo's own" },
    carrier: {
      value: "sip:HOST:PORT",
      help: "send the calls to another SIP far end; then no outcome is expected",
    },
    "database-url": { value: "URL", help: "an existing Postgres, empty or marked as a rehearsal" },
    "max-calls": { value: "N", help: "most calls at once (40)" },
    "calls-per-second": { value: "N", help: "new calls a second (4)" },
    state: { value: "DIR", help: "where its state lies, with nothing else beside it (.hearback)" },
    "allow-number": {
      value: "NUMBER",
      help: "a number outside the drama ranges that may be rung; may be repeated",
      many: true,
    },
  },
  notes: [
    "Nobody real can be rung: the calls stay on this machine, and numbers outside Ofcom's drama ranges are refused.",
    "Everything lies in .hearback/ below the checkout, or in --state DIR: stories, log, generated configuration.",
  ].join("\n"),
  examples: ["hearback demo", "hearback demo --exit --json out.json"],
  run: async (_operands, given, io) => {
    return runDemo(
      {
        exit: given.exit,
        resume: given.continue,
        json: given.json ?? null,
        contacts: given.contacts ?? null,
        farEnd: given.carrier === undefined ? null : readFarEnd(given.carrier),
        databaseUrl: given["database-url"] ?? null,
        state: given.state ?? null,
        maxCalls: numberOf("max-calls", given["max-calls"] ?? "40", 1, 1000),
        callsPerSecond: numberOf("calls-per-second", given["calls-per-second"] ?? "4", 0.1, 100),
        allowNumbers: readAllowed(given["allow-number"]),
      },
      {
        board: () => createBoard(io.stdout, { title: "Hearback demo" }),
        say: (line) => say(io.stdout, line),
        progress: (line) => say(io.stderr, line),
        signal: io.signal,
      },
    );
  },
});

function numberOf(name: string, text: string, from: number, to: number): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= from && value <= to))
    throw new UsageError(`--${name} must be a number from ${from} to ${to}`);
  return value;
}
