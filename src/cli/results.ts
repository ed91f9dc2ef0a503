import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { csvLine } from "#campaign/rejects.ts";
import { readSettings } from "#config.ts";
import { type Io, say, UsageError, writeAll } from "./command.ts";
import { findCampaign } from "./find-campaign.ts";
import { defineCommand } from "./options.ts";

export const results = defineCommand({
  name: "results",
  summary: "Write what came of the visits: one row of survey_result each, as CSV or JSON.",
  options: {
    campaign: { value: "NAME", help: "of this campaign only" },
    format: { value: "csv|json", help: "csv when not given" },
    out: { value: "FILE", help: "a file that only you may read; standard output when not given" },
  },
  notes: [
    "In CSV, cells that a spreadsheet would run as a formula get a ' in front.",
    "Needs HEARBACK_DATABASE_URL.",
  ].join("\n"),
  examples: [
    "hearback results --campaign outpatients-may --out results.csv",
    "hearback results --format json | jq '.[].rating'",
  ],
  run: async (_operands, given, io) => {
    const format = given.format ?? "csv";
    if (format !== "csv" && format !== "json")
      throw new UsageError(`--format ${format} is neither csv nor json`);
    const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
    try {
      if (given.campaign) await findCampaign(database, given.campaign);
      const rows = database.results(given.campaign, format);
      await write(resultText[format](rows, database.resultColumns), given.out ?? null, io);
      return 0;
    } finally {
      await database.close();
    }
  },
});

type Rows = AsyncIterable<object>;

/** The rows as text, a piece at a time. */
export const resultText = {
  csv: async function* (rows: Rows, columns: readonly string[]): AsyncGenerator<string> {
    yield csvLine(columns);
    for await (const row of rows) {
      yield csvLine(columns.map((column) => asCell((row as Record<string, unknown>)[column])));
    }
  },
  json: async function* (rows: Rows): AsyncGenerator<string> {
    let before = "[\n";
    for await (const row of rows) {
      yield before + JSON.stringify(row);
      before = ",\n";
    }
    yield before === "[\n" ? "[]\n" : "\n]\n";
  },
};

function asCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return value.toISOString();
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

async function write(pieces: AsyncIterable<string>, file: string | null, io: Io): Promise<void> {
  if (file !== null) {
    await pipeline(pieces, createWriteStream(file, { mode: 0o600 }), { signal: io.signal });
    return say(io.stderr, `The results are in ${file}.`);
  }
  for await (const piece of pieces) {
    io.signal.throwIfAborted();
    await writeAll(io.stdout, piece);
  }
}
