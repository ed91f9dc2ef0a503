import { inForceNow } from "#dialplan/apply/apply-dialplan.ts";
import type { DialplanNode } from "#dialplan/apply/apply-to-nodes.ts";
import { type Io, say, UsageError } from "./command.ts";
import { audited, by, inForce, note } from "./dialplan-apply.ts";
import { onNode } from "./dialplan-diff.ts";
import { nodesHere } from "./dialplan-nodes.ts";
import { defineCommand } from "./options.ts";
import { userAtHost } from "./user-name.ts";

export const rollback = defineCommand({
  name: "dialplan rollback",
  summary: "Put back the dialplan that was in force before, or any one of the history.",
  options: {
    to: { value: "NUMBER", help: "this version, as `dialplan history` numbers them" },
    node: onNode,
    note,
    by,
  },
  notes: [
    "At once, without the rehearsal, for it worked before; a call of nobody is sent through it all the same.",
    "Needs the settings of the nodes with HEARBACK_ASTERISK_CONFIG_FOLDER, and HEARBACK_DATABASE_URL for the audit.",
    "Status 0: in force everywhere. Status 1: it does not work, or not everywhere.",
  ].join("\n"),
  examples: ["hearback dialplan rollback", "hearback dialplan rollback --to 3 --node north"],
  run: async (_operands, given, io) => {
    if (given.to !== undefined && !/^\d+$/.test(given.to))
      throw new UsageError("--to needs the number of a version");
    const { nodes, elsewhere } = nodesHere(io, given.node);
    return audited(io, async (write) => {
      let all = elsewhere.length === 0;
      for (const node of nodes) {
        const version = given.to === undefined ? beforeNow(node, io) : Number(given.to);
        const known = node.folder.versions().find(({ number }) => number === version);
        if (version === null || !known) {
          if (version !== null) say(io.stdout, `${node.name}: there is no version ${version}`);
          all = false;
          continue;
        }
        const wanted = { texts: node.folder.textsOf(version), expected: null };
        const why = given.note ?? `back to version ${version}`;
        const done = await inForce(
          io,
          [node],
          { ...wanted, note: why, by: given.by ?? userAtHost() },
          write("dialplan-put-back"),
        );
        all &&= done;
      }
      for (const line of elsewhere) say(io.stderr, line);
      return all ? 0 : 1;
    });
  },
});

function beforeNow({ name, folder }: DialplanNode, io: Io): number | null {
  const before = inForceNow(folder)?.before ?? null;
  if (before === null) say(io.stdout, `${name}: nothing was in force before that is known here`);
  return before;
}
