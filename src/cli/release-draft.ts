import { tellFault } from "#lib/fault.ts";
import { isReleasePath } from "#release/files.ts";
import { obstaclesTo } from "#release/obstacles.ts";
import type { Author, LastSave, ReleaseDesk } from "#release/ports.ts";
import { tellChange } from "#release/text-diff.ts";
import { type Io, say, UsageError } from "./command.ts";
import { defineCommand } from "./options.ts";
import { linesOfState, nameOf, numberOf, releaseNotes, withReleases } from "./release-desk.ts";

export const draft = defineCommand({
  name: "release draft",
  summary: "Make the draft of what lies in folders; calls hear nothing of it until it is published.",
  options: {
    from: {
      value: "DIR",
      help: "what lies below it (dialplans and prompts, as in the repository; or an export)",
    },
    discard: { help: "throw the draft away instead" },
    undo: {
      value: "SAVE",
      help: "take this save back instead, by its beginning as `release status` tells it",
    },
  },
  notes: `Without --from: the folders set. There is one draft for the whole house, which the pages edit too. ${releaseNotes}`,
  examples: ["hearback release draft", "hearback release draft --from /srv/telephony"],
  run: (_operands, given, io) =>
    withReleases(io, async (desk, by) => {
      if ([given.from !== undefined, given.discard, given.undo !== undefined].filter(Boolean).length > 1)
        throw new UsageError("one of --from, --discard and --undo at a time");
      if (given.discard) await desk.discard(by);
      else if (given.undo !== undefined) await takeBack(desk, given.undo, by, io);
      else {
        const { files } = await source(given.from, io);
        await desk.replaceAll(new Map([...files].filter(([path]) => isReleasePath(path))), by);
      }
      const { changes, basedOn } = await desk.draft();
      const base = basedOn === null ? "the folders" : `release ${basedOn}`;
      say(io.stdout, changes.length === 0 ? `The draft is as ${base}.` : `Against ${base}:`);
      for (const change of changes) say(io.stdout, `  ${tellChange(change)}, by ${nameOf(change.author)}`);
      return 0;
    }),
});

/** @throws UsageError where it is not the last save that they saw */
async function takeBack(desk: ReleaseDesk, beginning: string, by: Author, io: Io): Promise<void> {
  const { lastSave } = await desk.draft();
  if (!lastSave?.id.startsWith(beginning) || beginning.length < 8)
    throw new UsageError(
      lastSave
        ? `the draft's last save is ${tellSave(lastSave)}, not ${beginning}; earlier ones are put back on the pages`
        : "nothing was saved in the draft",
    );
  const undone = await desk.undo(lastSave.id, by);
  if (undone.kind !== "undone") throw new UsageError("somebody saved meanwhile; nothing was taken back");
  for (const path of undone.paths) say(io.stderr, `${path} is as before`);
}

const tellSave = ({ id, author, paths }: LastSave): string =>
  `${id.slice(0, 8)} (${paths.length === 1 ? paths[0] : `${paths.length} files`}, by ${nameOf(author)})`;

const source = async (from: string | undefined, io: Io) => {
  const { readSettings } = await import("#config.ts");
  return io.services.releaseFolders(
    from === undefined ? readSettings(["flowFolder", "promptFolder"], io.env) : { folder: from },
  );
};

export const status = defineCommand({
  name: "release status",
  summary: "What new calls get, how the canary does, and whether the draft could be published.",
  options: {},
  notes: `Status 1 where the draft could not be published now. ${releaseNotes}`,
  examples: ["hearback release status"],
  run: (_operands, _given, io) =>
    withReleases(io, async (desk) => {
      for (const line of linesOfState(await desk.state())) say(io.stdout, line);
      const { changes, lastSave, baseWithdrawn, basedOn } = await desk.draft();
      say(
        io.stdout,
        changes.length === 0 ? "The draft changes nothing." : `The draft changes ${changes.length} files.`,
      );
      if (lastSave) say(io.stdout, `Its last save: ${tellSave(lastSave)}.`);
      if (baseWithdrawn) say(io.stdout, `It was begun from release ${basedOn}, which was rolled back since.`);
      const checked = await desk.check();
      for (const fault of checked.faults.filter(({ level }) => level === "warning"))
        say(io.stdout, `  ${tellFault(fault)}`);
      const obstacles = obstaclesTo(checked);
      for (const obstacle of obstacles) say(io.stdout, `  ${obstacle}`);
      say(
        io.stdout,
        obstacles.length === 0
          ? `It may be published: ${checked.tests.passed} flow tests passed.`
          : "It may not be published yet.",
      );
      return obstacles.length === 0 ? 0 : 1;
    }),
});

export const publish = defineCommand({
  name: "release publish",
  summary: "Publish the draft as the next release: a share of new calls gets it first, then all.",
  options: {
    note: { value: "TEXT", help: "what changed, and why; for those who read the list", required: true },
    share: { value: "PERCENT", help: "of new calls get it first (default: 5)" },
    despite: { value: "N", help: "although the draft was begun from release N, which was rolled back since" },
  },
  notes: `Refused while hearback check finds a fault, a flow test fails or leaves a branch out, or the walks of exactly these files have not passed; there is no way around it. ${releaseNotes}`,
  examples: ["hearback release publish --note 'A shorter greeting'"],
  run: (_operands, given, io) =>
    withReleases(io, async (desk, by) => {
      const percent = given.share === undefined ? 5 : Number(given.share);
      if (!(percent >= 1 && percent <= 100)) throw new UsageError("--share is from 1 to 100");
      const { digest } = await desk.draft();
      const despite = given.despite === undefined ? undefined : numberOf(given.despite);
      const published = await desk.publish({ note: given.note, digest, share: percent / 100, despite }, by);
      if (published.kind === "refused") {
        say(io.stderr, "Not published:");
        for (const obstacle of published.obstacles) say(io.stderr, `  ${obstacle}`);
        return 1;
      }
      say(io.stdout, `Release ${published.number} is published.`);
      for (const line of linesOfState(await desk.state())) say(io.stdout, line);
      return 0;
    }),
});
