import { parse } from "yaml";
import { converse } from "#call/conversation.ts";
import { outcomeOf } from "#call/outcome.ts";
import { type Flow, flowSchema } from "#flow/definition.ts";
import { linkFlows } from "#flow/link.ts";
import type { CallContext } from "#flow/state.ts";
import type { CallerAct } from "#walk/caller-act.ts";
import { RememberingLog } from "#walk/remembering-log.ts";
import { ScriptedLine } from "#walk/scripted-line.ts";

const frame = {
  ...{ flow: "small", title: "Small", start: "first", unanswered: "bye" },
  timing: {
    ...{ answerWithinMs: 6000, tries: 3, handsetPauseMs: 500 },
    ...{ sameKeyWithinMs: 800, voicemailTalkMs: 6000 },
  },
  everywhere: { repeat: "*", optOut: { key: "9", next: "never" } },
};
const common = {
  never: { kind: "opt-out", say: ["opted-out"], undone: "first", next: "bye" },
  bye: { kind: "end", say: ["goodbye"] },
};

/** A flow of these steps (YAML), with a goodbye and an opt-out. */
export function smallFlow(steps: string, different: object = {}): Flow {
  const flow = flowSchema.parse({ ...frame, steps: { ...common, ...parse(steps) }, ...different });
  return { ...flow, version: "0" };
}

/** The flow with those that it calls put in. */
export function linked(...flows: Flow[]): Flow {
  const { flows: whole, faults } = linkFlows(new Map(flows.map((flow) => [flow.flow, flow])));
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  return whole.get(flows[0]!.flow)!;
}

interface Held {
  context?: Partial<CallContext>;
  transferTo?: Parameters<typeof converse>[0]["transferTo"];
  line?: ScriptedLine;
  soFar?: Parameters<typeof converse>[0]["soFar"];
}

/** Holds a call by the real conversation, on a pretend line. */
export async function hold(flow: Flow, call: CallerAct[], held: Held = {}) {
  const { line = new ScriptedLine(call) } = held;
  const log = new RememberingLog();
  const moves: string[] = [];
  const talked = await converse({
    ...{ flow, line, log, clock: line, timeZone: "Europe/London" },
    context: {
      ...{ callId: "00000000-0000-4000-8000-000000000001", reason: "first", language: "en-GB" },
      ...{ spokenName: "trust-northfield", ringBackNumber: "+441632960000", storyLimitSeconds: 20 },
      ...held.context,
    },
    hashPhone: (number) => `hash of ${number}`,
    ...(held.transferTo ? { transferTo: held.transferTo } : {}),
    callbackTimes: async () => ({ kind: "callback-times", sameDay: true, times: [] }),
    onAdvance: (now) => void moves.push(...now.moves.map(({ from, on, to }) => `${from} ${on} ${to}`)),
    soFar: held.soFar,
  });
  if (talked.fault) throw talked.fault;
  const { state } = talked;
  const effects = log.steps.flatMap((step) => step.effects);
  const written = JSON.stringify(log.steps);
  return {
    ...{ heard: line.heard, state, effects, moves, line, log, written },
    outcome: outcomeOf(state, talked.end),
  };
}
