/** The recordings of all nodes as one: each is looked for where its call was made. */
import { AppError, messageOf } from "#lib/errors.ts";
import type { RecordingSpool } from "#recording/ports.ts";
import type { AsteriskNode } from "./node.ts";

/** Those that could not be removed stay; they are asked for again. */
const mostKnown = 1_000;

type Nodes = readonly Pick<AsteriskNode, "name" | "spool">[];

/**
 * @param nodeOf the node on which this recording was made, by its name; null where nobody wrote it down
 */
export function createSpools(
  nodes: Nodes,
  nodeOf: (recording: string) => Promise<string | null>,
): Omit<RecordingSpool, "list"> {
  // Of what was read, until it is removed: a recording stays where it was made, and is asked for once.
  const known = new Map<string, string>();
  const spoolsFor = async (recording: string): Promise<Nodes> => {
    const node = known.get(recording) ?? (await nodeOf(recording));
    if (node === null) return nodes;
    if (known.size >= mostKnown) known.clear();
    known.set(recording, node);
    const found = nodes.filter(({ name }) => name === node);
    if (found.length > 0) return found;
    throw new AppError("node_unknown", `its node "${node}" is not among ours`, { recording, node });
  };
  return {
    read: async (recording) => readFirst(await spoolsFor(recording), recording),
    remove: async (recording) => {
      for (const { spool } of await spoolsFor(recording)) await spool.remove(recording);
      known.delete(recording);
    },
  };
}

/** That it is nowhere can be said only when all have answered. */
async function readFirst(nodes: Nodes, recording: string): Promise<Buffer | null> {
  const away: string[] = [];
  for (const { name, spool } of nodes) {
    const audio = await spool.read(recording).catch((thrown: unknown) => {
      away.push(`${name}: ${messageOf(thrown)}`);
      return null;
    });
    if (audio !== null) return audio;
  }
  if (away.length === 0) return null;
  throw new AppError("recording_unreadable", away.join("; "), { recording });
}
