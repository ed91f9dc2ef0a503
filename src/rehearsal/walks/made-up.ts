/**
 * What every flow is to be walked with, and no flow test has to do: somebody opts out, hangs up, and keys anew what was
 * said back. Calls of flow tests are taken up to where that can be done, and end by it.
 */
import type { Flow } from "#flow/definition.ts";
import type { CallerAct } from "#walk/caller-act.ts";
import { saidBackToo } from "#walk/walk-script.ts";
import { againKey, branchesIn, hangUpIn, keyedAgainAt, optOutIn } from "./branches.ts";
import type { PlannedWalk, Rehearse } from "./planned-walk.ts";

interface MadeUp {
  element: string;
  flow: string;
  name: string;
  act: CallerAct;
}

/**
 * @param left by branches.ts: what no walk does
 * @param candidates calls that lead there
 * @returns further calls
 */
export async function madeUp(
  flows: readonly Flow[],
  left: ReadonlySet<string>,
  candidates: readonly PlannedWalk[],
  rehearse: Rehearse,
): Promise<PlannedWalk[]> {
  const further: PlannedWalk[] = [];
  const shortestFirst = candidates.toSorted((a, b) => a.lastsMs - b.lastsMs);
  for (const wanted of flows.flatMap(madeUpOf).filter(({ element }) => left.has(element))) {
    const found = await firstThatDoes(wanted, shortestFirst, rehearse);
    if (found) further.push(found);
  }
  return further;
}

const madeUpOf = ({ flow, everywhere, steps }: Flow): MadeUp[] => [
  {
    ...{ element: optOutIn(flow), flow, name: "opts out" },
    act: { press: everywhere.optOut.key },
  },
  { ...{ element: hangUpIn(flow), flow, name: "hangs up" }, act: { hangUp: true } },
  ...Object.keys(steps).map(
    (step): MadeUp => ({
      ...{ element: keyedAgainAt({ flow, step: `${step}${saidBackToo}` }), flow, name: `keys ${step} again` },
      act: { press: againKey },
    }),
  ),
];

async function firstThatDoes(
  { element, flow, name, act }: MadeUp,
  candidates: readonly PlannedWalk[],
  rehearse: Rehearse,
) {
  for (const walk of candidates) {
    // One who rings back goes on in another flow, where there is something to be keyed as well.
    if (walk.flow.flow !== flow && !walk.questions.some((question) => question.flow === flow)) continue;
    for (const before of beginningsOf(walk)) {
      const found = await rehearse(walk.flow, { ...walk.script, name, call: [...before, act] });
      if (found && branchesIn(found).includes(element)) return found;
    }
  }
  return null;
}

/** Up to each key of theirs; for whoever presses none, up to the first words. */
function beginningsOf({ script: { call }, heard }: PlannedWalk): CallerAct[][] {
  const atKeys = call.flatMap((act, at) => ("press" in act ? [call.slice(0, at)] : []));
  const first = heard[0];
  return [...atKeys, ...(first ? [[{ hear: first.prompt }]] : [])];
}
