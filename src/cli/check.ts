import { readSettings } from "#config.ts";
import { type Fault, tellFault } from "#lib/fault.ts";
import { checkFiles } from "#release/check-files.ts";
import { say } from "./command.ts";
import { defineCommand } from "./options.ts";

export const check = defineCommand({
  name: "check",
  summary:
    "Look whether flows, prompts and dialplans are sound: each fault with its line and what to write instead.",
  options: {
    folder: {
      value: "DIR",
      help: "look below it (dialplans/flows or flows, prompts, dialplans/asterisk or asterisk)",
    },
    json: { help: "for a program: one object with every fault" },
  },
  notes: [
    "Without --folder: HEARBACK_FLOW_FOLDER, HEARBACK_PROMPT_FOLDER, and the folder asterisk beside the flows.",
    "Changes nothing, rings nobody and needs no database: an editor or a CI may run it on every change.",
    "Status 0: no fault (there may be warnings). Status 1: at least one fault.",
  ].join("\n"),
  examples: ["hearback check", "hearback check --folder . --json | jq '.faults[] | .rule'"],
  run: async (_operands, { folder, json }, io) => {
    const from = folder === undefined ? readSettings(["flowFolder", "promptFolder"], io.env) : { folder };
    const { files, fileBehind } = await io.services.releaseFolders(from);
    const faults = checkFiles(files).map((fault) => ({ ...fault, file: fileBehind(fault.file) }));
    const count = (level: Fault["level"]) => faults.filter((fault) => fault.level === level).length;
    if (json) {
      const looked = { files: files.size, faults: count("fault"), warnings: count("warning") };
      say(io.stdout, JSON.stringify({ summary: looked, faults }, null, 2));
    } else {
      for (const fault of faults) say(io.stdout, tellFault(fault));
      const counts = `${many(count("fault"), "fault")}, ${many(count("warning"), "warning")}`;
      say(io.stdout, `${many(files.size, "file")} looked at: ${counts}`);
    }
    return count("fault") > 0 ? 1 : 0;
  },
});

const many = (count: number, word: string): string =>
  `${count === 0 ? "no" : count} ${word}${count === 1 ? "" : "s"}`;
