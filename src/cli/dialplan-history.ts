import type { Version } from "#dialplan/apply/ports.ts";
import { messageOf } from "#lib/errors.ts";
import { say } from "./command.ts";
import { unsettled, withBook } from "./dialplan-apply.ts";
import { onNode } from "./dialplan-diff.ts";
import { nodesHere } from "./dialplan-nodes.ts";
import { columns, defineCommand } from "./options.ts";

export const history = defineCommand({
  name: "dialplan history",
  summary: "Every dialplan that was, or was to be, in force: number, time, who, why, and what came of it.",
  options: { node: onNode, json: { help: "for programs: a JSON object a line" } },
  notes:
    "It lies beside the files, in the folder hearback-dialplans of Asterisk's configuration folder. Where HEARBACK_DATABASE_URL\n" +
    "is set, it tells too of what was begun and never told the end of.",
  examples: ["hearback dialplan history"],
  run: async (_operands, { node, json }, io) => {
    const { nodes, elsewhere } = nodesHere(io, node);
    for (const { name, folder } of nodes) {
      const versions = folder.versions();
      if (json) for (const version of versions) say(io.stdout, JSON.stringify({ node: name, ...version }));
      else for (const line of linesOf(name, versions)) say(io.stdout, line);
    }
    for (const line of elsewhere) say(io.stderr, line);
    if (io.env.HEARBACK_DATABASE_URL || io.env.HEARBACK_DATABASE_URL_FILE)
      for (const line of await withBook(io, unsettled).catch(notAsked)) say(io.stderr, line);
    return 0;
  },
});

/** The history lies here, whether the database answers or not. */
const notAsked = (thrown: unknown): string[] => [
  `Whether something was begun and never told the end of could not be asked: ${messageOf(thrown)}`,
];

function linesOf(name: string, versions: readonly Version[]): string[] {
  if (versions.length === 0) return [`${name}: nothing was applied by this command yet`];
  const rows = versions.map(({ number, at, by, note, outcome, because }): [string, string] => [
    `${name} ${number}`,
    `${at.slice(0, 16).replace("T", " ")}, ${by}: ${note} (${outcome}${because ? `: ${because}` : ""})`,
  ]);
  return columns(rows);
}
