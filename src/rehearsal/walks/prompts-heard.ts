import type { PromptsHeard } from "#release/walk-report.ts";
import type { PlannedWalk } from "./planned-walk.ts";
import { readingFlow } from "./reading.ts";
import { heardOutIn, type Recording, type Recordings, soundIn } from "./recordings.ts";

/**
 * Which prompts were heard in which language.
 * @param passed the calls in which all was heard as it should be
 */
export function promptsHeard(
  { recorded, missing }: Recordings,
  passed: readonly PlannedWalk[],
): PromptsHeard[] {
  const byCallers = new Set(passed.filter(({ flow }) => flow.flow !== readingFlow).flatMap(heardOutIn));
  const anywhere = new Set(passed.flatMap(({ heardOut }) => [...heardOut]));
  const byCaller = ({ flow, sound }: Recording) => byCallers.has(soundIn(flow, sound));
  return [...Map.groupBy(recorded, ({ language }) => language)].map(([language, all]) => {
    const others = all.filter((recording) => !byCaller(recording));
    const heard = all.filter(byCaller).map(({ prompt }) => prompt);
    const apart = others.filter(({ sound }) => anywhere.has(sound));
    const silent = others.filter(({ sound }) => !anywhere.has(sound));
    const inCall = new Set(heard);
    return {
      language,
      heard: [...inCall].toSorted(),
      byThemselves: apart.filter(({ ofValue }) => !ofValue).map(told),
      valuesByThemselves: unique(
        apart.flatMap(({ ofValue, prompt }) => (ofValue && !inCall.has(prompt) ? [prompt] : [])),
      ),
      notHeard: unique(silent.map(told)),
      notRecorded: missing.flatMap((each) => (each.language === language ? [each.prompt] : [])),
    };
  });
}

const told = ({ flow, prompt }: Recording): string => `${prompt} (${flow})`;
const unique = (names: readonly string[]): string[] => [...new Set(names)];
