/** The recordings of all nodes as one: each is looked for where its call was made. */
import { AppError, messageOf } from "#lib/errors.ts";
import type { RecordingSpool } from "#recording/ports.ts";
import type { AsteriskNode } from "./node.ts";

type Nodes = readonly Pick<AsteriskNode, "name" | "spool">[];

/** Read, and not yet removed: so many at most, for one that is read may stay where it is. */
const mostRemembered = 1_000;

/**
 * @param nodeOf the node on which this recording was made, by its name; null where nobody wrote it down
 */
export function createSpools(
  nodes: Nodes,
  nodeOf: (recording: string) => Promise<string | null>,
): Omit<RecordingSpool, "list"> {
  /** Where a recording lies never changes. */
  const remembered = new Map<string, Nodes>();
  const spoolsFor = async (recording: string): Promise<Nodes> => {
    const known = remembered.get(recording);
    if (known) return known;
    const node = await nodeOf(recording);
    if (node === null) return nodes;
    const found = nodes.filter(({ name }) => name === node);
    if (found.length > 0) {
      for (const oldest of remembered.keys())
        if (remembered.size >= mostRemembered) remembered.delete(oldest);
      remembered.set(recording, found);
      return found;
    }
    throw new AppError("node_unknown", `its node "${node}" is not among ours`, { recording, node });
  };
  return {
    read: async (recording) => readFirst(await spoolsFor(recording), recording),
    remove: async (recording) => {
      for (const { spool } of await spoolsFor(recording)) await spool.remove(recording);
      remembered.delete(recording);
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
