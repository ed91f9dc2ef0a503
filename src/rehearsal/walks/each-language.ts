import type { FlowScript } from "#walk/flow-test.ts";
import type { PlannedWalk } from "./plan.ts";

const spokenIn = ({ script }: PlannedWalk): string => script.language ?? "en-GB";

/** How much of its flow a call comes to. */
const stepsOf = ({ flow, ways }: PlannedWalk): number =>
  new Set(ways.filter((way) => way.flow === flow.flow).map(({ from }) => from)).size;

/**
 * The call of each flow that comes to most of its steps, in every language in which nobody of the plan comes so far: most
 * flow tests are in English.
 * @param rehearse null where the call goes another way on paper than in real time
 */
export async function inEachLanguage(
  walks: readonly PlannedWalk[],
  languages: readonly string[],
  rehearse: (walk: PlannedWalk, script: FlowScript) => Promise<PlannedWalk | null>,
): Promise<PlannedWalk[]> {
  const further: PlannedWalk[] = [];
  for (const ofFlow of Map.groupBy(walks, ({ flow }) => flow).values()) {
    const farthest = ofFlow.toSorted((a, b) => stepsOf(b) - stepsOf(a) || a.lastsMs - b.lastsMs);
    for (const language of languages)
      for (const walk of farthest) {
        if (spokenIn(walk) === language) break;
        const name = `${walk.script.name}, in ${language}`;
        const found = await rehearse(walk, { ...walk.script, name, language });
        if (!found || stepsOf(found) < stepsOf(walk)) continue;
        further.push(found);
        break;
      }
  }
  return further;
}
