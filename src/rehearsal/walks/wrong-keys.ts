/**
 * Every question is answered wrongly once: few flow tests do that, so callers of the plan are given a key too many, which
 * changes nothing else of their calls.
 */
import type { Flow } from "#flow/definition.ts";
import type { CallerAct } from "#walk/caller-act.ts";
import type { FlowScript } from "#walk/flow-test.ts";
import type { PlannedWalk } from "./plan.ts";

/** "fft question wrong key" */
export const wrongKeyIn = (flow: string, step: string): string => `${flow} ${step} wrong key`;

export const wrongKeysOf = ({ wrongKeys }: Pick<PlannedWalk, "wrongKeys">): string[] =>
  wrongKeys.map(({ flow, step }) => wrongKeyIn(flow, step));

/** The steps in which a key can be wrong: of numbers, those that have words for it. */
export const questionsOf = ({ steps }: Flow): string[] =>
  Object.entries(steps).flatMap(([name, step]) => {
    const asks = step.kind === "menu" || step.kind === "language" || step.kind === "callback";
    return asks || (step.kind === "digits" && step.wrong.length > 0) ? [name] : [];
  });

/** Tried in turn: one of them means nothing in the step, or is no number that it takes. */
const strayKeys = [...["0", "8", "7", "6", "5", "4", "3", "2", "1"], "99999999999999999999"];

export interface PressingWrongly {
  /** By `wrongKeyIn`. */
  needed: ReadonlySet<string>;
  chosen: readonly PlannedWalk[];
  /** Null where the call goes another way on paper than in real time. */
  rehearse(flow: Flow, script: FlowScript): Promise<PlannedWalk | null>;
}

/**
 * @param candidates calls that lead to the questions
 * @returns the plan's calls, some with a wrong key more; and further ones that end by it, where none goes on as it did
 */
export async function pressWrongly(
  { needed, chosen, rehearse }: PressingWrongly,
  candidates: readonly PlannedWalk[],
): Promise<PlannedWalk[]> {
  const walks = [...chosen];
  const left = new Set(needed);
  const done = (walk: PlannedWalk) => {
    for (const element of wrongKeysOf(walk)) left.delete(element);
  };
  for (const walk of walks) done(walk);
  const tryOut = async (walk: PlannedWalk, at: number, press: Pressing) => {
    for (const key of strayKeys) {
      const found = await rehearse(walk.flow, press.write(walk.script, at, key));
      const gains = found && wrongKeysOf(found).some((element) => left.has(element));
      if (gains && (press.mayEnd || waysOf(found) === waysOf(walk))) return found;
    }
    return null;
  };
  for (const i of walks.keys())
    for (const at of pressesOf(walks[i]!).toReversed()) {
      if (!mayGain(walks[i]!, left)) break;
      const found = await tryOut(walks[i]!, at, { write: withStray, mayEnd: false });
      if (!found) continue;
      walks[i] = found;
      done(found);
    }
  // A flow test that answers wrongly, whatever comes of it then.
  for (const walk of candidates) {
    if (!wrongKeysOf(walk).some((element) => left.has(element))) continue;
    walks.push(walk);
    done(walk);
  }
  for (const walk of candidates)
    for (const at of pressesOf(walk)) {
      if (!mayGain(walk, left)) break;
      const found = await tryOut(walk, at, { write: endingStray, mayEnd: true });
      if (!found) continue;
      walks.push(found);
      done(found);
    }
  return walks;
}

/** A script with a key more; whether the call may go another way by it. */
interface Pressing {
  write(script: FlowScript, at: number, key: string): FlowScript;
  mayEnd: boolean;
}

/** Whether it comes to a question that nobody has answered wrongly yet. */
const mayGain = ({ ways }: PlannedWalk, left: ReadonlySet<string>): boolean =>
  ways.some(({ flow, from }) => left.has(wrongKeyIn(flow, from)));

const waysOf = ({ ways }: PlannedWalk): string => JSON.stringify(ways);

const pressesOf = ({ script }: PlannedWalk): number[] =>
  script.call.flatMap((act, at) => ("press" in act ? [at] : []));

/** The question is said again, and answered as it was to be. */
function withStray(script: FlowScript, at: number, key: string): FlowScript {
  const before = script.call[at - 1];
  const again: CallerAct = before && "hear" in before ? before : { hearOut: true };
  return pressed(script, [...script.call.slice(0, at), { press: key }, again, ...script.call.slice(at)]);
}

/** And then nothing more. */
const endingStray = (script: FlowScript, at: number, key: string): FlowScript =>
  pressed(script, [...script.call.slice(0, at), { press: key }]);

const pressed = (script: FlowScript, call: CallerAct[]): FlowScript => ({
  ...script,
  name: script.name.endsWith(wronglyToo) ? script.name : `${script.name}${wronglyToo}`,
  call,
});
const wronglyToo = ", with a wrong key";
