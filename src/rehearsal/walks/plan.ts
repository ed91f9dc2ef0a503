/**
 * Which calls to make so that every branch of every flow is walked, and every prompt heard in every language: the flow
 * tests are the calls that are known to get there, and as few of them are taken as cover all.
 */
import { readFlows } from "#flow/check/check-flows.ts";
import type { Flow } from "#flow/definition.ts";
import type { ReleaseFiles } from "#release/files.ts";
import { readFlowTests } from "#walk/read-flow-tests.ts";
import { promptIds } from "#walk/test-flows.ts";
import { walkScript } from "#walk/walk-script.ts";
import { branchAt, branchesIn, branchesOf } from "./branches.ts";
import { callersLike, canBePlayed } from "./callers.ts";
import { cover } from "./cover.ts";
import { hangUpEverywhere, hangUpsOf } from "./hang-ups.ts";
import { madeUp } from "./made-up.ts";
import { type Call, hangUpsIn, type Needed, notTaken, placesOf } from "./needed.ts";
import { type PlannedWalk, type Rehearse, rehearsing } from "./planned-walk.ts";
import { readOut } from "./reading.ts";
import { heardOutIn, languagesOf, type Recordings, recordingsOf, soundIn } from "./recordings.ts";
import { slips, withSlips } from "./slips.ts";
import type { ReleaseSounds } from "./sounds.ts";

export interface Plan {
  flows: ReadonlyMap<string, Flow>;
  walks: PlannedWalk[];
  /** "fft: step story-limit, key 2 (to review)": no call takes it. */
  uncovered: string[];
  /** The same, of what only calls come to which no pretend telephone can make: their tests must do. */
  onPaperOnly: string[];
  recordings: Recordings;
}

export interface PlanOptions {
  /** Flows by name; all, when empty. */
  only?: readonly string[];
  /** Between two calls on paper: planning takes many seconds, and whoever stops it is to be heard. Its error ends it. */
  pause?: () => Promise<void>;
}

export async function planWalks(
  files: ReleaseFiles,
  sounds: ReleaseSounds,
  { only = [], pause = async () => {} }: PlanOptions = {},
): Promise<Plan> {
  const { flows } = readFlows(files);
  const wanted = [...flows.values()].filter(({ flow }) => only.length === 0 || only.includes(flow));
  const rehearsed = rehearsing(files, sounds, flows);
  const rehearse: Rehearse = async (flow, script) => {
    await pause();
    return rehearsed(flow, script);
  };
  const callers = await callersOf(files, flows, rehearse);
  const recordings = recordingsOf(files, wanted);
  const needed: Needed = new Map(wanted.flatMap((flow) => branchesOf(flow, callers.excused)));
  const spoken = recordings.recorded.filter(({ ofValue }) => !ofValue);
  const chosen = cover(
    new Set([...needed.keys(), ...spoken.map(({ flow, sound }) => soundIn(flow, sound))]),
    [...callers.asTested, ...callers.others],
    (walk) => [...branchesIn(walk), ...heardOutIn(walk)],
  );
  const onPaper = new Set(
    callers.onPaper.flatMap((call) => [...branchesIn(call), ...slips.flatMap((slip) => slip.in(call))]),
  );
  const walks = await withAllElse({ chosen, wanted, flows, callers, rehearse, needed, onPaper });
  const heard = new Set(walks.flatMap((walk) => [...walk.heardOut]));
  const unheard = recordings.recorded.filter(({ sound }) => !heard.has(sound));
  if (wanted[0]) walks.push(...(await readOut(unheard, wanted[0], rehearse)));
  walks.sort((a, b) => b.lastsMs - a.lastsMs);
  return { flows, walks, recordings, ...notTaken(needed, walks, onPaper) };
}

interface Chosen {
  /** They take every branch that a flow test takes. */
  chosen: readonly PlannedWalk[];
  wanted: readonly Flow[];
  flows: ReadonlyMap<string, Flow>;
  callers: Callers;
  rehearse: Rehearse;
  /** Added to. */
  needed: Needed;
  /** By `needed`: what only calls come to that no pretend telephone can make. Added to. */
  onPaper: Set<string>;
}

/** And what few flow tests do: slips, hang-ups, and whatever else a flow is to be walked with. */
async function withAllElse(parts: Chosen): Promise<PlannedWalk[]> {
  const { chosen, wanted, flows, callers, rehearse, needed, onPaper } = parts;
  /** @returns of them those that callers come to whom a pretend telephone can make */
  const need = (placesFor: (calls: readonly Call[]) => Needed): Set<string> => {
    const there = placesFor(callers.asTested);
    for (const [element, each] of placesFor([...callers.asTested, ...callers.onPaper])) {
      needed.set(element, each);
      if (!there.has(element)) onPaper.add(element);
    }
    return new Set(there.keys());
  };
  let walks = [...chosen];
  for (const slip of slips) {
    const places = need((calls) => placesOf(slip, wanted, calls));
    walks = await withSlips({ slip, needed: places, chosen: walks, flows, rehearse }, callers.asTested);
  }
  const hangUps = need((calls) => hangUpsIn(wanted, calls)).difference(new Set(walks.flatMap(hangUpsOf)));
  walks.push(...(await hangUpEverywhere(hangUps, callers.asTested, rehearse)));
  const left = new Set(needed.keys()).difference(new Set(walks.flatMap(branchesIn)));
  walks.push(...(await madeUp(wanted, left, callers.asTested, rehearse)));
  return walks;
}

interface Callers {
  /** As the flow tests have them. */
  asTested: PlannedWalk[];
  /** The same in other languages, and hearing all out. */
  others: PlannedWalk[];
  /** Those that no pretend telephone can make. */
  onPaper: Call[];
  /** Ways that cannot be taken. */
  excused: Set<string>;
}

async function callersOf(
  files: ReleaseFiles,
  flows: ReadonlyMap<string, Flow>,
  rehearse: Rehearse,
): Promise<Callers> {
  const callers: Callers = { asTested: [], others: [], onPaper: [], excused: new Set() };
  const languages = languagesOf(files);
  for (const flow of flows.values()) {
    const file = `flows/${flow.flow}.test.yaml`;
    const bytes = files.get(file);
    const { tests } = bytes ? readFlowTests(file, bytes, promptIds(files)) : { tests: null };
    for (const { step, on } of tests?.cannotHappen ?? []) callers.excused.add(branchAt(flow.flow, step, on));
    for (const script of tests?.scripts ?? []) {
      if (!canBePlayed(script)) {
        callers.onPaper.push({ flow, script, ...(await walkScript({ flow, flows, script })) });
        continue;
      }
      for (const caller of callersLike(script, languages)) {
        const planned = await rehearse(flow, caller);
        if (planned) (caller === script ? callers.asTested : callers.others).push(planned);
      }
    }
  }
  return callers;
}
