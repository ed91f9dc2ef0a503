import { readSettings, speechEngines } from "#config.ts";
import { nearest } from "#lib/nearest.ts";
import { type Command, type Io, say, UsageError } from "./command.ts";
import { findCampaign } from "./find-campaign.ts";
import { defineCommand, readNumber } from "./options.ts";
import type { AgainSelection } from "./ports.ts";
import { status } from "./transcribe-status.ts";

const states = ["failed", "no_words", "done", "none"] as const;
const engines = speechEngines.filter((name) => name !== "none");

const again = defineCommand({
  name: "transcribe",
  summary: "Have stories heard again by another speech engine, or see how many wait for their words.",
  options: {
    again: { help: "hear again the stories that the options below select, all kept ones without any" },
    engine: { value: "NAME", help: `who is to hear them: ${engines.join(", ")}` },
    campaign: { value: "NAME", help: "of this campaign only" },
    since: { value: "DATE", help: "told on that day or later: 2026-05-01, or 2026-05-01T09:30Z (UTC)" },
    state: {
      value: "STATE",
      many: true,
      help: "whose words are failed, no_words, done, or none: kept while there was no engine",
    },
    limit: { value: "N", help: "the oldest N of them only" },
    "dry-run": { help: "only tell how many they are" },
  },
  notes: [
    "`hearback transcribe status` tells how many stories wait for their words, how long, and why.",
    "`hearback serve` does the work, one story at a time beside the new ones; the engine's settings must be among its own.",
    "Words that were there stay in the database. The newest are shown in the results, but a failure never hides",
    "words, and a rough engine's never those of another.",
    "Needs HEARBACK_DATABASE_URL.",
  ].join("\n"),
  examples: [
    "hearback transcribe status",
    "hearback transcribe --again --engine google --state failed,no_words --since 2026-05-01",
    "hearback transcribe --again --engine openai-compatible --campaign outpatients-may --limit 20",
  ],
  run: async (_operands, given, io) => {
    if (!given.again) throw new UsageError("hearback transcribe needs --again, or the word status");
    const selection = select(given);
    const dryRun = given["dry-run"] === true;
    const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
    try {
      if (selection.campaign !== null) await findCampaign(database, selection.campaign);
      const count = await database.hearAgain(selection, dryRun);
      tell(count, selection.engine, dryRun, io);
      return 0;
    } finally {
      await database.close();
    }
  },
});

interface GivenSelection {
  engine: string | undefined;
  campaign: string | undefined;
  since: string | undefined;
  state: string[];
  limit: string | undefined;
}

function select({ engine, campaign, since, state, limit }: GivenSelection): AgainSelection {
  if (engine === undefined) throw new UsageError("hearback transcribe --again needs --engine NAME");
  if (!(engines as string[]).includes(engine)) throw new UsageError(unknown("--engine", engine, engines));
  for (const word of state) {
    if (!(states as readonly string[]).includes(word)) throw new UsageError(unknown("--state", word, states));
  }
  return {
    engine,
    campaign: campaign ?? null,
    since: since === undefined ? null : readDate(since),
    states: state.length === 0 ? [...states] : (state as AgainSelection["states"]),
    limit: limit === undefined ? null : readNumber("--limit", limit, 1),
  };
}

function unknown(option: string, word: string, words: readonly string[]): string {
  const meant = nearest(word, [...words]);
  return `${option} ${word} is unknown; ${meant ? `did you mean ${meant}?` : `there are: ${words.join(", ")}`}`;
}

function readDate(raw: string): Date {
  const date = new Date(raw);
  if (!/^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(raw) || Number.isNaN(date.getTime()))
    throw new UsageError(`--since ${raw} is not a date such as 2026-05-01`);
  return date;
}

function tell(count: number, engine: string, dryRun: boolean, io: Io): void {
  const stories = count === 1 ? "1 story" : `${count} stories`;
  say(
    io.stdout,
    dryRun
      ? `${stories} would be heard again by ${engine}.`
      : `${stories} will be heard again by ${engine}, wherever \`hearback serve\` runs.`,
  );
}

export const transcribe: Command = {
  ...again,
  run: ([word, ...rest], io) =>
    word === "status" ? status.run(rest, io) : again.run(word === undefined ? rest : [word, ...rest], io),
};
