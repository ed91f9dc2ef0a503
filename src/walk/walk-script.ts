import { readFields } from "#call/contact-fields.ts";
import { type Conversation, converse } from "#call/conversation.ts";
import type { CallSoFar, OtherFlow } from "#call/conversation-options.ts";
import type { Disposition } from "#call/disposition.ts";
import type { Line } from "#call/line.ts";
import { outcomeOf } from "#call/outcome.ts";
import type { CallLog } from "#call/ports.ts";
import type { PromptBook } from "#call/prompt-book.ts";
import { carryOnFrom } from "#flow/carry-on.ts";
import type { Flow } from "#flow/definition.ts";
import type { Advance, CallContext, Input, Move } from "#flow/state.ts";
import type { Clock } from "#lib/clock.ts";
import type { FlowScript } from "./flow-test.ts";
import { RememberingLog } from "./remembering-log.ts";
import { ScriptedLine } from "./scripted-line.ts";

/** What is known of every scripted call before it begins, unless its script says otherwise. */
export const scriptedContext: CallContext = {
  callId: "00000000-0000-4000-8000-000000000001",
  reason: "first",
  spokenName: "trust-northfield",
  ringBackNumber: "+441632960000",
  storyLimitSeconds: 20,
  language: "en-GB",
};

/** A way that was taken, and in which flow: one who rings back goes on in another. */
export type WayTaken = Move & { flow: string };

/** One that takes keys. `step`: by its name; "move, said back" asks whether what was keyed there is right. */
export interface Question {
  flow: string;
  step: string;
}

export interface Walked<L = ScriptedLine> {
  line: L;
  log: RememberingLog;
  talked: Conversation;
  disposition: Disposition;
  /** Every prompt, in order, with its sound and the step that said it; of a line of one's own none. */
  heard: { prompt: string; sound: string; step: string }[];
  /** Sounds of them that were heard to their end. */
  heardOut: ReadonlySet<string>;
  ways: WayTaken[];
  /** That were put, in order. */
  questions: Question[];
  /** Of them those in which a key was pressed, or a number keyed, that none of their ways takes. */
  wrongKeys: Question[];
  /** Of them those to which nothing was pressed in time. */
  silences: Question[];
  /** Of them those that a key was pressed to, which, and whether it is the one that says it again. */
  pressed: (Question & { digit: string; repeats: boolean })[];
  /** Where the caller hung up; null: they did not. */
  hungUpIn: Question | null;
  /** The last in which something was said or asked. */
  lastStep: string;
}

export interface WalkParts<L = ScriptedLine> {
  flow: Flow;
  script: Pick<FlowScript, "call"> & Partial<FlowScript>;
  /** Every flow by name: a call may go on in another. */
  flows: ReadonlyMap<string, Flow>;
  /** The call goes on from here. */
  soFar?: CallSoFar | undefined;
  /** A pretend one to the script's caller, where none is given; its clock is the walk's. */
  line?: L | undefined;
  /** Where each prompt's sound is, for lines that play. */
  book?: PromptBook | undefined;
  /** Of a call that is recorded. */
  callId?: string | undefined;
  /** How long each prompt lasts on a pretend line, in milliseconds. */
  lengthOf?: ((prompt: string, sound: string) => number) | undefined;
  keep?: CallLog["keep"] | undefined;
  /** Just now, where nothing is said. */
  answeredAt?: Date | undefined;
}

/**
 * Runs a scripted call through the real interpreter and the real conversation, on a pretend clock.
 * @throws whatever broke the conversation
 */
export async function walkScript(parts: WalkParts): Promise<Walked> {
  const heard: Walked["heard"] = [];
  const heardOut = new Set<string>();
  let step = parts.flow.start;
  const { lengthOf } = parts;
  const onHeard = (prompt: string, sound: string) => void heard.push({ prompt, sound, step });
  const onHeardOut = (sound: string) => void heardOut.add(sound);
  const told = { onHeard, onHeardOut, ...(lengthOf ? { lengthOf } : {}) };
  const line = parts.line ?? new ScriptedLine(parts.script.call, told);
  const walked = await walkOnLine({ ...parts, line }, (entered) => {
    step = entered;
  });
  return { ...walked, heard, heardOut };
}

/**
 * The same on any line, to whoever is at its other end.
 * @param onStep told of each step in which something is said or asked
 * @throws whatever broke the conversation
 */
export async function walkOnLine<L extends Line & Clock>(
  parts: WalkParts<L> & { line: L },
  onStep: (step: string) => void = () => {},
): Promise<Walked<L>> {
  const { flow, script, line, soFar, answeredAt, book } = parts;
  const ways: WayTaken[] = [];
  const pressed: Walked["pressed"] = [];
  const questions: Question[] = [];
  const wrongKeys: Question[] = [];
  const silences: Question[] = [];
  let asked: Advance | null = null;
  let step = flow.start;
  const log = new RememberingLog();
  if (parts.keep) log.keep = parts.keep;
  const talked = await converse({
    ...{ flow, line, log, soFar, clock: line, timeZone: "Europe/London", context: contextOf(parts, flow) },
    ...(answeredAt ? { answeredAt } : {}),
    ...(book ? { book } : {}),
    hashPhone: (number) => `hash of ${number}`,
    transferTo: (name) => (script.closed?.includes(name) ? { kind: "closed" } : somebody),
    ringBack: { carryOn: async () => carriedOn(parts) },
    callbackTimes: async () => ({
      kind: "callback-times",
      sameDay: !script.nextDay,
      times: script.noCallbackTimes ? [] : timesAfter(line.now()),
    }),
    onStep: (entered) => {
      step = entered;
      onStep(entered);
    },
    onAdvance: (now, input) => {
      const { moves, state } = now;
      const before = asked && questionIn(parts.flows.get(asked.state.flow) ?? flow, asked);
      if (before) questions.push(before.question);
      if (before && input?.kind === "silence") silences.push(before.question);
      if (before && input?.kind === "key")
        pressed.push({ ...before.question, digit: input.digit, repeats: input.digit === before.repeatKey });
      if (before && input && before.isWrong(input)) wrongKeys.push(before.question);
      asked = now;
      ways.push(...moves.map((move) => ({ ...move, flow: state.flow })));
    },
  });
  if (talked.fault) throw talked.fault;
  const disposition = outcomeOf(talked.state, talked.end);
  const { end, state } = talked;
  const hungUpIn = end.kind === "hung-up" ? { flow: state.flow, step: state.step } : null;
  return {
    ...{ line, log, talked, heard: [], heardOut: new Set<string>(), ways },
    ...{ questions, wrongKeys, silences, pressed, hungUpIn },
    ...{ disposition, lastStep: step },
  };
}

/** What is asked, and what answers it wrongly; null: nothing is asked there. */
function questionIn({ flow, steps, everywhere }: Flow, { command, state: { step } }: Advance) {
  if (command.kind !== "ask" && command.kind !== "key-in") return null;
  const saidBack = command.kind === "ask" && steps[step]?.kind === "digits";
  const known = command.kind === "ask" ? [...command.expects, everywhere.repeat, everywhere.optOut.key] : [];
  // A # that comes late, after the number was taken as it was, answers nothing.
  if (saidBack) known.push("#");
  const question: Question = { flow, step: saidBack ? `${step}${saidBackToo}` : step };
  const isWrong = (input: Input) =>
    input.kind === "keyed" ? input.number === null : input.kind === "key" && !known.includes(input.digit);
  return { question, isWrong, repeatKey: everywhere.repeat };
}

/** Of a digits step, which asks twice. */
export const saidBackToo = ", said back";

/** Whoever a caller is put through to in a script: a number that rings nobody. Their part is the caller's `staff`. */
const somebody = {
  kind: "number",
  phone: "+441632960999",
  callerNumber: "+441632960000",
  talkSeconds: 3600,
  restSeconds: 900,
} as const;

/** This afternoon and tomorrow morning. */
function timesAfter(now: Date): { at: string }[] {
  const day = (later: number) => new Date(now.getTime() + later * 86_400_000).toISOString().slice(0, 10);
  return [{ at: `${day(0)}T14:30:00Z` }, { at: `${day(1)}T10:00:00Z` }];
}

const contextOf = (
  { script: { reason, caller, language, offers, contact = {} }, callId }: WalkParts<unknown>,
  flow: Flow,
): CallContext => ({
  ...scriptedContext,
  ...(callId ? { callId } : {}),
  ...(reason ? { reason } : {}),
  ...(caller ? { caller } : {}),
  ...(language ? { language } : {}),
  ...(offers ? { offers } : {}),
  contact: readFields(flow, contact, "Europe/London"),
});

/** The visit that waits for whoever rings back is one of the FFT. */
const carryOnFlow = "fft";

function carriedOn(parts: WalkParts<unknown>): OtherFlow | null {
  const { flows, script } = parts;
  const flow = flows.get(carryOnFlow);
  const from = flow && script.visit ? carryOnFrom(flow, script.visit) : null;
  return flow && from ? { flow, from, context: { ...contextOf(parts, flow), reason: "ring_back" } } : null;
}
