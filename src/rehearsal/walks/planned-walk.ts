import type { Flow } from "#flow/definition.ts";
import { promptBook } from "#prompts/prompt-book.ts";
import type { ReleaseFiles } from "#release/files.ts";
import type { FlowScript } from "#walk/flow-test.ts";
import { type Walked, type WayTaken, walkScript } from "#walk/walk-script.ts";
import { bytesPerMs, type ReleaseSounds } from "./sounds.ts";

/** A call that is to be made, as it went on paper. */
export interface PlannedWalk
  extends Pick<
    Walked,
    "heard" | "heardOut" | "questions" | "wrongKeys" | "silences" | "pressed" | "hungUpIn"
  > {
  flow: Flow;
  script: FlowScript;
  /** The ways that the call takes, in order. */
  ways: readonly WayTaken[];
  /** By the sounds' own lengths. */
  lastsMs: number;
}

/**
 * The call as it will go with sounds of their real length; null where it goes another way then than on paper, so that
 * only calls are made whose way does not hang on fractions of a second.
 */
export type Rehearse = (flow: Flow, script: FlowScript) => Promise<PlannedWalk | null>;

export function rehearsing(
  files: ReleaseFiles,
  { byName }: ReleaseSounds,
  flows: ReadonlyMap<string, Flow>,
): Rehearse {
  const known = promptBook(files, { watch: { fellBack: () => {}, missing: () => {} }, rehearsal: true });
  // A prompt without any sound is planned like others: its call fails, and says why.
  const book = {
    ...known,
    soundOf: (prompt: string, language: string) =>
      known.soundOf(prompt, language) ?? { name: prompt, language },
  };
  const lengthOf = (_: string, sound: string) => (byName.get(sound)?.length ?? 0) / bytesPerMs;
  return async (flow, script) => {
    const parts = { flow, flows, script };
    const [onPaper, really] = await Promise.all([
      walkScript(parts),
      walkScript({ ...parts, book, lengthOf }),
    ]);
    if (wayOf(onPaper) !== wayOf(really) || really.line.stuckAt !== null) return null;
    const { heard, heardOut, ways, questions, wrongKeys, silences, pressed, hungUpIn, line } = really;
    return {
      ...{ flow, script, heard, heardOut, ways, questions, wrongKeys, silences, pressed, hungUpIn },
      lastsMs: line.monotonicMs(),
    };
  };
}

const wayOf = ({ ways, wrongKeys, silences, pressed, disposition }: Walked): string =>
  JSON.stringify([ways, wrongKeys, silences, pressed, disposition]);

/** The flows that a call is held in: whoever rings back goes on in another. */
export const flowsOf = ({ flow, ways }: Pick<PlannedWalk, "flow" | "ways">): string[] => [
  ...new Set([flow.flow, ...ways.map((way) => way.flow)]),
];
