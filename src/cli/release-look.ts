import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FileChange } from "#release/files.ts";
import type { Place, ReleaseDesk } from "#release/ports.ts";
import { isText, linesOfDiff, tellChange, textDiff } from "#release/text-diff.ts";
import { type Io, say } from "./command.ts";
import { columns, defineCommand } from "./options.ts";
import {
  linesOfState,
  momentOf,
  nameOf,
  numberOf,
  placeOf,
  refused,
  releaseNotes,
  withReleases,
} from "./release-desk.ts";

export const list = defineCommand({
  name: "release list",
  summary:
    "Every release, newest first: its state, who published it and why, and how many calls began with it.",
  options: { json: { help: "for programs: a JSON object a line" } },
  notes: releaseNotes,
  examples: ["hearback release list"],
  run: (_operands, given, io) =>
    withReleases(io, async (desk) => {
      const releases = await desk.list();
      if (given.json) for (const one of releases) say(io.stdout, JSON.stringify(one));
      else if (releases.length === 0)
        say(
          io.stdout,
          "No release was published yet: calls say what the folders hold. Begin with: hearback release draft",
        );
      else
        for (const line of columns(
          releases.map((one) => [
            `${one.number}  ${one.state}`,
            `${momentOf(one.publishedAt)}  ${nameOf(one.author)}  ${one.calls} calls  ${one.note}`,
          ]),
        ))
          say(io.stdout, line);
      return 0;
    }),
});

export const show = defineCommand({
  name: "release show",
  summary: "One release: its note, what differs from the one before, and what happened to it.",
  operands: ["N"],
  options: { json: { help: "for programs: one JSON object" } },
  notes: releaseNotes,
  examples: ["hearback release show 7"],
  run: ([word], given, io) =>
    withReleases(io, async (desk) => {
      const number = numberOf(word!);
      const found = await desk.show(number);
      if (!found) return refused(io, `there is no release ${number}`);
      if (given.json) {
        say(io.stdout, JSON.stringify(found, null, 2));
        return 0;
      }
      const { state, author, publishedAt, note, basedOn, calls, difference, history } = found;
      say(
        io.stdout,
        `Release ${number}: ${state}, published ${momentOf(publishedAt)} by ${nameOf(author)}, ${calls} calls`,
      );
      say(io.stdout, `  ${note}`);
      say(io.stdout, basedOn === null ? "Its files (it is the first):" : `Against release ${basedOn}:`);
      for (const change of difference) say(io.stdout, `  ${tellChange(change)}`);
      say(io.stdout, "What happened:");
      for (const { kind, at, by, why } of history)
        say(io.stdout, `  ${momentOf(at)}  ${kind} by ${nameOf(by)}: ${why}`);
      const live = await desk.state();
      if (live.canary?.number === number) for (const line of linesOfState(live)) say(io.stdout, line);
      return 0;
    }),
});

export const diff = defineCommand({
  name: "release diff",
  summary: "What differs between two releases, or a release and the draft, line by line.",
  operands: ["A", "B"],
  options: {},
  notes: `A and B are numbers, or "draft". ${releaseNotes}`,
  examples: ["hearback release diff 6 7", "hearback release diff 7 draft"],
  run: ([from, to], _given, io) =>
    withReleases(io, async (desk) => {
      const [before, after] = [placeOf(from!), placeOf(to!)];
      const changes = await desk.diff(before, after);
      if (!changes) return refused(io, "there is no such release");
      for (const change of changes) await tellDifference(io, desk, change, [before, after]);
      return 0;
    }),
});

async function tellDifference(
  io: Io,
  desk: ReleaseDesk,
  change: FileChange,
  [before, after]: [Place, Place],
): Promise<void> {
  say(io.stdout, tellChange(change));
  if (!isText(change.path)) return;
  const [old, now] = [await textAt(desk, before, change.path), await textAt(desk, after, change.path)];
  for (const line of linesOfDiff(textDiff(old, now))) say(io.stdout, line);
}

async function textAt(desk: ReleaseDesk, place: Place, path: string): Promise<string | null> {
  const bytes = await desk.file(place, path);
  return bytes && new TextDecoder().decode(bytes);
}

export const exportRelease = defineCommand({
  name: "release export",
  summary: "Write a release's files into a folder, as they are.",
  operands: ["N", "DIR"],
  options: {},
  notes: `N is a number, or "draft". The folder must be empty, or not there yet. ${releaseNotes}`,
  examples: ["hearback release export 7 .hearback/release-7"],
  run: ([word, folder], _given, io) =>
    withReleases(io, async (desk) => {
      const place = placeOf(word!);
      if (existsSync(folder!) && readdirSync(folder!).length > 0)
        return refused(io, `${folder} is not empty`);
      const files = await desk.filesOf(place);
      if (!files) return refused(io, `there is no release ${place}`);
      for (const [path, bytes] of files) {
        const target = join(folder!, path);
        mkdirSync(dirname(target), { recursive: true });
        writeFileSync(target, bytes);
      }
      say(
        io.stdout,
        `${files.size} files of ${place === "draft" ? "the draft" : `release ${place}`} in ${folder}`,
      );
      return 0;
    }),
});
