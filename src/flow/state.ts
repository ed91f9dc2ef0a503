/** What passes between the interpreter and whoever holds the line. All of it is plain data and survives JSON. */
import type { EndDisposition, PromptId } from "./definition.ts";

/** A piece of speech after the flow's values are put in: what is to be said, still free of audio files. */
export type Spoken =
  /** `language`: in that one, whatever the call's is. */
  | { prompt: PromptId; language?: string }
  | { pauseMs: number }
  /** Play back the named recordings of this call. */
  | { recordings: string[] }
  /** A telephone number, digit by digit. E.164. */
  | { phone: string }
  /** Digits as they were keyed, one by one. */
  | { digits: string }
  /** A whole number from 0 to 9999. */
  | { number: number }
  /** A day: "2026-12-03", or "--12-03" without a year. `year`: say that too. */
  | { date: string; year: boolean }
  /** A time of day: "09:05". */
  | { clock: string }
  /** A moment, as a person says it. ISO 8601 instant; `afterSeconds` when it was offered as "in N seconds". */
  | { time: string; afterSeconds?: number };

export type Command =
  | { kind: "play"; say: Spoken[] }
  /** Ask for one key. `greeting`: listen for voicemail beside it. `expects`: keys that are answers here. */
  | { kind: "ask"; say: Spoken[]; expects: string[]; answerWithinMs: number; greeting: boolean }
  /** Record one part. `nudge`: the words are said while the recording already runs. */
  | {
      kind: "record";
      say: Spoken[];
      tone: PromptId | null;
      nudge: boolean;
      name: string;
      take: number;
      part: number;
      limitMs: number;
      silenceMs: number;
    }
  | { kind: "offer-callback"; count: number }
  /** Let the caller key a number, ended by # or by `most` digits. `*` begins anew; no other key acts. */
  | {
      kind: "key-in";
      say: Spoken[];
      least: number;
      most: number;
      as: KeyedForm | null;
      firstWithinMs: number;
    }
  /** Look whether a visit waits for the caller's answers; where one does, the call goes on in that visit's flow. */
  | { kind: "find-visit" }
  /** Ring the person of this name, as the campaign has it, and join them with the caller. */
  | { kind: "transfer"; say: Spoken[]; to: string; ringSeconds: number }
  /** Two people talk; until one of them hangs up. */
  | { kind: "stay-joined" }
  | { kind: "hang-up" };

export type Input =
  | { kind: "key"; digit: string }
  /** The prompts ended and nothing was pressed in time. */
  | { kind: "silence" }
  | { kind: "played" }
  /** Ended by "fault": nobody ended it; the disk was full, or Asterisk could not record. */
  | { kind: "recorded"; endedBy: "hash" | "silence" | "limit" | "opt-out" | "fault"; spoke: boolean }
  | { kind: "callback-times"; sameDay: boolean; times: { at: string; afterSeconds?: number }[] }
  /** Digits were keyed; null where they are not what was asked for. */
  | { kind: "keyed"; number: Keyed | null }
  | { kind: "no-visit" }
  | { kind: "transferred"; outcome: "joined" | "parted" | "failed" | "closed" }
  /** The call has lasted as long as the flow's limits allow. */
  | { kind: "time-up" };

/** What keyed digits must be. */
export type KeyedForm = "phone" | { number: { min: number; max: number } } | { date: "ddmm" | "ddmmyyyy" };

/** What a caller keyed. `hash` stands for a telephone number wherever it is written down. */
export interface Keyed {
  digits: string;
  hash: string;
  /** A number, a day ("2026-12-03", or "--12-03" without a year), or the digits. */
  value: string | number;
}

/** What a step changes for good; written in one transaction with the key that caused it. */
export type Effect =
  | { kind: "answer"; name: string; value: AnswerValue }
  | { kind: "declined" }
  | { kind: "wrong-person" }
  /** `number`: the hash of a number that was keyed, where it is not the caller's own. */
  | { kind: "opt-out"; number?: string }
  | { kind: "undo-opt-out" }
  | { kind: "callback"; at: string }
  /** This take is the story from here on; earlier ones are superseded. */
  | { kind: "keep-take"; take: number }
  | { kind: "delete-story" };

export type AnswerValue = number | boolean | string;

export interface FlowState {
  flow: string;
  /** BCP 47: what prompts are said in from here on. */
  language: string;
  step: string;
  /** Silences and wrong keys so far in this step. */
  tries: number;
  answers: Record<string, AnswerValue>;
  /** A key has given one of them; what only the flow sets is nobody's answer. */
  answered: boolean;
  /** Label prompts of answers, for reading back. */
  labels: Record<string, PromptId>;
  story: StoryState;
  /** Key 1 was pressed to "Are you the person ...?". */
  confirmed: boolean;
  marks: Mark[];
  callback: { at: string; afterSeconds?: number } | null;
  offered: { at: string; afterSeconds?: number }[];
  /** What was keyed, by name ("wrong": not what was asked for): never written down (see durable). */
  keyed: Record<string, Keyed | "wrong">;
  /** The step that key 9 interrupted. */
  interrupted: string | null;
  complete: boolean;
  /** How the visit stands, where a step has said so. */
  disposition: EndDisposition | null;
  /** How often each step of kind "repeat" has gone back. */
  repeated: Record<string, number>;
  /** The caller has been put through, and talks with a person. */
  talking: boolean;
  /** Steps entered so far; a flow that goes round for ever is ended. */
  stepsEntered: number;
  /** The flow's limits are reached: what comes is the end. */
  overLimit: boolean;
}

/** Takes are tellings of the story (1, 2 ...); each has parts. `keptTake` is the one that counts. */
export interface StoryState {
  take: number;
  part: number;
  keptTake: number | null;
  /** Names of the recorded parts with speech, by take. */
  parts: Record<number, string[]>;
  /** The part being recorded began with the nudge ("Take your time"). */
  nudged: boolean;
}

/** The state as it may be written down: without the numbers that callers keyed. */
export const durable = (state: FlowState): FlowState => ({ ...state, keyed: {} });

/** A call that has come no further than its first step. */
export const firstState = (
  flow: string,
  step: string,
  { language }: Pick<CallContext, "language">,
): FlowState => ({
  ...{ flow, language, step, tries: 0, answers: {}, labels: {} },
  story: { take: 0, part: 0, keptTake: null, parts: {}, nudged: false },
  ...{ confirmed: false, marks: [], callback: null, offered: [], keyed: {} },
  ...{ interrupted: null, complete: false, stepsEntered: 0, answered: false },
  ...{ disposition: null, repeated: {}, talking: false, overLimit: false },
});

export type Mark = "declined" | "wrong-person" | "opted-out";

/** What a flow may know about the call it runs in. */
export interface CallContext {
  callId: string;
  reason: "first" | "retry" | "callback" | "ring_back";
  /** Of those who ring us: whether we see their number, and whether it rang very often just now. */
  caller?: "known" | "withheld" | "too-often";
  spokenName: PromptId;
  ringBackNumber: string;
  storyLimitSeconds: number;
  /** BCP 47: the list's for this visit where it has one, else the campaign's. */
  language: string;
  /** BCP 47: all that the campaign lets its people choose among; absent or empty: nothing. */
  offers?: readonly string[];
  /** Fields of the list that the flow declares, read as what it says they are. Personal: in no log and no state. */
  contact?: Readonly<Record<string, string>>;
}

/** One way taken out of a step. */
export interface Move {
  from: string;
  /** As edges.ts names it; null for the opt-out key, which is every step's; "limits" for the flow's own. */
  on: string | null;
  /** A step, "end" or "resume". */
  to: string;
}

export interface Advance {
  state: FlowState;
  command: Command;
  effects: Effect[];
  /** The ways taken since the last command, in order; none where a step says or asks something again. */
  moves: Move[];
}
