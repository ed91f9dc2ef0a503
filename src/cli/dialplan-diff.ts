import { differences } from "#dialplan/apply/differences.ts";
import { type DialplanTexts, dialplanFiles } from "#dialplan/apply/ports.ts";
import { textOf } from "#release/files.ts";
import { say } from "./command.ts";
import { fromFolder, lyingFiles } from "./dialplan-check.ts";
import { nodesHere } from "./dialplan-nodes.ts";
import { defineCommand } from "./options.ts";
import type { LyingFiles } from "./ports.ts";

export const onNode = {
  value: "NAME",
  help: "on this node only (default: every node that can be reached from here)",
} as const;

export const textsOf = ({ files }: Pick<LyingFiles, "files">): DialplanTexts =>
  new Map(
    dialplanFiles.flatMap((name) => {
      const text = textOf(files, `asterisk/${name}`);
      return text === null ? [] : [[name, text] as const];
    }),
  );

export const diff = defineCommand({
  name: "dialplan diff",
  summary: "What apply would change: the lines in force (-) and yours (+).",
  options: { folder: fromFolder, node: onNode },
  notes:
    "Status 0: nothing would change. Status 1: something would. Only extensions.conf and hooks.conf are applied; the other files take a restart of Asterisk.",
  examples: ["hearback dialplan diff"],
  run: async (_operands, { folder, node }, io) => {
    const yours = textsOf(await lyingFiles(folder, io));
    const { nodes, elsewhere } = nodesHere(io, node);
    let changed = false;
    for (const { name, folder: there } of nodes) {
      const lines = differences(there.current(), yours);
      changed ||= lines.length > 0;
      say(io.stdout, lines.length === 0 ? `${name}: nothing would change` : `${name}:`);
      for (const line of lines) say(io.stdout, line);
    }
    for (const line of elsewhere) say(io.stderr, line);
    return changed ? 1 : 0;
  },
});
