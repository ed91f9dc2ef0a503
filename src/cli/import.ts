import { createReadStream } from "node:fs";
import {
  type ImportCounts,
  type ImportReport,
  importVisits,
  type LineFault,
} from "#campaign/import-visits.ts";
import { readSettings } from "#config.ts";
import { systemClock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import { readAllowed } from "./allow-number.ts";
import { type Io, say, UsageError } from "./command.ts";
import { findCampaign } from "./find-campaign.ts";
import { defineCommand } from "./options.ts";
import { createRejectFile } from "./reject-file.ts";

/** Faults told one by one; of the rest only the number. */
const faultsShown = 20;

export const importList = defineCommand({
  name: "import",
  summary:
    "Import a list of visits into a campaign: all rows or none, unless --skip-bad. The same file twice changes nothing.",
  operands: ["FILE.csv"],
  options: {
    campaign: { value: "NAME", help: "the campaign that asks about these visits", required: true },
    keep: { value: "COLUMN,...", help: "columns to keep beside those that Hearback knows", many: true },
    "skip-bad": { help: "import the good rows, and write the bad ones to the rejects file" },
    rejects: { value: "FILE", help: "where bad rows go; FILE.rejects.csv beside the list when not given" },
    encoding: { value: "NAME", help: "utf-8 or windows-1252; utf-8 when not given" },
    "allow-number": {
      value: "NUMBER",
      help: "into a rehearsal: a number outside the drama ranges that it may ring; may be repeated",
      many: true,
    },
  },
  notes: [
    "The columns visit_ref and phone must be there. Known as well: given_name, visit_at, trust, site, ward, service,",
    "language, nhs_number, do_not_call_reason, visit_status (withdrawn, held). Any other column refuses the file unless it",
    "is named with --keep. A visit that is there already is stopped at once by a row with a reason not to call or a status;",
    "with any other difference the row is bad.",
    "Needs HEARBACK_DATABASE_URL and HEARBACK_DATA_KEY.",
  ].join("\n"),
  examples: [
    "hearback import visits.csv --campaign outpatients-may",
    "hearback import visits.csv --campaign outpatients-may --keep episode,consultant --skip-bad --rejects bad.csv",
  ],
  run: async ([file], given, io) => {
    const encoding = given.encoding ?? "utf-8";
    if (encoding !== "utf-8" && encoding !== "windows-1252")
      throw new UsageError(`--encoding ${encoding} is neither utf-8 nor windows-1252`);
    if (given.rejects && !given["skip-bad"])
      throw new UsageError(
        "--rejects needs --skip-bad: without it nothing is imported and every fault is told here",
      );
    const allowNumbers = new Set(readAllowed(given["allow-number"]));
    const database = await io.services.openDatabase(readSettings(["databaseUrl", "dataKey"], io.env));
    const rejects = given["skip-bad"]
      ? createRejectFile(given.rejects ?? `${file}.rejects.csv`, file!)
      : null;
    try {
      const campaign = await findCampaign(database, given.campaign);
      if (allowNumbers.size > 0 && !campaign.rehearsal)
        throw new UsageError(`--allow-number is for rehearsals, and "${campaign.name}" is none`);
      const teller = createTeller(io);
      const report = await importVisits({
        campaignId: campaign.id,
        bytes: openList(file!, io.signal),
        visits: database.visits,
        encoding,
        timeZone: campaign.settings.callingHours.timeZone,
        now: systemClock.now(),
        keep: given.keep,
        guard: { rehearsal: campaign.rehearsal, allowNumbers },
        skipBad: rejects,
        onFault: teller.fault,
        onProgress: teller.progress,
      });
      teller.summary(report, campaign.name, rejects?.writtenTo() ?? null);
      return report.kind === "imported" ? 0 : 1;
    } finally {
      await rejects?.close();
      await database.close();
    }
  },
});

async function* openList(file: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file, { signal }) as AsyncIterable<Buffer>;
  } catch (cause) {
    if (signal.aborted) throw cause;
    const why = (cause as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : String(cause);
    throw new AppError("list_unreadable", `${file} cannot be read: ${why}.`, {}, { cause });
  }
}

/** Tells the run as it goes: faults as lines, progress in one line that is written over (on a terminal only). */
function createTeller({ stdout, stderr }: Io) {
  let told = 0;
  const wipe = stderr.isTTY ? "\r\u001b[K" : "";
  return {
    fault: (fault: LineFault) => {
      told += 1;
      if (told <= faultsShown) say(stderr, wipe + faultLine(fault));
    },
    progress: ({ rows, added, bad }: ImportCounts) => {
      if (stderr.isTTY)
        stderr.write(`${wipe}${count(rows)} rows read, ${count(added)} new, ${count(bad)} bad`);
    },
    summary: (report: ImportReport, campaign: string, rejects: string | null) => {
      if (stderr.isTTY) stderr.write(wipe);
      if (told > faultsShown) say(stderr, `... and ${count(told - faultsShown)} more faults`);
      for (const line of summaryLines(report, campaign, rejects)) say(stdout, line);
    },
  };
}

const faultLine = ({ line, column, fault, remedy }: LineFault): string =>
  `line ${line}${column ? `, ${column}` : ""}: ${fault}; ${remedy}`;

function summaryLines(report: ImportReport, campaign: string, rejects: string | null): string[] {
  const { kind, rows, added, same, stopped, ringing, bad, doNotCall } = report;
  if (kind === "refused") {
    const rest = bad > 0 ? " Mend them, or import the others with --skip-bad." : "";
    return [
      `Nothing was imported: ${bad > 0 ? `${count(bad)} of ${count(rows)} rows are bad` : "the list is faulty"}.${rest}`,
    ];
  }
  const parts = [`${count(added)} new`, `${count(same)} there already`, `${count(bad)} bad`];
  if (stopped > 0) parts.splice(2, 0, `${count(stopped)} stopped`);
  return [
    `${count(rows)} rows read into "${campaign}": ${parts.join(", ")}.`,
    ...(doNotCall > 0
      ? [`${count(doNotCall)} of them carry a reason not to call and will not be rung.`]
      : []),
    ...(ringing > 0
      ? [
          `${count(ringing)} of the stopped are on the telephone just now: that call goes on, and is the last.`,
        ]
      : []),
    ...(rejects ? [`The bad rows are in ${rejects}.`] : []),
  ];
}

const count = (value: number): string => value.toLocaleString("en-GB");
