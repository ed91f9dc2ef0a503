import { readFlows } from "#flow/check/check-flows.ts";
import type { Flow } from "#flow/definition.ts";
import type { ReleaseFiles } from "#release/files.ts";
import { foldersBelow, readReleaseFolders } from "#storage/release-folders.ts";
import { type WalkParts, walkScript } from "#walk/walk-script.ts";

/** The flows, their tests and the prompts of this repository. */
export const shippedFiles: ReleaseFiles = readReleaseFolders(foldersBelow("."));

export const shippedFlows: ReadonlyMap<string, Flow> = readFlows(shippedFiles).flows;

export function readFlow(name: string): Flow {
  const flow = shippedFlows.get(name);
  if (!flow) throw new Error(`there is no flow ${name}`);
  return flow;
}

/** Runs a scripted call among the shipped flows. */
export const walk = (
  flow: Flow,
  script: WalkParts["script"],
  parts: Partial<Omit<WalkParts, "flow" | "script">> = {},
) => walkScript({ flow, flows: shippedFlows, script, ...parts });

const bytes = (text: string) => new TextEncoder().encode(text);

/** The shipped files with some of them otherwise: a text, or null for "not there". */
export function filesWith(changed: Record<string, string | null>): ReleaseFiles {
  const files = new Map(shippedFiles);
  for (const [path, text] of Object.entries(changed)) {
    if (text === null) files.delete(path);
    else files.set(path, bytes(text));
  }
  return files;
}
