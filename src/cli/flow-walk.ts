import { writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { AppError, messageOf } from "#lib/errors.ts";
import { linesOfWalks } from "#rehearsal/walks/report.ts";
import { walkOnRehearsal } from "#rehearsal/walks/walk-on-rehearsal.ts";
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
    json: { value: "FILE", help: "write the report there, with each walk" },
  },
  notes: [
    sourceNotes,
    "The callers are those of the flow tests, as few as take every branch. All is on this machine, at the lowest",
    "priority, on free ports of loopback; nobody is rung and no database is needed. A few minutes.",
    "With --draft the report is kept, and a passed one of all flows lets the draft be published.",
    "Status 0: every branch was walked, and all heard what they should have. Status 1: not so.",
  ].join("\n"),
  examples: ["hearback flow walk", "hearback flow walk --draft", "hearback flow walk fft --json walk.json"],
  run: async (named, given, io) => {
    const { files } = await readSource(given, io);
    setPriority(lowest);
    const report = await walkOnRehearsal(files, {
      ...{ flows: named, signal: io.signal },
      onProgress: ({ walks, done, line }) => {
        if (line) say(io.stderr, `${String(done).padStart(3)} of ${walks}  ${line}`);
      },
    });
    if (given.json) write(given.json, `${JSON.stringify(report, null, 2)}\n`);
    for (const line of linesOfWalks(report)) say(io.stdout, line);
    if (given.draft && named.length === 0) await keep(report, io);
    return report.passed ? 0 : 1;
  },
});

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
