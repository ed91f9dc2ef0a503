import { checkDialplan } from "#dialplan/guard/check-dialplan.ts";
import { lintAsterisk } from "#dialplan/lint/lint-asterisk.ts";
import { checkFlows } from "#flow/check/check-flows.ts";
import { type Fault, inReadingOrder } from "#lib/fault.ts";
import { checkPrompts } from "#prompts/check-prompts.ts";
import type { ReleaseFiles } from "./files.ts";

/** The guard first: where it refuses a line, the linter need not say it again. */
export function checkAsterisk(files: ReleaseFiles): Fault[] {
  const guarded = checkDialplan(files);
  const refused = guarded.filter(({ level }) => level === "fault");
  const told = new Set(refused.map(({ file, line }) => `${file}:${line}`));
  return [...guarded, ...lintAsterisk(files).filter(({ file, line }) => !told.has(`${file}:${line}`))];
}

/** All that looks at a release's files. Each is pure, and has nothing to say of files that are not there for it. */
const checkers: readonly ((files: ReleaseFiles) => Fault[])[] = [checkFlows, checkPrompts, checkAsterisk];

/** Everything that is wrong in these files, in reading order; with a fault, and not only warnings, they are refused. */
export const checkFiles = (files: ReleaseFiles): Fault[] =>
  inReadingOrder(checkers.flatMap((check) => check(files)));
