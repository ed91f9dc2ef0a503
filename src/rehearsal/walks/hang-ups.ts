/** Somebody hangs up at each question, and in each story. */
import type { Flow } from "#flow/definition.ts";
import type { CallerAct } from "#walk/caller-act.ts";
import type { FlowScript } from "#walk/flow-test.ts";
import type { PlannedWalk, Rehearse } from "./planned-walk.ts";

/** "fft question hang-up" */
export const hangUpAt = (flow: string, step: string): string => `${flow} ${step} hang-up`;

export const hangUpsOf = ({ hungUpIn }: Pick<PlannedWalk, "hungUpIn">): string[] =>
  hungUpIn ? [hangUpAt(hungUpIn.flow, hungUpIn.step)] : [];

const waiting = new Set(["menu", "language", "callback", "digits", "record", "opt-out"]);

/** The steps in which somebody is waited for. */
export const waitingStepsOf = ({ steps }: Flow): string[] =>
  Object.entries(steps).flatMap(([name, { kind }]) => (waiting.has(kind) ? [name] : []));

/**
 * @param needed by `hangUpAt`
 * @param candidates calls that lead there
 * @returns further calls
 */
export async function hangUpEverywhere(
  needed: ReadonlySet<string>,
  candidates: readonly PlannedWalk[],
  rehearse: Rehearse,
): Promise<PlannedWalk[]> {
  const left = new Set(needed);
  const further: PlannedWalk[] = [];
  const take = (walk: PlannedWalk) => {
    const before = left.size;
    for (const element of hangUpsOf(walk)) left.delete(element);
    if (left.size < before) further.push(walk);
  };
  const shortestFirst = candidates.toSorted((a, b) => a.lastsMs - b.lastsMs);
  // A flow test that does so goes before what is made of one.
  for (const walk of shortestFirst) take(walk);
  for (const walk of shortestFirst)
    for (const step of new Set(walk.heard.map((each) => each.step))) {
      const sought = hangUpAt(walk.flow.flow, step);
      if (!left.has(sought)) continue;
      const found = await hangingUpIn(walk, step, sought, rehearse);
      if (found) take(found);
    }
  return further;
}

async function hangingUpIn(walk: PlannedWalk, step: string, sought: string, rehearse: Rehearse) {
  const { flow, script } = walk;
  for (const i of [...script.call.keys(), script.call.length]) {
    const call = [...script.call.slice(0, i), ...endIn(walk, step)];
    const changed: FlowScript = { ...script, name: `hangs up at ${step}`, call };
    const found = await rehearse(flow, changed);
    if (found && hangUpsOf(found).includes(sought)) return found;
  }
  return null;
}

/** As soon as the step's first words begin; in a story, in the middle of it. */
function endIn({ flow, heard }: PlannedWalk, step: string): CallerAct[] {
  const its = flow.steps[step];
  const inStory: CallerAct[] = [{ wait: 2_500 }, { talk: 2_000 }];
  const hear = its?.kind === "record" ? its.tone : heard.find((each) => each.step === step)!.prompt;
  return [{ hear }, ...(its?.kind === "record" ? inStory : []), { hangUp: true }];
}
