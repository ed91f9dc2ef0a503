import { maskNumber, mayDial, readPhone } from "#campaign/phone-number.ts";
import { readSettings } from "#config.ts";
import { systemClock } from "#lib/clock.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import type { AcceptedSound } from "#prompts/accept-sound.ts";
import { recordByTelephone, type StudioOutcome, type WantedPrompt } from "#prompts/record-by-telephone.ts";
import { promptStates } from "#prompts/states.ts";
import { type ToRecord, toRecord } from "#prompts/to-record.ts";
import { byCommand } from "./by-command.ts";
import { type Io, say } from "./command.ts";
import { defineCommand } from "./options.ts";
import type { StudioCall } from "./ports.ts";
import { soundActs, withPromptAudit } from "./prompts-audit.ts";
import { idsFrom, languageFrom, languageOption, openPrompts } from "./prompts-folder.ts";
import { setTakesAside } from "./set-takes-aside.ts";

export const recordPrompts = defineCommand({
  name: "prompts record",
  summary:
    "Ring a telephone: whoever answers hears each prompt, says it after the tone, hears it, and keeps it or not.",
  operands: ["[ID...]"],
  options: {
    to: { value: "NUMBER", help: "the telephone of the speaker, who expects it", required: true },
    "caller-number": { value: "NUMBER", help: "the number shown there", required: true },
    language: languageOption,
  },
  notes: [
    "Each text is printed here too, as its turn comes. Without an ID: all that a machine says so far. Left out, and named,",
    "are those whose sound does not say the manifest's words, or which have none: let hearback prompts say make it first,",
    "or give their IDs: then nothing is played, and the speaker reads the text here, says it after the tone (a key: at once).",
    "Hang up at any time; what was kept stays, and may be undone.",
    "# ends each; then 1 keeps it, 2 says it again, 3 hears it, 4 goes on to the next.",
    "Needs HEARBACK_PROMPT_FOLDER and the settings of Asterisk (HEARBACK_ARI_... or HEARBACK_NODES); serve may go on.",
    "Where HEARBACK_DATABASE_URL is set, the audit tells of each that is kept; with the database away, a take is set aside",
    "in a file, which is told, and the next one follows.",
  ].join("\n"),
  examples: ["hearback prompts record --to '07700 900123' --caller-number '01632 960000' hello goodbye"],
  run: async (ids, given, io) => {
    const [phone, callerNumber] = [
      numberFrom("--to", given.to),
      numberFrom("--caller-number", given["caller-number"]),
    ];
    const { shelf, files, manifest } = await openPrompts(io);
    const language = languageFrom(manifest, given.language);
    const states = promptStates(files, manifest).get(language)!;
    const { wanted, leftOut } = toRecord(states, ids.length > 0 ? idsFrom(manifest, ids) : null);
    const left = tellLeftOut(leftOut, language);
    for (const line of left) say(io.stderr, line);
    if (wanted.length === 0) {
      say(io.stderr, `There is nothing to record in ${language}; nobody was rung.`);
      return left.length > 0 ? 1 : 0;
    }
    const settings = readSettings(["nodes", "ariApp"], io.env);
    const kept = await withPromptAudit(io, async (change) => {
      say(io.stderr, `Ringing ${maskNumber(phone)} for ${wanted.length} prompts in ${language}.`);
      const call = await io.services.ringStudio({ settings, phone, callerNumber, files, signal: io.signal });
      const keep = async (sound: AcceptedSound) =>
        change(soundActs("prompt-record", [sound]), () => shelf.accept([sound]));
      return recordAll({ io, call, language, keep }, wanted).finally(() => call.close());
    });
    say(io.stderr, `${kept} of ${wanted.length} are recorded.`);
    return kept === wanted.length && left.length === 0 ? 0 : 1;
  },
});

interface Recording {
  io: Io;
  call: StudioCall;
  language: string;
  keep(sound: AcceptedSound): Promise<void>;
}

function recordAll(
  { io, call, language, keep }: Recording,
  wanted: readonly WantedPrompt[],
): Promise<number> {
  const by = byCommand().id;
  const setAside = setTakesAside();
  return recordByTelephone(
    {
      ...{ ...call, language },
      onTurn: (prompt) => say(io.stderr, turnOf(prompt)),
      onOutcome: (id, outcome) => say(io.stdout, `${id}: ${wordsFor(outcome)}`),
      keep: async ({ id, text }, { wav }) => {
        try {
          await keep({ language, id, wav, text, making: "recorded", by, at: systemClock.now() });
          return "kept";
        } catch (thrown) {
          const { file, folder } = setAside({ language, id, wav });
          say(io.stderr, `${id}: not put in its place: ${messageOf(thrown)}`);
          say(
            io.stderr,
            `  The take lies in ${file}. Once that is mended: hearback prompts import ${folder}`,
          );
          return "set-aside";
        }
      },
    },
    wanted,
  );
}

/** Of each, why, and what to do: the speaker repeats what they hear, and would be filed as having said the new words. */
function tellLeftOut({ speakable, persons, wordless }: ToRecord["leftOut"], language: string): string[] {
  const told: string[] = [];
  if (speakable.length > 0)
    told.push(
      `Left out, as no sound in ${language} says the manifest's words: ${speakable.join(", ")}.`,
      `  hearback prompts say ${speakable.join(" ")} --language ${language} makes stand-ins with these words; or give their IDs here, and read them in this terminal.`,
    );
  if (persons.length > 0)
    told.push(
      `Left out, as a person recorded other words in ${language} than the manifest's: ${persons.join(", ")}.`,
      "  Give their IDs here, and read them in this terminal; hearback prompts say leaves them alone.",
    );
  if (wordless.length > 0)
    told.push(
      `Left out, as the manifest has no words in ${language}: ${wordless.join(", ")}. Write them there first.`,
    );
  return told;
}

const turnOf = ({ id, text, heard }: WantedPrompt): string =>
  heard ? `${id}: "${text}"` : `${id}, not played, to be read here: "${text}"`;

function wordsFor(outcome: StudioOutcome): string {
  if (outcome.kind !== "refused")
    return { kept: "kept", "set-aside": "set aside", again: "said again", skipped: "left as it was" }[
      outcome.kind
    ];
  return `asked for again: ${outcome.faults.map(({ what }) => what).join("; ")}`;
}

/** @throws AppError `number_refused` */
function numberFrom(option: string, raw: string): string {
  const reading = readPhone(raw);
  if (reading.kind === "refused")
    throw new AppError("number_refused", `${option}: ${reading.fault}; ${reading.remedy}`);
  const allowed = mayDial(reading.e164, { rehearsal: false, allowNumbers: new Set() });
  if (option === "--to" && !allowed.ok) throw new AppError("number_refused", `Not rung: ${allowed.because}`);
  return reading.e164;
}
