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
import { hangUpAt, hangUpEverywhere, hangUpsOf, waitingStepsOf } from "./hang-ups.ts";
import { type PlannedWalk, type Rehearse, rehearsing } from "./planned-walk.ts";
import { readOut } from "./reading.ts";
import { heardOutIn, languagesOf, type Recordings, recordingsOf, soundIn } from "./recordings.ts";
import { questionsOf, type Slip, slips, withSlips } from "./slips.ts";
import type { ReleaseSounds } from "./sounds.ts";

export interface Plan {
  flows: ReadonlyMap<string, Flow>;
  walks: PlannedWalk[];
  /** "fft: step story-limit, key 2 (to review)": no call takes it. */
  uncovered: string[];
  /** The same, of those that only calls take which no pretend telephone can make: their tests must do. */
  onPaperOnly: string[];
  recordings: Recordings;
}

/** What must be walked, and words for whoever reads that nobody did. */
type Needed = Map<string, string>;

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
  const onPaper = rehearsing(files, sounds, flows);
  const rehearse: Rehearse = async (flow, script) => {
    await pause();
    return onPaper(flow, script);
  };
  const callers = await callersOf(files, flows, rehearse);
  const recordings = recordingsOf(files, wanted);
  const needed: Needed = new Map(wanted.flatMap((flow) => branchesOf(flow, callers.excused)));
  const spoken = recordings.recorded.filter(({ ofValue }) => !ofValue);
  let walks = cover(
    new Set([...needed.keys(), ...spoken.map(({ flow, sound }) => soundIn(flow, sound))]),
    [...callers.asTested, ...callers.others],
    (walk) => [...branchesIn(walk), ...heardOutIn(walk)],
  );
  for (const slip of slips) {
    const places = placesOf(slip, wanted, callers.asTested);
    for (const [element, words] of places) needed.set(element, words);
    walks = await withSlips(
      { slip, needed: new Set(places.keys()), chosen: walks, rehearse },
      callers.asTested,
    );
  }
  const leftIn = hangUpsIn(wanted, callers.asTested);
  for (const [element, words] of leftIn) needed.set(element, words);
  for (const element of walks.flatMap(hangUpsOf)) leftIn.delete(element);
  walks.push(...(await hangUpEverywhere(new Set(leftIn.keys()), callers.asTested, rehearse)));
  const heard = new Set(walks.flatMap((walk) => [...walk.heardOut]));
  const unheard = recordings.recorded.filter(({ sound }) => !heard.has(sound));
  if (wanted[0]) walks.push(...(await readOut(unheard, wanted[0], rehearse)));
  walks.sort((a, b) => b.lastsMs - a.lastsMs);
  return { flows, walks, recordings, ...notTaken(needed, walks, callers.onPaper) };
}

interface Callers {
  /** As the flow tests have them. */
  asTested: PlannedWalk[];
  /** The same in other languages, and hearing all out. */
  others: PlannedWalk[];
  /** What only calls take that no pretend telephone can make. */
  onPaper: Set<string>;
  /** Ways that cannot be taken. */
  excused: Set<string>;
}

async function callersOf(
  files: ReleaseFiles,
  flows: ReadonlyMap<string, Flow>,
  rehearse: Rehearse,
): Promise<Callers> {
  const callers: Callers = { asTested: [], others: [], onPaper: new Set(), excused: new Set() };
  const languages = languagesOf(files);
  for (const flow of flows.values()) {
    const file = `flows/${flow.flow}.test.yaml`;
    const bytes = files.get(file);
    const { tests } = bytes ? readFlowTests(file, bytes, promptIds(files)) : { tests: null };
    for (const { step, on } of tests?.cannotHappen ?? []) callers.excused.add(branchAt(flow.flow, step, on));
    for (const script of tests?.scripts ?? []) {
      if (!canBePlayed(script)) {
        const walked = { flow, script, ...(await walkScript({ flow, flows, script })) };
        const taken = [...branchesIn(walked), ...slips.flatMap((slip) => slip.in(walked))];
        for (const element of taken) callers.onPaper.add(element);
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

/** Of the questions that any caller comes to: to others no branch leads either, which is told. */
function placesOf(slip: Slip, flows: readonly Flow[], callers: readonly PlannedWalk[]): Needed {
  const reached = new Set(callers.flatMap(({ questions }) => questions.map((question) => slip.at(question))));
  const places = flows
    .flatMap((flow) => questionsOf(flow, slip))
    .map((question): [string, string] => {
      return [slip.at(question), `${question.flow}: step ${question.step}, ${slip.words}`];
    });
  return new Map(places.filter(([element]) => reached.has(element)));
}

function hangUpsIn(flows: readonly Flow[], callers: readonly PlannedWalk[]): Needed {
  const reached = new Set(
    callers.flatMap(({ flow, heard }) => heard.map(({ step }) => hangUpAt(flow.flow, step))),
  );
  const places = flows.flatMap((flow) =>
    waitingStepsOf(flow).map((step): [string, string] => {
      return [hangUpAt(flow.flow, step), `${flow.flow}: step ${step}, somebody hangs up there`];
    }),
  );
  return new Map(places.filter(([element]) => reached.has(element)));
}

function notTaken(needed: Needed, walks: readonly PlannedWalk[], onPaper: ReadonlySet<string>) {
  const taken = new Set(
    walks.flatMap((walk) => [
      ...[...branchesIn(walk), ...hangUpsOf(walk)],
      ...slips.flatMap((slip) => slip.in(walk)),
    ]),
  );
  const left = [...needed].filter(([element]) => !taken.has(element));
  const told = (paper: boolean) =>
    left.filter(([element]) => onPaper.has(element) === paper).map(([, words]) => words);
  return { uncovered: told(false), onPaperOnly: told(true) };
}
