import { writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { leavesRoomForRehearsals } from "#campaign/live-load.ts";
import { readSettings } from "#config.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import { linesOfWalks } from "#rehearsal/walks/report.ts";
import { type WalkOptions, walkOnRehearsal } from "#rehearsal/walks/walk-on-rehearsal.ts";
import type { ReleaseFiles } from "#release/files.ts";
import type { WalksReport } from "#release/walk-report.ts";
import { type Io, say } from "./command.ts";
import { defineCommand } from "./options.ts";
import { withReleases } from "./release-desk.ts";
import { readSource, sourceNotes, sourceOptions } from "./release-source.ts";

/** The lowest there is; all that is started from here has it too, and its reading and writing comes last as well. */
const lowest = 19;

export const flowWalk = defineCommand({
  name: "flow walk",
  summary:
    "Ring pretend callers on an Asterisk of its own until every branch was walked, and check what they heard.",
  operands: ["[FLOW...]"],
  options: {
    ...sourceOptions,
    each: { help: "tell of every call what was said and done; else only of those that failed" },
    json: { value: "FILE", help: "write the report there, with each walk" },
  },
  notes: [
    sourceNotes,
    "The callers are those of the flow tests, as few as take every branch and hear every prompt in every language; at",
    "each question one is wrong, one silent, one asks for it again, one hangs up. All is on this machine, at the lowest",
    "priority, on free ports of loopback; nobody is rung and no database is needed. A few minutes.",
    "With --draft it is the draft of the next release: the report is kept, and a passed one of all flows lets it be",
    "published. The draft's page has the same under Walk it now. Where HEARBACK_DATABASE_URL is set, a walk gives way to",
    "live calls: none begins while they fill half of an Asterisk. A machine that is late carries fewer walks at once, and",
    "what failed meanwhile is walked again, which the report tells. HEARBACK_REHEARSAL_ASTERISK names an Asterisk for it.",
    "Status 0: every branch was walked, and all heard what they should have. Status 1: not so.",
  ].join("\n"),
  examples: ["hearback flow walk", "hearback flow walk --draft", "hearback flow walk fft --json walk.json"],
  run: async (named, given, io) => {
    const { files } = await readSource(given, io);
    setPriority(lowest);
    const report = await besideLiveCalls(io, (mayGoOn) => walked(files, { flows: named, mayGoOn }, io));
    if (given.json) write(given.json, `${JSON.stringify(report, null, 2)}\n`);
    for (const line of linesOfWalks(report, { each: given.each })) say(io.stdout, line);
    if (given.draft && named.length === 0) await keep(report, io);
    return report.passed ? 0 : 1;
  },
});

const walked = (files: ReleaseFiles, options: Pick<WalkOptions, "flows" | "mayGoOn">, io: Io) =>
  walkOnRehearsal(files, {
    ...{ ...options, signal: io.signal },
    asterisk: { folder: readSettings(["rehearsalAsterisk"], io.env).rehearsalAsterisk, mayDownload: true },
    onProgress: ({ walks, done, line }) => {
      if (line) say(io.stderr, `${String(done).padStart(3)} of ${walks}  ${line}`);
    },
  });

/** Where a database is set there may be live calls, which go first; where none is, nobody knows of any. */
async function besideLiveCalls<T>(
  io: Io,
  work: (mayGoOn?: () => Promise<boolean>) => Promise<T>,
): Promise<T> {
  if (!io.env.HEARBACK_DATABASE_URL && !io.env.HEARBACK_DATABASE_URL_FILE) return work();
  const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
  try {
    return await work(async () => leavesRoomForRehearsals(await database.nodes.list()));
  } finally {
    await database.close();
  }
}

/** Of exactly these files: whoever changed the draft meanwhile walks it again. */
const keep = (report: WalksReport, io: Io): Promise<number> =>
  withReleases(io, async (desk, by) => {
    await desk.keepWalk({ digest: report.digest, passed: report.passed, by, report });
    say(io.stderr, "The report is kept with the draft.");
    return 0;
  });

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (thrown) {
    throw new AppError("file_unwritable", `${file} cannot be written: ${messageOf(thrown)}`);
  }
}
