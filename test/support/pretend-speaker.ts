/** Somebody who records prompts by telephone, on a line without a telephone: what they hear is written down, in order. */
import type { Audio, LineEvent } from "#call/line.ts";
import { encodeALaw } from "#lib/audio/g711.ts";
import { toInt16 } from "#lib/audio/resample.ts";
import type { Studio } from "#prompts/record-by-telephone.ts";
import { hum } from "./prompt-files.ts";

/** After a tone: what they say, and the keys they then press, one each time that they are asked; null: none. */
export interface Telling {
  says: "something" | "nothing";
  keys?: readonly (string | null)[];
}

export interface PretendSpeaker extends Pick<Studio, "line" | "clock" | "newName" | "read" | "remove"> {
  /**
   * Sounds by their names, "themselves", "the tone and speaks", and how long nothing was played while they were waited
   * for ("5 s").
   */
  heard: string[];
}

/** @param tellings one for each tone; at the next they hang up */
export function pretendSpeaker(tellings: readonly Telling[]): PretendSpeaker {
  const heard: string[] = [];
  const recordings = new Map<string, Telling>();
  const left = [...tellings];
  const events: LineEvent[] = [];
  const keysOf = new Map<string, (string | null)[]>();
  let nowMs = 0;
  let names = 0;

  const play = (id: string, audio: Audio[]): void => {
    const played = audio.map((piece) => ("sound" in piece ? piece.sound : "themselves"));
    heard.push(played.join(", "));
    const recording = audio.find((piece) => "recording" in piece)?.recording;
    const key = recording === undefined ? undefined : keysOf.get(recording)?.shift();
    events.push({ kind: "play-started", id });
    if (key) events.push({ kind: "key", digit: key, atMs: nowMs });
    events.push({ kind: "play-finished", id, complete: !key });
  };
  const startRecording = (name: string): void => {
    const telling = left.shift();
    if (!telling) return void events.push({ kind: "hung-up", cause: 16, sipCode: null });
    heard.push(`says ${telling.says}`);
    recordings.set(name, telling);
    keysOf.set(name, [...(telling.keys ?? [])]);
    const endedBySilence = telling.says === "nothing";
    events.push({ kind: "recording-started", name });
    // as Asterisk tells it: the key itself first
    if (!endedBySilence) events.push({ kind: "key", digit: "#", atMs: nowMs });
    events.push({ kind: "recording-finished", name, endedBySilence, failed: false });
  };
  const next = async (untilMs: number): Promise<LineEvent | null> => {
    const event = events.shift();
    if (event) return event;
    heard.push(`${Math.round((untilMs - nowMs) / 1000)} s`);
    nowMs = untilMs;
    return null;
  };
  const unheard = () => {
    throw new Error("a studio has no use for this");
  };
  return {
    heard,
    clock: { monotonicMs: () => nowMs },
    newName: () => `name-${names++}`,
    read: async (recording) => {
      const { says } = recordings.get(recording)!;
      return encodeALaw(says === "nothing" ? new Int16Array(40_000) : toInt16(hum({ seconds: 0.7 })));
    },
    remove: async (recording) => void recordings.delete(recording),
    line: {
      ...{ channelId: "hb-studio", next, play, startRecording },
      ...{
        stopPlaying: () => {},
        stopRecording: unheard,
        takeUpRecording: unheard,
        inSight: async () => true,
      },
      ...{ join: unheard, part: unheard, takeUpJoin: unheard },
      hangUp: () => void heard.push("we hang up"),
    },
  };
}
