/**
 * Every question is answered wrongly once, once not in time, and once said again: few flow tests do that, so callers of
 * the plan are given a key too many, or miss a question, which changes nothing else of their calls.
 */
import type { DigitsStep, Flow } from "#flow/definition.ts";
import type { CallerAct } from "#walk/caller-act.ts";
import type { FlowScript } from "#walk/flow-test.ts";
import { type Question, saidBackToo } from "#walk/walk-script.ts";
import { flowsOf, type PlannedWalk, type Rehearse } from "./planned-walk.ts";

/** What a caller does before they answer. */
export interface Slip {
  /** "fft question wrong key" */
  at(question: Question): string;
  /** For whoever reads of a question at which nobody does it. */
  words: string;
  /** By which somebody does. */
  remedy: string;
  /** By `at`, where this call does it. */
  in(walk: Pick<PlannedWalk, "wrongKeys" | "silences" | "pressed">): string[];
  /** What may be it in a call that is held in these flows, tried in turn. */
  acts(flows: readonly Flow[]): CallerAct[][];
  /** Whether it is one where a number is keyed. */
  withNumbers(step: DigitsStep): boolean;
  /** Added to the name of who does it once. */
  told: string;
}

const wrongKeyAt = ({ flow, step }: Question): string => `${flow} ${step} wrong key`;
const silenceAt = ({ flow, step }: Question): string => `${flow} ${step} silence`;
const repeatAt = ({ flow, step }: Question): string => `${flow} ${step} repeat`;

/** One of them means nothing in the step, or is no number that it takes. */
const strayKeys = [...["0", "8", "7", "6", "5", "4", "3", "2", "1"], "99999999999999999999"];

export const slips: readonly Slip[] = [
  {
    at: wrongKeyAt,
    words: "a wrong key",
    remedy: "a flow test that presses one covers it",
    in: ({ wrongKeys }) => wrongKeys.map(wrongKeyAt),
    acts: () => strayKeys.map((press) => [{ press }]),
    withNumbers: ({ wrong }) => wrong.length > 0,
    told: ", with a wrong key",
  },
  {
    at: silenceAt,
    words: "silence",
    remedy: "a flow test in which nothing is pressed there covers it",
    in: ({ silences }) => silences.map(silenceAt),
    acts: () => [[]],
    withNumbers: () => true,
    told: ", silent at first",
  },
  {
    at: repeatAt,
    words: "say it again",
    remedy: "a flow test that presses that key there covers it",
    in: ({ pressed }) => pressed.filter(({ repeats }) => repeats).map(repeatAt),
    acts: (flows) =>
      [...new Set(flows.map(({ everywhere }) => everywhere.repeat))].map((press) => [{ press }]),
    withNumbers: () => false, // there it begins anew
    told: ", heard again",
  },
];

/** Where it can be done. */
export const questionsOf = ({ flow, steps }: Flow, slip: Slip): Question[] =>
  Object.entries(steps).flatMap(([name, step]) => {
    if (step.kind === "menu" || step.kind === "language" || step.kind === "callback")
      return [{ flow, step: name }];
    if (step.kind !== "digits") return [];
    return [
      ...(slip.withNumbers(step) ? [{ flow, step: name }] : []),
      ...(step.readBack ? [{ flow, step: `${name}${saidBackToo}` }] : []),
    ];
  });

export interface Slipping {
  slip: Slip;
  /** By `Slip.at`. */
  needed: ReadonlySet<string>;
  chosen: readonly PlannedWalk[];
  flows: ReadonlyMap<string, Flow>;
  rehearse: Rehearse;
}

/**
 * @param candidates calls that lead to the questions
 * @returns the plan's calls, some with a slip more; and further ones that end by it, where none goes on as it did
 */
export async function withSlips(
  { slip, needed, chosen, flows, rehearse }: Slipping,
  candidates: readonly PlannedWalk[],
): Promise<PlannedWalk[]> {
  const walks = [...chosen];
  const left = new Set(needed);
  const done = (walk: PlannedWalk) => {
    for (const element of slip.in(walk)) left.delete(element);
  };
  const gains = (walk: PlannedWalk) => slip.in(walk).some((element) => left.has(element));
  const mayGain = (walk: PlannedWalk) => walk.questions.some((question) => left.has(slip.at(question)));
  for (const walk of walks) done(walk);
  const tryOut = async (walk: PlannedWalk, at: number, slipping: Kind) => {
    const heldIn = flowsOf(walk).flatMap((name) => flows.get(name) ?? []);
    for (const acts of slip.acts(heldIn)) {
      const script = slipping.write(walk.script, at, acts);
      const name = script.name.endsWith(slip.told) ? script.name : `${script.name}${slip.told}`;
      const found = await rehearse(walk.flow, { ...script, name });
      if (found && gains(found) && (slipping.mayEnd || keeps(walk, found))) return found;
    }
    return null;
  };
  for (const i of walks.keys())
    for (const at of pressesOf(walks[i]!).toReversed()) {
      if (!mayGain(walks[i]!)) break;
      const found = await tryOut(walks[i]!, at, { write: withSlip, mayEnd: false });
      if (!found) continue;
      walks[i] = found;
      done(found);
    }
  // A flow test that does so, whatever comes of it then.
  for (const walk of candidates) {
    if (!gains(walk)) continue;
    walks.push(walk);
    done(walk);
  }
  for (const walk of candidates)
    for (const at of pressesOf(walk)) {
      if (!mayGain(walk)) break;
      const found = await tryOut(walk, at, { write: endingSlip, mayEnd: true });
      if (!found) continue;
      walks.push(found);
      done(found);
    }
  return walks;
}

/** How a slip is put into a script; whether the call may go another way by it. */
interface Kind {
  write(script: FlowScript, at: number, acts: readonly CallerAct[]): FlowScript;
  mayEnd: boolean;
}

/** All else is as it was: its ways, what is heard out, what went wrong besides. */
const keeps = (before: PlannedWalk, now: PlannedWalk): boolean =>
  JSON.stringify(before.ways) === JSON.stringify(now.ways) &&
  before.wrongKeys.length <= now.wrongKeys.length &&
  before.silences.length <= now.silences.length &&
  before.heardOut.isSubsetOf(now.heardOut);

const pressesOf = ({ script }: PlannedWalk): number[] =>
  script.call.flatMap((act, at) => ("press" in act ? [at] : []));

/** The question is said again, and answered as it was to be. */
function withSlip(script: FlowScript, at: number, acts: readonly CallerAct[]): FlowScript {
  const before = script.call.slice(0, at);
  const question = before.slice(before.findLastIndex((act) => "press" in act) + 1);
  const again: CallerAct = question.findLast((act) => "hear" in act) ?? { hearOut: true };
  return { ...script, call: [...before, ...acts, again, ...script.call.slice(at)] };
}

/** And then nothing more. */
const endingSlip = (script: FlowScript, at: number, acts: readonly CallerAct[]): FlowScript => ({
  ...script,
  call: [...script.call.slice(0, at), ...acts],
});
