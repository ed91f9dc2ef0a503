import { readFields } from "#call/contact-fields.ts";
import { type CallSoFar, type Conversation, converse, type OtherFlow } from "#call/conversation.ts";
import type { Disposition } from "#call/disposition.ts";
import { outcomeOf } from "#call/outcome.ts";
import type { CallLog } from "#call/ports.ts";
import { carryOnFrom } from "#flow/carry-on.ts";
import type { Flow } from "#flow/definition.ts";
import type { CallContext, Move } from "#flow/state.ts";
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

export interface Walked {
  line: ScriptedLine;
  log: RememberingLog;
  talked: Conversation;
  disposition: Disposition;
  /** Every prompt, in order, with the step that said it. */
  heard: { prompt: string; step: string }[];
  ways: WayTaken[];
  /** The last in which something was said or asked. */
  lastStep: string;
}

export interface WalkParts {
  flow: Flow;
  script: Pick<FlowScript, "call"> & Partial<FlowScript>;
  /** Every flow by name: a call may go on in another. */
  flows: ReadonlyMap<string, Flow>;
  /** The call goes on from here. */
  soFar?: CallSoFar | undefined;
  line?: ScriptedLine | undefined;
  keep?: CallLog["keep"] | undefined;
  /** Just now, where nothing is said. */
  answeredAt?: Date | undefined;
}

/**
 * Runs a scripted call through the real interpreter and the real conversation, on a pretend clock.
 * @throws whatever broke the conversation
 */
export async function walkScript(parts: WalkParts): Promise<Walked> {
  const { flow, script, soFar, answeredAt } = parts;
  const heard: Walked["heard"] = [];
  const ways: WayTaken[] = [];
  let step = flow.start;
  const onHeard = (prompt: string) => void heard.push({ prompt, step });
  const line = parts.line ?? new ScriptedLine(script.call, { onHeard });
  const log = new RememberingLog();
  if (parts.keep) log.keep = parts.keep;
  const talked = await converse({
    ...{ flow, line, log, soFar, clock: line, timeZone: "Europe/London", context: contextOf(script, flow) },
    ...(answeredAt ? { answeredAt } : {}),
    hashPhone: (number) => `hash of ${number}`,
    transferTo: (name) => (script.closed?.includes(name) ? { kind: "closed" } : somebody),
    ringBack: { carryOn: async () => carriedOn(parts) },
    callbackTimes: async () => ({
      kind: "callback-times",
      sameDay: !script.nextDay,
      times: script.noCallbackTimes ? [] : [{ at: "2026-11-23T14:30:00Z" }, { at: "2026-11-24T10:00:00Z" }],
    }),
    onStep: (entered) => {
      step = entered;
    },
    onAdvance: ({ moves, state }) => void ways.push(...moves.map((move) => ({ ...move, flow: state.flow }))),
  });
  if (talked.fault) throw talked.fault;
  return { line, log, talked, heard, ways, disposition: outcomeOf(talked.state, talked.end), lastStep: step };
}

/** Whoever a caller is put through to in a script; their part in it is the caller's `staff`. */
const somebody = { kind: "number", phone: "+441632960999", callerNumber: "+441632960000" } as const;

const contextOf = (
  { reason, caller, language, contact = {} }: Partial<FlowScript>,
  flow: Flow,
): CallContext => ({
  ...scriptedContext,
  ...(reason ? { reason } : {}),
  ...(caller ? { caller } : {}),
  ...(language ? { language } : {}),
  contact: readFields(flow, contact, "Europe/London"),
});

/** The visit that waits for whoever rings back is one of the FFT. */
const carryOnFlow = "fft";

function carriedOn({ flows, script }: WalkParts): OtherFlow | null {
  const flow = flows.get(carryOnFlow);
  const from = flow && script.visit ? carryOnFrom(flow, script.visit) : null;
  return flow && from ? { flow, from, context: { ...contextOf(script, flow), reason: "ring_back" } } : null;
}
