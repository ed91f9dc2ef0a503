import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { type CallSoFar, converse } from "#call/conversation.ts";
import { outcomeOf } from "#call/outcome.ts";
import type { CallLog, CallStep, NewPart } from "#call/ports.ts";
import type { Flow } from "#flow/definition.ts";
import type { CallContext } from "#flow/state.ts";
import { readFlows, readPrompts } from "#storage/flow-files.ts";
import { type CallerAct, ScriptedLine } from "../fakes/scripted-line.ts";

/** One call of a *.test.yaml: what the caller does, what must come of it. */
export interface FlowScript {
  name: string;
  reason?: CallContext["reason"];
  noCallbackTimes?: true;
  nextDay?: true;
  call: CallerAct[];
  expect: {
    disposition: string;
    answers?: Record<string, unknown>;
    /** Parts of the story that counts. */
    parts?: number;
    effects?: string[];
    /** Prompts that must have been said, in this order (others may stand between). */
    heard?: string[];
    notHeard?: string[];
  };
}

export const readScripts = (file: string): FlowScript[] =>
  parse(readFileSync(file, "utf8"), { merge: true }).calls as FlowScript[];

export function readFlow(name: string): Flow {
  const flow = readFlows("dialplans/flows", readPrompts("prompts", "en-GB")).get(name);
  if (!flow) throw new Error(`there is no flow ${name}`);
  return flow;
}

/** What a call log was told, in order. */
export class RememberingLog implements CallLog {
  readonly steps: CallStep[] = [];
  readonly parts: NewPart[] = [];
  begin = async () => {};
  keep: CallLog["keep"] = async (step) => void this.steps.push(structuredClone(step));
  partBegun = async (part: NewPart) => void this.parts.push(part);
  partEnded = async () => {};
  end = async () => {};
}

/** Of every scripted call. */
export const context: CallContext = {
  callId: "00000000-0000-4000-8000-000000000001",
  reason: "first",
  spokenName: "trust-northfield",
  ringBackNumber: "+441632960000",
  storyLimitSeconds: 20,
};

interface Walk {
  soFar?: CallSoFar;
  line?: ScriptedLine;
  keep?: CallLog["keep"];
}

/** Runs a scripted call through the real interpreter and the real conversation. */
export async function walk(
  flow: Flow,
  script: Pick<FlowScript, "call" | "reason" | "noCallbackTimes" | "nextDay">,
  { soFar, line = new ScriptedLine(script.call), keep }: Walk = {},
) {
  const log = new RememberingLog();
  if (keep) log.keep = keep;
  const stepsSeen = new Set<string>();
  const talked = await converse({
    flow,
    line,
    log,
    clock: line,
    timeZone: "Europe/London",
    context: { ...context, reason: script.reason ?? "first" },
    callbackTimes: async () => ({
      kind: "callback-times",
      sameDay: !script.nextDay,
      times: script.noCallbackTimes ? [] : [{ at: "2026-11-23T14:30:00Z" }, { at: "2026-11-24T10:00:00Z" }],
    }),
    onStep: (step) => stepsSeen.add(step),
    soFar,
  });
  if (talked.fault) throw talked.fault;
  return { line, log, talked, stepsSeen, disposition: outcomeOf(talked.state, talked.end) };
}
