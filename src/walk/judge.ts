/** Compares what came of a scripted call with what was expected of it. */
import { isDeepStrictEqual } from "node:util";
import { tellAct } from "./caller-act.ts";
import type { FlowScript } from "./flow-test.ts";
import type { Walked } from "./walk-script.ts";

/** One thing that did not come as it must. */
export interface Mismatch {
  /** In the test file, below the call: ["expect", "disposition"], ["call", 3]. */
  path: (string | number)[];
  /** The flow's step in which it showed. */
  step: string;
  expected: string;
  /** What was heard, or what came, instead. */
  got: string;
}

/** All that is otherwise than the script says; none: it passed. */
export function judge(script: FlowScript, walked: Walked): Mismatch[] {
  return [...stuck(script, walked), ...results(script, walked), ...sounds(script, walked)];
}

function stuck({ call }: FlowScript, { line, heard, lastStep }: Walked): Mismatch[] {
  const at = line.stuckAt;
  const act = at === null ? undefined : call[at];
  if (at === null || !act) return [];
  const last = heard.slice(-3).map(({ prompt }) => prompt);
  const got = `the call was over before that; its last words: ${last.join(", ") || "none"}`;
  return [{ path: ["call", at], step: lastStep, expected: `the caller ${tellAct(act)}`, got }];
}

function results({ expect }: FlowScript, { talked, log, disposition, lastStep }: Walked): Mismatch[] {
  const { answers, story } = talked.state;
  const effects = log.steps.flatMap((step) => step.effects);
  const optedOut = effects.flatMap((effect) =>
    effect.kind === "opt-out" ? [effect.number ?? "the caller's"] : [],
  );
  const parts = story.keptTake === null ? 0 : (story.parts[story.keptTake]?.length ?? 0);
  const came = { disposition, answers, parts, effects: effects.map(({ kind }) => kind), optedOut };
  const wrong = (Object.keys(came) as (keyof typeof came)[]).filter(
    (field) => expect[field] !== undefined && !isDeepStrictEqual(expect[field], came[field]),
  );
  const written = JSON.stringify(log.steps);
  const leaked = (expect.notWritten ?? []).flatMap((text, i) => (written.includes(text) ? [i] : []));
  return [
    ...wrong.map((field) => ({
      ...{ path: ["expect", field], step: lastStep },
      ...{ expected: `${field} ${tell(expect[field])}`, got: tell(came[field]) },
    })),
    ...leaked.map((i) => ({
      ...{ path: ["expect", "notWritten", i], step: lastStep },
      ...{ expected: "it is written down nowhere", got: "it was" },
    })),
  ];
}

const tell = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** So many prompts are shown around a fault. */
const shown = 6;

function sounds({ expect }: FlowScript, { heard, lastStep }: Walked): Mismatch[] {
  const mismatches: Mismatch[] = [];
  let from = 0;
  for (const [i, prompt] of (expect.heard ?? []).entries()) {
    const at = heard.findIndex((each, n) => n >= from && each.prompt === prompt);
    if (at < 0) {
      const rest = heard.slice(from).map((each) => each.prompt);
      const got = rest.slice(0, shown).join(", ") + (rest.length > shown ? ", ..." : "");
      const step = heard[from]?.step ?? lastStep;
      const expected = `"${prompt}" is heard`;
      mismatches.push({ path: ["expect", "heard", i], step, expected, got: got || "nothing more" });
      break;
    }
    from = at + 1;
  }
  for (const [i, prompt] of (expect.notHeard ?? []).entries()) {
    const found = heard.find((each) => each.prompt === prompt);
    if (found)
      mismatches.push({
        ...{ path: ["expect", "notHeard", i], step: found.step },
        ...{ expected: `"${prompt}" is not heard`, got: "it was" },
      });
  }
  return mismatches;
}
