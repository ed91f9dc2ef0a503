/** Everything that happened with a visit, decisions and calls alike, in one order. */
import { type TellOptions, visitLines } from "#campaign/tell-visit.ts";
import { clockLength } from "../british.ts";
import type { SpokenVoice } from "../ports.ts";
import { keyWords, stepWords } from "../step-words.ts";
import { networkWords } from "./network-words.ts";
import type { CallRecord } from "./ports.ts";

export interface TimeLine {
  at: Date;
  kind: "decision" | "heard" | "key" | "story";
  text: string;
}

export interface Telling extends TellOptions {
  voice: SpokenVoice;
  /** Whose visit it is, is shown beside it: then what was answered is not, for answers are anonymous. */
  named: boolean;
}

export function timeLine(record: CallRecord, telling: Telling): TimeLine[] {
  const { voice } = telling;
  const lines: TimeLine[] = [
    ...visitLines(record.history, telling).map((line) => ({ ...line, kind: "decision" as const })),
    ...record.history.attempts.flatMap((attempt): TimeLine[] => {
      const words = attempt.endedAt && attempt.dialedAt ? networkWords(attempt) : null;
      return words ? [{ at: attempt.endedAt!, kind: "decision", text: `the network says: ${words}` }] : [];
    }),
    ...record.steps.map(({ flow, step, at }): TimeLine => {
      return { at, kind: "heard", text: `heard: ${stepWords(voice, flow, step)}` };
    }),
    ...record.keys.map(({ at, ...key }): TimeLine => {
      return { at, kind: "key", text: keyPressed(key, telling) };
    }),
    ...record.parts.map(partRecorded),
    ...record.stories.flatMap(storyKept),
    ...record.transcripts.map(transcribed),
  ];
  return lines.toSorted((one, other) => one.at.getTime() - other.at.getTime());
}

function keyPressed(key: { flow: string; step: string; digit: string }, { voice, named }: Telling): string {
  const step = voice.flows.get(key.flow)?.steps[key.step];
  const answers =
    step?.kind === "menu" &&
    step.choices.some(({ value, key: digit }) => value !== undefined && digit === key.digit);
  if (named && answers)
    return "pressed a key, which is an answer: answers are anonymous and are not shown beside a visit’s reference";
  const words = keyWords(voice, key);
  return words ? `pressed ${key.digit}: ${words}` : `pressed ${key.digit}, which meant nothing there`;
}

const recorded: Record<string, string> = {
  recording: "is being recorded",
  ended: "is recorded, and waits to be fetched",
  stored: "is recorded and kept",
  discarded: "was recorded, and is not kept",
};

const partRecorded = ({ take, part, at, durationMs, state }: CallRecord["parts"][number]): TimeLine => ({
  ...{ at, kind: "story" },
  text: `part ${part} of the story${take > 1 ? `, telling ${take},` : ""} ${recorded[state] ?? state}${
    durationMs === null ? "" : ` (${clockLength(durationMs)} long)`
  }`,
});

const discarded: Record<string, string> = {
  "no-speech": "nobody spoke in it",
  deleted: "the patient deleted it",
  missing: "its recording was lost",
};

function storyKept({ state, audio, discardedBecause, at }: CallRecord["stories"][number]): TimeLine[] {
  if (audio === "discarded") {
    const why = discardedBecause ? (discarded[discardedBecause] ?? discardedBecause) : "nobody says why";
    return [{ at, kind: "story", text: `the story is not kept: ${why}` }];
  }
  if (audio === "waiting")
    return [{ at, kind: "story", text: "the story waits to be fetched from the telephone system" }];
  const other =
    state === "superseded" ? "an earlier telling is kept aside: a later one took its place" : null;
  return [{ at, kind: "story", text: other ?? "the story is stored" }];
}

function transcribed({
  state,
  engine,
  heldBecause,
  failedBecause,
  at,
}: CallRecord["transcripts"][number]): TimeLine {
  const by = engine ? ` by ${engine}` : "";
  const states = {
    waiting: `the story waits to be written down${by}${heldBecause ? ` (${heldBecause.replaceAll("_", " ")})` : ""}`,
    done: `the story is written down${by}`,
    no_words: `no words were heard in the story${by}`,
    failed: `the story could not be written down${by}${failedBecause ? `: ${failedBecause.replaceAll("_", " ")}` : ""}`,
  };
  return { at, kind: "story", text: states[state] };
}
