/** What the checkers say of files while somebody edits them: in milliseconds, and without measuring any sound. */
import { checkFlows } from "#flow/check/check-flows.ts";
import { type Fault, inReadingOrder } from "#lib/fault.ts";
import { checkWords } from "#prompts/check-prompts.ts";
import { readFlowTests } from "#walk/read-flow-tests.ts";
import { promptIds } from "#walk/test-flows.ts";
import { checkAsterisk } from "./check-files.ts";
import { fileKind } from "./file-kind.ts";
import type { ReleaseFiles } from "./files.ts";

/** Of this file, and of others that it is looked at together with: a dialplan's hooks, a flow's prompts. */
export function checkFile(files: ReleaseFiles, path: string): Fault[] {
  switch (fileKind(path)) {
    case "flow":
      return checkFlows(files);
    case "test":
      return checkTests(files, path);
    case "words":
      return inReadingOrder([...checkWords(files), ...checkFlows(files)]);
    case "dialplan":
    case "trunks":
      return checkAsterisk(files);
    default:
      return [];
  }
}

/** Of all that people write. */
export const checkWritten = (files: ReleaseFiles): Fault[] =>
  inReadingOrder([
    ...checkFlows(files),
    ...checkWords(files),
    ...checkAsterisk(files),
    ...[...files.keys()]
      .filter((path) => fileKind(path) === "test")
      .flatMap((path) => checkTests(files, path)),
  ]);

function checkTests(files: ReleaseFiles, path: string): Fault[] {
  const bytes = files.get(path);
  return bytes ? readFlowTests(path, bytes, promptIds(files)).faults : [];
}
