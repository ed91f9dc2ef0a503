import type { FolderOptions } from "#dialplan/conf/read-folder.ts";
import { type Fault, inReadingOrder } from "#lib/fault.ts";
import type { ReleaseFiles } from "#release/files.ts";
import { type Configuration, readConfiguration } from "./configuration.ts";
import type { Rule } from "./rule.ts";
import { readingRules } from "./rules/reading.ts";
import { allRules } from "./rules.ts";

/**
 * What is dangerous or broken in Asterisk's whole configuration, each with its place and what to write instead.
 * Never tells a password. What a site's own file says is unknown where that is not among the files.
 */
export function lintAsterisk(files: ReleaseFiles, options: FolderOptions = {}): Fault[] {
  const configuration = readConfiguration(files, options);
  const faults = allRules.flatMap((rule) => rule.find(configuration).map((found) => asFault(rule, found)));
  return inReadingOrder(withoutRepeats(faults).filter((fault) => !followsFrom(configuration, fault)));
}

const withoutRepeats = (faults: readonly Fault[]): Fault[] => [
  ...new Map(
    faults.map((fault) => [`${fault.file}:${fault.line}:${fault.column}:${fault.rule}`, fault]),
  ).values(),
];

/** What a file lacks that Asterisk refuses is told by that alone. */
function followsFrom({ confs }: Configuration, { file, rule }: Fault): boolean {
  const refused = [...confs.values()].some(
    (conf) => conf.file === file && conf.troubles.some(({ fatal }) => fatal),
  );
  return refused && !readingRules.some(({ name }) => name === rule);
}

const asFault = (
  { name, level, says, instead }: Rule,
  { at, about }: ReturnType<Rule["find"]>[number],
): Fault => ({
  ...at,
  ...{ rule: name, level, instead },
  what: about ? `${says} (${about})` : says,
});
