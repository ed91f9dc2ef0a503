/** Each Asterisk as one row: the ledger's view of it, and this instance's own look. Pure. */
import type { NodeSigns } from "#alerts/vital-signs.ts";
import { type NodeView, whyKept } from "#campaign/node-desk.ts";

export interface NodeRow {
  name: string;
  version: string | null;
  /** In words: "ready", "draining", "not reached by 1 of 2 copies of Hearback". */
  state: string;
  colour: "green" | "yellow" | "red" | "grey";
  calls: number;
  maxCalls: number | null;
  draining: NodeView["draining"];
  seenAt: Date | null;
  /** What else there is to know: its events come late, AMI is away, why it is refused. */
  notes: string[];
  /** Why it may not be taken off the list; null: it may. */
  kept: string | null;
}

export const nodeRows = (nodes: readonly NodeView[], signs: readonly NodeSigns[]): NodeRow[] =>
  nodes.map((node) => {
    const seen = signs.find(({ name }) => name === node.name);
    return {
      ...{ name: node.name, version: node.version ?? seen?.version ?? null, calls: node.calls },
      ...{ maxCalls: node.maxCalls, draining: node.draining, seenAt: node.seenAt },
      ...stateOf(node),
      ...{ notes: notesOf(seen), kept: whyKept(node) },
    };
  });

function stateOf({ draining, links, calls }: NodeView): Pick<NodeRow, "state" | "colour"> {
  const ready = links.filter(({ state }) => state === "ready").length;
  if (links.length === 0) return { state: "no copy of Hearback uses it", colour: "grey" };
  if (ready === 0) return { state: [...new Set(links.map(({ state }) => state))].join(", "), colour: "red" };
  if (draining) return { state: calls === 0 ? "empty: it may be stopped" : "draining", colour: "yellow" };
  if (ready < links.length)
    return {
      state: `not reached by ${links.length - ready} of ${links.length} copies of Hearback`,
      colour: "yellow",
    };
  return { state: "ready", colour: "green" };
}

const notesOf = (seen: NodeSigns | undefined): string[] => [
  ...(seen?.eased ? ["its events come late: it is given fewer calls until they come in time"] : []),
  ...(seen?.ami === "away" ? ["its manager (AMI) is not connected"] : []),
  ...(seen?.refusedBecause ? [seen.refusedBecause] : []),
  ...(seen && seen.calls !== null
    ? [`Asterisk itself counts ${seen.calls} ${seen.calls === 1 ? "call" : "calls"}`]
    : []),
];
