/** A dialplan on all nodes of this machine, one after the other: all have it at the end, or none. */
import { type Applied, type Applying, applyDialplan } from "./apply-dialplan.ts";
import type { DialplanFolder, LiveDialplan } from "./ports.ts";

export interface DialplanNode {
  name: string;
  folder: DialplanFolder;
  live: LiveDialplan;
}

export interface Telling {
  progress(node: string, line: string): void;
  /** As Applying has it. */
  intends?(node: string, version: number): Promise<void>;
  told(result: NodeResult): Promise<void>;
}

export interface NodeResult {
  node: string;
  applied: Applied;
}

/**
 * The first node that does not take it ends it, and those before it get back what they had.
 * @param told each result as soon as it is there; those that are put back are told a second time
 */
export async function applyToNodes(
  nodes: readonly DialplanNode[],
  wanted: Omit<Applying, "folder" | "live" | "progress" | "intends">,
  { progress, intends, told }: Telling,
): Promise<NodeResult[]> {
  const results: NodeResult[] = [];
  const done: DialplanNode[] = [];
  for (const node of nodes) {
    const applied = await applyDialplan({
      ...wanted,
      ...node,
      progress: (line) => progress(node.name, line),
      intends: async (version) => intends?.(node.name, version),
    });
    results.push({ node: node.name, applied });
    await told(results.at(-1)!);
    if (applied.kind === "put-back" || applied.kind === "broken") {
      for (const earlier of done.toReversed()) results.push(await putBack(earlier, node.name));
      break;
    }
    if (applied.kind === "applied") done.push(node);
  }
  return results;

  async function putBack(node: DialplanNode, because: string): Promise<NodeResult> {
    const last = node.folder.versions().at(-1)!;
    const texts = node.folder.textsOf(last.before!);
    const note = `back to version ${last.before}: ${because} did not take ${last.number}`;
    const applied = await applyDialplan({
      ...{ ...wanted, ...node, texts, expected: null, note },
      progress: (line) => progress(node.name, line),
      // What worked comes back, whether or not that can be told.
      intends: async (version) => intends?.(node.name, version).catch(() => {}),
    });
    const result = { node: node.name, applied };
    await told(result);
    return result;
  }
}
