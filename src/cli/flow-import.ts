import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type Imported, importFloip } from "#flow/floip/import-floip.ts";
import { withPrompts } from "#flow/floip/manifest-entries.ts";
import { type Fault, tellFault } from "#lib/fault.ts";
import { checkFiles } from "#release/check-files.ts";
import { textOf } from "#release/files.ts";
import { say, UsageError } from "./command.ts";
import { demandFloip, lostLines } from "./flow-export.ts";
import { defineCommand } from "./options.ts";
import type { LyingFiles } from "./ports.ts";
import { readSource, sourceNotes, sourceOptions } from "./release-source.ts";

const manifest = "prompts/manifest.yaml";

export const flowImport = defineCommand({
  name: "flow import",
  summary: "Take flows over from another system, with the words of their prompts; then tell what is missing.",
  operands: ["FILE"],
  options: {
    floip: { help: "from a container of FLOIP's flow specification (JSON)" },
    replace: { help: "write over a flow that there is already" },
    folder: sourceOptions.folder,
    json: { help: "for a program: one object with what was written, lost and found faulty" },
  },
  notes: [
    "Writes one file a flow among the flows, and the words of new prompts into the manifest; their sounds are yours to",
    "record (hearback prompts). Status 0: hearback check finds no fault in them. Status 1: at least one, each told.",
    sourceNotes,
  ].join("\n"),
  examples: ["hearback flow import their-flow.json --floip"],
  run: async ([file], given, io) => {
    demandFloip(given.floip);
    const imported = importFloip(readFileSync(file!, "utf8"));
    const there = { folder: given.folder, draft: false, release: undefined };
    const lying = await readSource(there, io);
    const written = write(imported, lying, given.replace);
    const { files, fileBehind } = await readSource(there, io);
    const faults = checkFiles(files)
      .filter(({ file, level }) => level === "fault" && written.paths.includes(file))
      .map((fault): Fault => ({ ...fault, file: fileBehind(fault.file) }));
    if (given.json) say(io.stdout, JSON.stringify({ ...written, lost: imported.lost, faults }, null, 2));
    else {
      for (const path of written.paths) say(io.stdout, `Written: ${fileBehind(path)}`);
      if (written.prompts.length > 0)
        say(io.stdout, `New prompts, to be recorded: ${written.prompts.join(", ")}`);
      for (const line of lostLines(imported.lost)) say(io.stderr, line);
      for (const fault of faults) say(io.stdout, tellFault(fault));
    }
    return faults.length > 0 ? 1 : 0;
  },
});

/** @throws UsageError: a flow of that name is there */
function write({ flows, words }: Imported, { files, fileBehind }: LyingFiles, replace: boolean) {
  const paths = [...flows.keys()].map((name) => `flows/${name}.yaml`);
  const there = paths.filter((path) => existsSync(fileBehind(path)));
  if (there.length > 0 && !replace)
    throw new UsageError(`${fileBehind(there[0]!)} is there already; --replace writes over it`);
  for (const [name, text] of flows) writeFileSync(fileBehind(`flows/${name}.yaml`), text);
  const { text, added } = withPrompts(textOf(files, manifest) ?? "prompts: {}\n", words);
  if (added.length > 0) writeFileSync(fileBehind(manifest), text);
  return { paths, prompts: added };
}
