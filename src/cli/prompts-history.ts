import { systemClock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import type { FormerSound } from "#prompts/ports.ts";
import { byCommand } from "./by-command.ts";
import { say } from "./command.ts";
import { defineCommand } from "./options.ts";
import { auditNote, soundActs, withPromptAudit } from "./prompts-audit.ts";
import { idsFrom, languageFrom, languageOption, needsPrompts, openPrompts } from "./prompts-folder.ts";
import { grid } from "./prompts-status.ts";

export const history = defineCommand({
  name: "prompts history",
  summary: "The sounds that a prompt had before, newest first.",
  operands: ["ID"],
  options: { language: languageOption },
  notes: needsPrompts,
  examples: ["hearback prompts history hello"],
  run: async ([id], given, io) => {
    const { shelf, manifest } = await openPrompts(io);
    const language = languageFrom(manifest, given.language);
    idsFrom(manifest, [id!]);
    const former = shelf.former(language, id!);
    if (former.length === 0) say(io.stdout, `${id} has had no other sound in ${language}.`);
    else
      for (const line of grid([["version", "until", "replaced by", "what"], ...former.map(row)]))
        say(io.stdout, line);
    return 0;
  },
});

const row = ({ version, replacedAt, replacedBy, making, seconds, wide, said }: FormerSound): string[] => [
  ...[version, replacedAt.slice(0, 16).replace("T", " "), replacedBy],
  `${making}, ${seconds.toFixed(1)} s${wide ? ", wide" : ""}${said === null ? "" : `: "${said}"`}`,
];

export const restore = defineCommand({
  name: "prompts restore",
  summary: "Put back the sound that a prompt had before; the present one is kept in turn.",
  operands: ["ID", "[VERSION]"],
  options: { language: languageOption },
  notes: ["VERSION as hearback prompts history tells it; the newest when not given.", auditNote].join("\n"),
  examples: ["hearback prompts restore hello"],
  run: async ([id, version], given, io) => {
    const { shelf, manifest } = await openPrompts(io);
    const language = languageFrom(manifest, given.language);
    idsFrom(manifest, [id!]);
    const former = shelf.former(language, id!);
    const found = version === undefined ? former[0] : former.find((one) => one.version === version);
    if (!found)
      throw new AppError(
        "prompt_version_missing",
        version === undefined
          ? `Nothing to put back: ${id} has had no other sound in ${language}.`
          : `${id} has no version ${version} in ${language}; hearback prompts history ${id} lists them.`,
      );
    const wav = shelf.formerSound(found);
    const [by, at] = [byCommand().id, systemClock.now()];
    const sounds = [{ language, id: id!, wav, text: found.said, making: found.making, by, at }];
    await withPromptAudit(io, (change) =>
      change(soundActs("prompt-restore", sounds), () => shelf.accept(sounds)),
    );
    say(
      io.stdout,
      `${id} in ${language} says again what it said until ${found.replacedAt.slice(0, 16).replace("T", " ")}.`,
    );
    return 0;
  },
});
