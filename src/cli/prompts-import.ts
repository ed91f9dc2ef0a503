import { basename, dirname, extname, resolve } from "node:path";
import { systemClock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import { nearest } from "#lib/nearest.ts";
import type { AcceptedSound } from "#prompts/accept-sound.ts";
import { type TakenSound, takeIn } from "#prompts/take-in.ts";
import { byCommand } from "./by-command.ts";
import { type Io, say, UsageError } from "./command.ts";
import { defineCommand } from "./options.ts";
import { auditNote, soundActs, withPromptAudit } from "./prompts-audit.ts";
import { idsFrom, languageFrom, languageOption, type OpenPrompts, openPrompts } from "./prompts-folder.ts";
import { grid } from "./prompts-status.ts";

/** One file, and what became of it. */
interface Tried {
  file: string;
  language: string;
  id: string | null;
  outcome: { kind: "taken"; sound: TakenSound; text: string } | { kind: "refused"; because: string };
}

export const importSounds = defineCommand({
  name: "prompts import",
  summary:
    "Take recordings in: cut close, brought to one loudness and to the telephone's form, or refused with the reason.",
  operands: ["FILE|DIR"],
  options: {
    language: languageOption,
    id: { value: "ID", help: "which prompt a FILE is; by its name when not given" },
    "dry-run": { help: "only tell what would be taken and what refused" },
  },
  notes: [
    "WAV of any rate, width and number of channels; MP3, M4A and others where the machine has ffmpeg or sox.",
    "Of a DIR each file is taken by its name: hello.wav is the prompt hello. A file in a folder named cy-GB is that language.",
    "wide: it has more than a plain telephone carries (16 kHz), and telephones that speak G.722 hear it. narrow: 8 kHz.",
    "What was there before is kept: hearback prompts history ID, hearback prompts restore ID.",
    auditNote,
    "Status 1 where anything was refused; what was taken is taken all the same.",
  ].join("\n"),
  examples: [
    "hearback prompts import ~/greeting.m4a --id hello",
    "hearback prompts import recordings/ --language cy-GB",
  ],
  run: async ([path], given, io) => {
    const open = await openPrompts(io);
    const language = languageFrom(open.manifest, given.language);
    const found = open.shelf.filesAt(path!);
    const single = found.length === 1 && found[0] === path;
    if (given.id !== undefined && !single) throw new UsageError("--id goes with one FILE, not with a folder");
    if (given.id !== undefined) idsFrom(open.manifest, [given.id]);
    const tried: Tried[] = [];
    for (const file of found) {
      const ofFolder = single && given.language !== undefined ? null : languageOfFolder(file, open.manifest);
      const at = { file, language: ofFolder ?? language, id: given.id ?? idOf(file) };
      tried.push(await tryOne(open, at));
    }
    refuseTwins(tried);
    if (!given["dry-run"]) await keep(open, tried, io);
    for (const line of tableOf(tried)) say(io.stdout, line);
    const refused = tried.filter(({ outcome }) => outcome.kind === "refused").length;
    const words = given["dry-run"] ? "would be taken; nothing was changed" : "taken";
    say(io.stderr, `${tried.length - refused} ${words}${refused > 0 ? `, ${refused} refused` : ""}.`);
    return refused > 0 || tried.length === 0 ? 1 : 0;
  },
});

/** Of cy-GB/hello.wav, also where the manifest has no such language: the sound is in no other. */
function languageOfFolder(file: string, { languages }: OpenPrompts["manifest"]): string | null {
  const folder = basename(dirname(resolve(file)));
  return languages.has(folder) || /^[a-z]{2,3}-[A-Z]{2}$/.test(folder) ? folder : null;
}

/** "Press Hash When Done.m4a" is press-hash-when-done. */
const idOf = (file: string): string =>
  basename(file, extname(file))
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, "-");

async function tryOne(
  { shelf, manifest }: OpenPrompts,
  at: { file: string; language: string; id: string },
): Promise<Tried> {
  const refused = (because: string): Tried => ({ ...at, id: null, outcome: { kind: "refused", because } });
  if (!manifest.languages.has(at.language)) {
    const there = [...manifest.languages.keys()].join(", ");
    return refused(
      `its folder says ${at.language}, which is no language of the manifest; there are: ${there}`,
    );
  }
  const entry = manifest.prompts.get(at.id);
  if (!entry) {
    const meant = nearest(at.id, [...manifest.prompts.keys()]);
    return refused(
      `no prompt has the id ${at.id}; ${meant ? `did you mean ${meant}?` : "give it with --id"}`,
    );
  }
  const text = entry.words.get(at.language)?.text;
  if (text === undefined)
    return refused(`the manifest has no words for ${at.id} in ${at.language}; write them first`);
  try {
    const taken = takeIn(await shelf.read(at.file), text);
    if (taken.kind === "taken") return { ...at, outcome: { kind: "taken", sound: taken, text } };
    return refused(taken.faults.map(({ what, instead }) => `${what}; ${instead}`).join("; "));
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === "audio_unreadable") return refused(thrown.message);
    throw thrown;
  }
}

/** Two files for one prompt: nobody but the speaker knows which is meant. */
function refuseTwins(tried: Tried[]): void {
  for (const [, same] of Map.groupBy(tried, ({ language, id }) => `${language}/${id}`)) {
    if (same.length < 2 || same[0]?.id === null) continue;
    const names = same.map(({ file }) => basename(file)).join(", ");
    for (const one of same)
      one.outcome = {
        kind: "refused",
        because: `${names} are one prompt; leave the one that is to be heard`,
      };
  }
}

async function keep({ shelf }: OpenPrompts, tried: readonly Tried[], io: Io): Promise<void> {
  const [by, at] = [byCommand().id, systemClock.now()];
  const sounds = tried.flatMap(({ language, id, outcome }): AcceptedSound[] => {
    if (outcome.kind === "refused" || id === null) return [];
    return [{ language, id, wav: outcome.sound.wav, text: outcome.text, making: "recorded", by, at }];
  });
  if (sounds.length === 0) return;
  await withPromptAudit(io, (change) =>
    change(soundActs("prompt-import", sounds), () => shelf.accept(sounds)),
  );
}

function tableOf(tried: readonly Tried[]): string[] {
  const rows = tried.map(({ file, language, id, outcome }) =>
    outcome.kind === "refused"
      ? [basename(file), language, "refused", outcome.because]
      : [basename(file), language, `taken as ${id}`, figures(outcome.sound)],
  );
  return grid([["file", "language", "outcome", "what"], ...rows]);
}

const figures = ({ seconds, wide, gainDb, cutMs }: TakenSound): string =>
  `${seconds.toFixed(1)} s, ${wide ? "wide" : "narrow"}, made ${Math.abs(gainDb).toFixed(1)} dB ${gainDb < 0 ? "softer" : "louder"}, ${(cutMs / 1000).toFixed(1)} s of silence cut away`;
