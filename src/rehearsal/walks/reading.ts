/** Recordings that no caller of the plan comes to hear, said one after another: whether each is there, and the right one. */
import type { Flow } from "#flow/definition.ts";
import type { FlowScript } from "#walk/flow-test.ts";
import type { PlannedWalk, Rehearse } from "./planned-walk.ts";
import type { Recording } from "./recordings.ts";

/** What the report has as the flow of such calls. */
export const readingFlow = "prompts";

/** In one call, and in one step of it. */
const [mostInCall, mostInStep] = [60, 10];

/** @param like a flow whose manners they go by */
export async function readOut(
  unheard: readonly Recording[],
  like: Flow,
  rehearse: Rehearse,
): Promise<PlannedWalk[]> {
  const walks: PlannedWalk[] = [];
  for (const [language, recordings] of Map.groupBy(unheard, (recording) => recording.language)) {
    const each = [...new Map(recordings.map(({ sound, prompt }) => [sound, prompt])).values()];
    const calls = inParts(each, Math.ceil(each.length / Math.ceil(each.length / mostInCall)));
    for (const [i, prompts] of calls.entries()) {
      const part = calls.length > 1 ? `, part ${i + 1}` : "";
      const name = `those that no caller comes to, one after another, in ${language}${part}`;
      const script: FlowScript = { name, language, call: [], expect: { disposition: "no_response" } };
      const walk = await rehearse(flowOf(prompts, like), script);
      if (walk) walks.push(walk);
    }
  }
  return walks;
}

function flowOf(prompts: readonly string[], { timing, everywhere, version }: Flow): Flow {
  const parts = inParts(prompts, mostInStep);
  const steps = parts.map((say, i): [string, Flow["steps"][string]] => [
    `words-${i + 1}`,
    { kind: "play", say, complete: false, next: i + 1 < parts.length ? `words-${i + 2}` : "end" },
  ]);
  return {
    ...{ flow: readingFlow, title: "Prompts", start: "words-1", timing, everywhere, version },
    ...{ unanswered: "end", takenOver: [], steps: Object.fromEntries(steps) },
  };
}

const inParts = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
