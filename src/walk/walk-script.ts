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

export interface Walked<L = ScriptedLine> {
  line: L;
  log: RememberingLog;
  talked: Conversation;
  disposition: Disposition;
  /** Every prompt, in order, with its sound and the step that said it; of a line of one's own none. */
  heard: { prompt: string; sound: string; step: string }[];
  ways: WayTaken[];
  /** Steps in which a key was pressed, or a number keyed, that none of their ways takes; in order. */
  wrongKeys: { flow: string; step: string }[];
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
  lengthOf?: ((prompt: string) => number) | undefined;
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
  let step = parts.flow.start;
  const { lengthOf } = parts;
  const onHeard = (prompt: string, sound: string) => void heard.push({ prompt, sound, step });
  const line =
    parts.line ?? new ScriptedLine(parts.script.call, { onHeard, ...(lengthOf ? { lengthOf } : {}) });
  const walked = await walkOnLine({ ...parts, line }, (entered) => {
    step = entered;
  });
  return { ...walked, heard };
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
  const wrongKeys: Walked["wrongKeys"] = [];
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
      if (asked && isWrong(parts.flows.get(asked.state.flow) ?? flow, asked.command, input))
        wrongKeys.push({ flow: asked.state.flow, step: asked.state.step });
      asked = now;
      ways.push(...moves.map((move) => ({ ...move, flow: state.flow })));
    },
  });
  if (talked.fault) throw talked.fault;
  const disposition = outcomeOf(talked.state, talked.end);
  return { line, log, talked, heard: [], ways, wrongKeys, disposition, lastStep: step };
}

function isWrong({ everywhere }: Flow, command: Advance["command"], input: Input | null): boolean {
  if (input?.kind === "keyed") return input.number === null;
  if (input?.kind !== "key" || command.kind !== "ask") return false;
  const known = [...command.expects, everywhere.repeat, everywhere.optOut.key];
  return !known.includes(input.digit);
}

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
