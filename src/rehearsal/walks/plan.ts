/**
 * Which calls to make so that every branch of every flow is walked: the flow tests are the calls that are known to get
 * there, and as few of them are taken as cover all (greedily, which is within a few of the best).
 */
import { readFlows } from "#flow/check/check-flows.ts";
import type { Flow } from "#flow/definition.ts";
import { readManifest } from "#prompts/manifest.ts";
import { promptBook } from "#prompts/prompt-book.ts";
import type { ReleaseFiles } from "#release/files.ts";
import { tellWay, wayKey, waysOf } from "#walk/coverage.ts";
import type { FlowScript } from "#walk/flow-test.ts";
import { readFlowTests } from "#walk/read-flow-tests.ts";
import { promptIds } from "#walk/test-flows.ts";
import { type Walked, type WayTaken, walkScript } from "#walk/walk-script.ts";
import { inEachLanguage } from "./each-language.ts";
import { bytesPerMs, type ReleaseSounds } from "./sounds.ts";
import { pressWrongly, questionsOf, wrongKeyIn, wrongKeysOf } from "./wrong-keys.ts";

export interface PlannedWalk {
  flow: Flow;
  script: FlowScript;
  /** The ways that the call takes, in order. */
  ways: readonly WayTaken[];
  /** The steps in which it presses a key that means nothing there. */
  wrongKeys: Walked["wrongKeys"];
  /** By the sounds' own lengths. */
  lastsMs: number;
}

export interface Plan {
  flows: ReadonlyMap<string, Flow>;
  walks: PlannedWalk[];
  /** "fft: step story-limit, key 2 (to review)": no call takes it. */
  uncovered: string[];
  /** The same, of those that only calls take which no pretend telephone can make: their tests must do. */
  onPaperOnly: string[];
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
  const lengthOf = lengthsOf(files, sounds);
  const rehearse = async (flow: Flow, script: FlowScript) => {
    await pause();
    return rehearsed({ flow, flows, script }, lengthOf);
  };
  const candidates: PlannedWalk[] = [];
  const onPaper = new Set<string>();
  const needed = new Map<string, string>();
  const questions: [element: string, words: string][] = [];
  for (const flow of flows.values()) {
    const file = `flows/${flow.flow}.test.yaml`;
    const bytes = files.get(file);
    const { tests } = bytes ? readFlowTests(file, bytes, promptIds(files)) : { tests: null };
    const excused = new Set((tests?.cannotHappen ?? []).map(({ step, on }) => wayKey(step, on)));
    for (const script of tests?.scripts ?? []) {
      if (!canBePlayed(script)) {
        const { ways, wrongKeys } = await walkScript({ flow, flows, script });
        for (const element of elementsOf({ flow, script, ways })) onPaper.add(element);
        for (const element of wrongKeysOf({ wrongKeys })) onPaper.add(element);
        continue;
      }
      const planned = await rehearse(flow, script);
      if (planned) candidates.push(planned);
    }
    if (only.length > 0 && !only.includes(flow.flow)) continue;
    for (const way of waysOf(flow))
      if (!excused.has(wayKey(way.step, way.on)))
        needed.set(elementOf(flow.flow, way.step, way.on), `${flow.flow}: ${tellWay(way)}`);
    needed.set(hangUpIn(flow.flow), `${flow.flow}: somebody hangs up in the middle`);
    for (const step of questionsOf(flow))
      questions.push([
        wrongKeyIn(flow.flow, step),
        `${flow.flow}: step ${step}, a wrong key: a flow test that presses one covers it`,
      ]);
  }
  const reached = new Set(
    candidates.flatMap(({ ways }) => ways.map((way) => wrongKeyIn(way.flow, way.from))),
  );
  const wrongly = questions.filter(([element]) => reached.has(element));
  const walks = await pressWrongly(
    {
      needed: new Set(wrongly.map(([element]) => element)),
      chosen: cover(new Set(needed.keys()), candidates),
      rehearse,
    },
    candidates,
  );
  const languages = [...(readManifest(files).manifest?.languages.keys() ?? [])];
  walks.push(...(await inEachLanguage(walks, languages, ({ flow }, script) => rehearse(flow, script))));
  for (const [element, words] of wrongly) needed.set(element, words);
  const covered = new Set(walks.flatMap((walk) => [...elementsOf(walk), ...wrongKeysOf(walk)]));
  const left = [...needed].filter(([element]) => !covered.has(element));
  const told = (paper: boolean) =>
    left.filter(([element]) => onPaper.has(element) === paper).map(([, words]) => words);
  walks.sort((a, b) => b.lastsMs - a.lastsMs);
  return { flows, walks, uncovered: told(false), onPaperOnly: told(true) };
}

const elementOf = (flow: string, step: string, on: string): string => `${flow} ${wayKey(step, on)}`;
const hangUpIn = (flow: string): string => `${flow} hang-up`;

const playable = new Set(["hear", "hearOut", "wait", "press", "talk", "hangUp"]);

/** A lost line is no caller's doing, a machine's beep is heard by chance, and nobody of the staff is there. */
const canBePlayed = ({ call }: FlowScript): boolean =>
  call.every((act) => Object.keys(act).some((word) => playable.has(word)));

/**
 * The call as it will go with sounds of their real length; null where it goes another way then than on paper, so that
 * only calls are made whose way does not hang on fractions of a second.
 */
async function rehearsed(
  parts: { flow: Flow; flows: ReadonlyMap<string, Flow>; script: FlowScript },
  lengthOf: (language: string) => (prompt: string) => number,
): Promise<PlannedWalk | null> {
  const { flow, script } = parts;
  const [onPaper, really] = await Promise.all([
    walkScript(parts),
    walkScript({ ...parts, lengthOf: lengthOf(script.language ?? "en-GB") }),
  ]);
  const same = wayOf(onPaper) === wayOf(really) && really.line.stuckAt === null;
  const { ways, wrongKeys, line } = really;
  return same ? { flow, script, ways, wrongKeys, lastsMs: line.monotonicMs() } : null;
}

const wayOf = ({ ways, wrongKeys, disposition }: Walked): string =>
  JSON.stringify([ways, wrongKeys, disposition]);

function lengthsOf(files: ReleaseFiles, { byName }: ReleaseSounds) {
  const book = promptBook(files, { watch: { fellBack: () => {}, missing: () => {} }, rehearsal: true });
  return (language: string) => (prompt: string) => {
    const sound = book.soundOf(prompt, language);
    return (sound ? (byName.get(sound.name)?.length ?? 0) : 0) / bytesPerMs;
  };
}

function elementsOf({ flow, script, ways }: Pick<PlannedWalk, "flow" | "script" | "ways">): string[] {
  const taken = ways.flatMap(({ flow: where, from, on }) =>
    on === null ? [] : [elementOf(where, from, on)],
  );
  return script.call.some((act) => "hangUp" in act) ? [...taken, hangUpIn(flow.flow)] : taken;
}

/** Most new branches a second of call first, so that the whole takes not long; then what others made needless goes. */
function cover(needed: Set<string>, candidates: readonly PlannedWalk[]): PlannedWalk[] {
  const left = new Set(needed);
  const chosen: PlannedWalk[] = [];
  const gain = (walk: PlannedWalk) => new Set(elementsOf(walk).filter((element) => left.has(element))).size;
  const worth = (walk: PlannedWalk) => gain(walk) / (walk.lastsMs + 60_000);
  while (left.size > 0) {
    const best = candidates.toSorted((a, b) => worth(b) - worth(a))[0];
    if (!best || gain(best) === 0) break;
    chosen.push(best);
    for (const element of elementsOf(best)) left.delete(element);
  }
  for (const walk of chosen.toSorted((a, b) => b.lastsMs - a.lastsMs)) {
    const others = new Set(chosen.filter((other) => other !== walk).flatMap(elementsOf));
    if (elementsOf(walk).every((element) => !needed.has(element) || others.has(element)))
      chosen.splice(chosen.indexOf(walk), 1);
  }
  return chosen;
}
