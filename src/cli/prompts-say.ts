import { systemClock } from "#lib/clock.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import type { FileChanges } from "#prompts/accept-sound.ts";
import { say } from "./command.ts";
import { defineCommand } from "./options.ts";
import { auditNote, standInActs, withPromptAudit } from "./prompts-audit.ts";
import { idsFrom, languageFrom, languageOption, openPrompts } from "./prompts-folder.ts";

export const sayPrompts = defineCommand({
  name: "prompts say",
  summary: "Let a machine's voice say the prompts that have no sound, or whose words changed: stand-ins.",
  operands: ["[ID...]"],
  options: {
    language: languageOption,
    again: { help: "also those that say the same words already" },
    wide: { help: "for telephones that speak G.722 too; with --again, so that all of them sound alike" },
  },
  notes: [
    "What a person recorded is left alone. British English: SVOX Pico; Welsh and others: eSpeak NG.",
    "The voices come from Debian's packages the first time (apt-get and a network; nothing is installed).",
    "Their licences: prompts/README.md.",
    auditNote,
  ].join("\n"),
  examples: ["hearback prompts say", "hearback prompts say hello goodbye --language cy-GB --again"],
  run: async (given, { language: tag, again, wide }, io) => {
    const { shelf, manifest } = await openPrompts(io);
    const [language, ids] = [languageFrom(manifest, tag), idsFrom(manifest, given)];
    const [{ makeStandIns }, { repositoryFile }, { soundTable }] = await Promise.all([
      import("#rehearsal/voices/stand-ins.ts"),
      import("#rehearsal/repository.ts"),
      import("#rehearsal/voices/sound-table.ts"),
    ]);
    const voiceFolder = repositoryFile(".hearback/voices");
    const wanted = { language, ids, again, wide, voiceFolder, at: systemClock.now() };
    const { made, leftAlone } = await withPromptAudit(io, async (change) => {
      let changes: FileChanges = new Map();
      // told before the first file is changed, and all of them are made by then
      const write = (all: FileChanges) => {
        changes = all;
      };
      const outcome = await makeStandIns({ files: shelf.files, write }, manifest, wanted).catch(noneMade);
      await change(standInActs(language, changes), () => shelf.write(changes));
      return outcome;
    });
    if (Object.keys(made).length > 0) say(io.stdout, soundTable(made));
    for (const id of leftAlone.filter((id) => given.includes(id)))
      say(io.stderr, `${id} is left alone: a person recorded it. hearback prompts import replaces it.`);
    say(io.stderr, `${Object.keys(made).length} stand-ins made in ${language}.`);
    return 0;
  },
});

function noneMade(thrown: unknown): never {
  const text = `No stand-in was made: ${messageOf(thrown)}`;
  throw new AppError("stand_ins_failed", text, {}, { cause: thrown });
}
