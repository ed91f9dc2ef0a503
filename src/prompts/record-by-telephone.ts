/**
 * Somebody records prompts by telephone: each is said to them, or lies before their eyes; they say it after the tone,
 * hear it, and keep it or not.
 */
import type { Audio, Line, LineEvent } from "#call/line.ts";
import type { PromptBook } from "#call/prompt-book.ts";
import type { PromptId } from "#flow/definition.ts";
import { decodeALaw } from "#lib/audio/g711.ts";
import { toFloat } from "#lib/audio/resample.ts";
import type { Clock } from "#lib/clock.ts";
import { telephoneRate } from "./measures.ts";
import { type Refused, type TakenSound, takeIn } from "./take-in.ts";

/** What the speaker hears of us, beside the prompts themselves. */
export const studioPrompts = [
  "studio-welcome",
  "studio-keys",
  "studio-again",
  "studio-done",
  "tone",
] as const;

export interface Studio {
  line: Line;
  clock: Pick<Clock, "monotonicMs">;
  /** Stand-ins will do: nobody but the speaker hears them. */
  book: PromptBook;
  /** BCP 47: of the prompts, and of what the speaker is told. */
  language: string;
  /** A new name for a recording, fit for the line. */
  newName(): string;
  /** Raw A-law of a recording that has ended. */
  read(recording: string): Promise<Uint8Array | null>;
  remove(recording: string): Promise<void>;
  /** Durable before it resolves; set aside where it could not be put in its place. */
  keep(prompt: WantedPrompt, sound: TakenSound): Promise<"kept" | "set-aside">;
  /** Its turn has come: where the speaker sees them, the words are shown. */
  onTurn(prompt: WantedPrompt): void;
  /** Told of each prompt as it is dealt with. */
  onOutcome(id: PromptId, outcome: StudioOutcome): void;
}

export interface WantedPrompt {
  id: PromptId;
  /** The manifest's words, with which the recording is kept. */
  text: string;
  /** False: no sound is known to say these words. None is played, as the speaker would repeat it, and there is time to read them. */
  heard: boolean;
}

/** `refused`: it could not be used, and is asked for again. */
export type StudioOutcome = { kind: "kept" | "set-aside" | "again" | "skipped" } | Refused;

const limitMs = 30_000;
/** Whoever fell silent has finished: # is quicker. */
const silenceMs = 5_000;
const answerWithinMs = 15_000;
const longestPlayMs = 60_000;
/** As much as begins to be understood: the words stay before the speaker's eyes. */
const readingMs = 5_000;
const mostTries = 5;

class HungUp extends Error {}

/** @returns how many were kept; the speaker may hang up at any time, and what was kept stays */
export async function recordByTelephone(studio: Studio, wanted: readonly WantedPrompt[]): Promise<number> {
  let kept = 0;
  try {
    await play(studio, ["studio-welcome"]);
    for (const prompt of wanted) if (await recordOne(studio, prompt)) kept++;
    await play(studio, ["studio-done"]);
    studio.line.hangUp();
  } catch (thrown) {
    if (!(thrown instanceof HungUp)) throw thrown;
  }
  return kept;
}

async function recordOne(studio: Studio, prompt: WantedPrompt): Promise<boolean> {
  const { id, text } = prompt;
  studio.onTurn(prompt);
  for (let tries = 0; tries < mostTries; tries++) {
    if (prompt.heard) await play(studio, [id]);
    else await until(studio, readingMs, isKey);
    const recording = studio.newName();
    try {
      await record(studio, recording);
      const taken = await takenFrom(studio, recording, text);
      if (taken.kind === "refused") {
        studio.onOutcome(id, taken);
        await play(studio, ["studio-again"]);
        continue;
      }
      const key = await verdict(studio, recording);
      const outcome =
        key === "1"
          ? await studio.keep(prompt, taken)
          : key === "2"
            ? ("again" as const)
            : ("skipped" as const);
      studio.onOutcome(id, { kind: outcome });
      if (outcome !== "again") return outcome === "kept";
    } finally {
      await studio.remove(recording);
    }
  }
  return false;
}

/** After the tone, until # or a silence. */
async function record(studio: Studio, name: string): Promise<void> {
  const { line } = studio;
  line.play(studio.newName(), audioOf(studio, ["tone"]));
  line.startRecording(name, { limitMs, silenceMs, underPrompts: false });
  await until(
    studio,
    limitMs + longestPlayMs,
    (event) => event.kind === "recording-finished" && event.name === name,
  );
}

async function takenFrom(studio: Studio, name: string, text: string): Promise<TakenSound | Refused> {
  const codes = await studio.read(name);
  const samples = toFloat(decodeALaw(codes ?? new Uint8Array()));
  return takeIn({ sampleRate: telephoneRate, channels: [samples] }, text);
}

/** 1 keep, 2 again, 4 the next one; 3, or silence, says it once more. */
async function verdict(studio: Studio, recording: string): Promise<string> {
  const { line } = studio;
  for (let tries = 0; tries < mostTries; tries++) {
    const id = studio.newName();
    line.play(id, [{ recording }, ...audioOf(studio, ["studio-keys"])]);
    const event = await until(
      studio,
      longestPlayMs + answerWithinMs,
      (one) => one.kind === "key" && "1234".includes(one.digit),
    );
    line.stopPlaying(id);
    if (event?.kind === "key" && event.digit !== "3") return event.digit;
  }
  return "4";
}

const isKey = ({ kind }: LineEvent): boolean => kind === "key";

/** To its end, or until a key. */
async function play(studio: Studio, prompts: readonly PromptId[]): Promise<void> {
  const { line } = studio;
  const audio = audioOf(studio, prompts);
  if (audio.length === 0) return;
  const id = studio.newName();
  line.play(id, audio);
  const event = await until(
    studio,
    longestPlayMs,
    (one) => isKey(one) || (one.kind === "play-finished" && one.id === id),
  );
  if (event?.kind === "key") line.stopPlaying(id);
}

const audioOf = ({ book, language }: Studio, prompts: readonly PromptId[]): Audio[] =>
  prompts.flatMap((prompt): Audio[] => {
    const sound = book.soundOf(prompt, language);
    return sound ? [{ prompt, sound: sound.name }] : [];
  });

/** Null where it does not come. @throws HungUp */
async function until(
  { line, clock }: Studio,
  withinMs: number,
  wanted: (event: LineEvent) => boolean,
): Promise<LineEvent | null> {
  for (const untilMs = clock.monotonicMs() + withinMs; ; ) {
    const event = await line.next(untilMs);
    if (event === null || wanted(event)) return event;
    if (event.kind === "hung-up" || event.kind === "lost") throw new HungUp();
  }
}
