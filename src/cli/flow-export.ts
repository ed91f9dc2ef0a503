import { statSync, writeFileSync } from "node:fs";
import { readFlows } from "#flow/check/check-flows.ts";
import { promptFacts } from "#flow/check/prompt-facts.ts";
import type { Lost } from "#flow/floip/container.ts";
import { exportFloip } from "#flow/floip/export-floip.ts";
import { systemClock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import { tellFault } from "#lib/fault.ts";
import { say, UsageError } from "./command.ts";
import { defineCommand } from "./options.ts";
import { checkNamed, readSource, sourceNotes, sourceOptions } from "./release-source.ts";

export const flowExport = defineCommand({
  name: "flow export",
  summary: "Write a flow as another system reads it; a line for each thing that it has no place for.",
  operands: ["FLOW"],
  options: {
    floip: { help: "as a container of FLOIP's flow specification, 1.0.0-rc3 (JSON)" },
    out: { value: "FILE", help: "standard output when not given" },
    ...sourceOptions,
    json: { help: "for a program: one object with the container and what is lost" },
  },
  notes: [
    "What is lost is told on standard error, with the place in the flow. Sounds are named, not packed in.",
    sourceNotes,
  ].join("\n"),
  examples: ["hearback flow export fft --floip --out fft.floip.json"],
  run: async ([name], given, io) => {
    demandFloip(given.floip);
    const { files, fileBehind } = await readSource(given, io);
    const { flows, faults } = readFlows(files);
    checkNamed([name!], [...flows.keys()]);
    const own = faults.filter(({ level, file }) => level === "fault" && file === `flows/${name}.yaml`);
    if (own.length > 0)
      throw new AppError("flows_faulty", ["Not written:", ...own.map(tellFault)].join("\n  "));
    const prompts = promptFacts(files);
    if (!prompts)
      throw new AppError("prompts_faulty", "The prompts' manifest cannot be read: hearback check tells why.");
    // A draft or a release lies in the database: there is no file behind its flow.
    const lying = statSync(fileBehind(`flows/${name}.yaml`), { throwIfNoEntry: false });
    const changedAt = given.draft || given.release !== undefined || !lying ? systemClock.now() : lying.mtime;
    const { container, lost } = exportFloip(flows.get(name!)!, { flows, prompts, changedAt });
    const text = `${JSON.stringify(given.json ? { container, lost } : container, null, 2)}\n`;
    if (given.out === undefined) io.stdout.write(text);
    else writeFileSync(given.out, text);
    if (!given.json) for (const line of lostLines(lost)) say(io.stderr, line);
    return 0;
  },
});

/** @throws UsageError: there is one format so far, and it is to be named */
export function demandFloip(floip: boolean): void {
  if (!floip) throw new UsageError("say which format: --floip");
}

export const lostLines = (lost: readonly Lost[]): string[] =>
  lost.map(({ flow, path, what }) => `lost: ${flow}: ${path.join(".")}: ${what}`);
