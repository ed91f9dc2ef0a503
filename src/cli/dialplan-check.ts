import { readSettings } from "#config.ts";
import { type Fault, tellFault } from "#lib/fault.ts";
import { wentWell } from "#rehearsal/dialplan/golden-calls.ts";
import { rehearseDialplan } from "#rehearsal/dialplan/rehearse.ts";
import { checkFiles } from "#release/check-files.ts";
import type { GoldenCall } from "#release/walk-report.ts";
import { type Io, say } from "./command.ts";
import { defineCommand } from "./options.ts";
import type { LyingFiles } from "./ports.ts";

export const fromFolder = {
  value: "DIR",
  help: "the files below it (dialplans/asterisk or asterisk, prompts); else those beside HEARBACK_FLOW_FOLDER",
} as const;

export const lyingFiles = (folder: string | undefined, io: Io): Promise<LyingFiles> =>
  io.services.releaseFolders(
    folder === undefined ? readSettings(["flowFolder", "promptFolder"], io.env) : { folder },
  );

export const check = defineCommand({
  name: "dialplan check",
  summary: "Look through it line by line, load it in an Asterisk of its own, and make the five golden calls.",
  options: {
    folder: fromFolder,
    json: { help: "for a program: one object with every fault and every call" },
  },
  notes: [
    "Nothing live is touched: the Asterisks run on this machine alone, on ports of their own, and are gone afterwards.",
    "Takes about 15 seconds; the first time Asterisk's packages are downloaded. Needs no database.",
    "Status 0: it may be applied. Status 1: at least one fault, or a call that went another way.",
  ].join("\n"),
  examples: ["hearback dialplan check", "hearback dialplan check --folder . --json"],
  run: async (_operands, { folder, json }, io) => {
    const { passed, faults, calls } = await rehearsed(await lyingFiles(folder, io), io);
    if (json) say(io.stdout, JSON.stringify({ passed, faults, calls }, null, 2));
    else for (const line of tellRehearsed({ faults, calls })) say(io.stdout, line);
    return passed ? 0 : 1;
  },
});

export interface Passing {
  passed: boolean;
  faults: Fault[];
  calls: GoldenCall[];
  /** The dialplan as the scratch Asterisk has it. */
  loaded: string[];
}

/** What stands before every apply. Progress goes to standard error. */
export async function rehearsed({ files, fileBehind }: LyingFiles, io: Io): Promise<Passing> {
  const named = (faults: readonly Fault[]) =>
    faults.map((fault) => ({ ...fault, file: fileBehind(fault.file) }));
  const found = checkFiles(files).filter(({ file }) => file.startsWith("asterisk/"));
  const asterisk = [...files.keys()].some((path) => path.startsWith("asterisk/"));
  if (!asterisk) throw new Error("there are no Asterisk files there; --folder says where they are");
  if (found.some(({ level }) => level === "fault"))
    return { passed: false, faults: named(found), calls: [], loaded: [] };
  say(io.stderr, "The guard lets it through; loading it in an Asterisk of its own");
  const { faults, calls, loaded } = await rehearseDialplan(files, {
    progress: (line) => say(io.stderr, line),
    told: (call) => say(io.stderr, `${call.name}: ${wentWell(call) ? "as it should" : "NOT as it should"}`),
  });
  const sound = !faults.some(({ level }) => level === "fault");
  const passed = sound && calls.length > 0 && calls.every(wentWell);
  return { passed, faults: named([...found, ...faults]), calls, loaded };
}

export function tellRehearsed({ faults, calls }: Pick<Passing, "faults" | "calls">): string[] {
  const wrong = calls.filter((call) => !wentWell(call));
  return [
    ...faults.map(tellFault),
    ...wrong.map(({ name, expected, seen }) => `${name}: should be "${expected}", was "${seen}"`),
    calls.length === 0
      ? "Not loaded, and no call was made."
      : `${calls.length - wrong.length} of ${calls.length} golden calls went as they should.`,
  ];
}
