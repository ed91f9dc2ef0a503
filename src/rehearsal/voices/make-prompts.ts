/**
 * For maintainers: speaks the prompts of prompts/manifest.yaml that have no audio, or whose words changed since they
 * were spoken here; `hearback prompts say` does the same for a folder of one's own.
 *   node src/rehearsal/voices/make-prompts.ts [--language en-GB] [--only ID] [--again]
 * --again speaks them afresh even if the words are the same. What a person recorded is never overwritten.
 */
import { parseArgs } from "node:util";
import { systemClock } from "#lib/clock.ts";
import { tellFault } from "#lib/fault.ts";
import { readManifest } from "#prompts/manifest.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { openPromptShelf } from "#storage/prompt-shelf.ts";
import { soundTable } from "./sound-table.ts";
import { makeStandIns } from "./stand-ins.ts";

const { values: options } = parseArgs({
  options: {
    language: { type: "string", default: "en-GB" },
    only: { type: "string" },
    again: { type: "boolean", default: false },
  },
});
const shelf = openPromptShelf(repositoryFile("prompts"));
const { manifest, faults } = readManifest(shelf.files());
if (!manifest) throw new Error(faults.map(tellFault).join("\n"));
if (options.only && !manifest.prompts.has(options.only))
  throw new Error(`no prompt has the id ${options.only}`);
const { made, leftAlone } = await makeStandIns(shelf, manifest, {
  language: options.language,
  ids: options.only ? [options.only] : [...manifest.prompts.keys()],
  again: options.again,
  // As small as they can be: these come with every copy of Hearback.
  wide: false,
  voiceFolder: repositoryFile(".hearback/voices"),
  at: systemClock.now(),
});
for (const id of leftAlone) console.log(`${id}: left alone, a person recorded it`);
console.log(soundTable(made));
