import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { parse } from "yaml";
import { type CallSoFar, converse } from "#call/conversation.ts";
import { readKeyed } from "#call/keyed.ts";
import { outcomeOf } from "#call/outcome.ts";
import type { CallLog, CallStep, NewPart } from "#call/ports.ts";
import { type Answered, carryOnFrom } from "#flow/carry-on.ts";
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
  /** Of one who rings us. */
  caller?: CallContext["caller"];
  /** The visit that waits for them, with what it has already. */
  visit?: Answered;
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
    /** Numbers that were opted out, as the log was told them. */
    optedOut?: string[];
    /** Texts that the log was never given. */
    notWritten?: string[];
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
  language: "en-GB",
};

interface Walk {
  soFar?: CallSoFar;
  line?: ScriptedLine;
  keep?: CallLog["keep"];
  answeredAt?: Date;
}

/** Runs a scripted call through the real interpreter and the real conversation. */
export async function walk(
  flow: Flow,
  script: Pick<FlowScript, "call" | "reason" | "noCallbackTimes" | "nextDay" | "caller" | "visit">,
  { soFar, line = new ScriptedLine(script.call), keep, answeredAt }: Walk = {},
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
    context: {
      ...context,
      reason: script.reason ?? "first",
      ...(script.caller ? { caller: script.caller } : {}),
    },
    ringBack: {
      readKeyed: (digits, as) => readKeyed(digits, as, (number) => `hash of ${number}`),
      carryOn: async () => {
        const fft = readFlow("fft");
        const from = script.visit && carryOnFrom(fft, script.visit);
        return from ? { flow: fft, context: { ...context, reason: "ring_back" }, from } : null;
      },
    },
    callbackTimes: async () => ({
      kind: "callback-times",
      sameDay: !script.nextDay,
      times: script.noCallbackTimes ? [] : [{ at: "2026-11-23T14:30:00Z" }, { at: "2026-11-24T10:00:00Z" }],
    }),
    onStep: (step) => stepsSeen.add(step),
    soFar,
    ...(answeredAt ? { answeredAt } : {}),
  });
  if (talked.fault) throw talked.fault;
  return { line, log, talked, stepsSeen, disposition: outcomeOf(talked.state, talked.end) };
}

/** Walks a script and tells what did not come as it must. @returns the steps that were entered */
export async function expectScript(flow: Flow, script: FlowScript): Promise<ReadonlySet<string>> {
  const { talked, line, log, disposition, stepsSeen } = await walk(flow, script);
  const { expect: wanted } = script;
  expect(disposition).toBe(wanted.disposition);
  if (wanted.answers) expect(talked.state.answers).toEqual(wanted.answers);
  if (wanted.effects)
    expect(log.steps.flatMap((step) => step.effects.map(({ kind }) => kind))).toEqual(wanted.effects);
  if (wanted.optedOut)
    expect(
      log.steps.flatMap(({ effects }) =>
        effects.flatMap((effect) => (effect.kind === "opt-out" ? (effect.number ?? "the caller's") : [])),
      ),
    ).toEqual(wanted.optedOut);
  if (wanted.parts !== undefined) {
    const { keptTake, parts } = talked.state.story;
    expect(keptTake === null ? 0 : parts[keptTake]?.length).toBe(wanted.parts);
  }
  expectInOrder(line.heard, wanted.heard ?? []);
  for (const prompt of wanted.notHeard ?? []) expect(line.heard).not.toContain(prompt);
  for (const digits of wanted.notWritten ?? []) expect(JSON.stringify(log.steps)).not.toContain(digits);
  return stepsSeen;
}

/** Steps that say something and were in none of the calls. */
export const neverEntered = (flow: Flow, seen: ReadonlySet<string>): string[] =>
  Object.entries(flow.steps)
    .filter(([name, step]) => step.kind !== "branch" && !seen.has(name))
    .map(([name]) => name);

function expectInOrder(heard: string[], wanted: string[]): void {
  let from = 0;
  for (const prompt of wanted) {
    const at = heard.indexOf(prompt, from);
    expect(at, `"${prompt}" is missing in: ${heard.slice(from).join(" ")}`).toBeGreaterThanOrEqual(0);
    from = at + 1;
  }
}
