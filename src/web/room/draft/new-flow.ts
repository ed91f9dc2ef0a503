/** A new flow with its tests: as another one is, or a small one to begin from. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isReleasePath, type ReleaseFiles, textOf } from "#release/files.ts";

interface Wanted {
  name: string;
  title: string;
  /** A flow of the draft; empty: the small one. */
  from: string;
}

type Made =
  | { kind: "made"; files: [path: string, text: string][] }
  /** `of`: the field that it is about. */
  | { kind: "refused"; of: "name" | "title" | "from"; text: string };

const small = (end: string): string => readFileSync(join(import.meta.dirname, `small-flow${end}`), "utf8");

export function newFlow(files: ReleaseFiles, { name, title, from }: Wanted): Made {
  const path = `flows/${name}.yaml`;
  const refused = (of: "name" | "title" | "from", text: string): Made => ({ kind: "refused", of, text });
  if (!isReleasePath(path) || name.includes("."))
    return refused("name", "Enter a name of a-z, 0-9 and hyphens, such as ward-round");
  if (files.has(path)) return refused("name", `There is a flow named ${name} already: choose another name`);
  if (title.trim() === "") return refused("title", "Enter what people call it");
  const text = from === "" ? small(".yaml") : textOf(files, `flows/${from}.yaml`);
  if (text === null) return refused("from", "Choose a flow of the draft, or the small one");
  const tests = from === "" ? small(".test.yaml") : textOf(files, `flows/${from}.test.yaml`);
  const named = text
    .replace(/^flow:.*$/m, `flow: ${name}`)
    .replace(/^title:.*$/m, () => `title: ${JSON.stringify(title.trim())}`);
  return {
    kind: "made",
    files: [[path, named], ...(tests === null ? [] : [[testsOf(path), tests] as [string, string]])],
  };
}

const testsOf = (path: string): string => path.replace(/\.yaml$/, ".test.yaml");

/** A flow's tests go with it. */
export const goesWith = (files: ReleaseFiles, path: string): string[] =>
  [path, ...(path.startsWith("flows/") && !path.endsWith(".test.yaml") ? [testsOf(path)] : [])].filter(
    (one) => files.has(one),
  );
