import type { Flow } from "#flow/definition.ts";
import { branchesIn, type Need } from "./branches.ts";
import { hangUpAt, hangUpsOf, waitingStepsOf } from "./hang-ups.ts";
import type { PlannedWalk } from "./planned-walk.ts";
import { questionsOf, type Slip, slips } from "./slips.ts";

/** What must be walked. */
export type Needed = Map<string, Need>;

/** What is read of a call, whether a pretend telephone can make it or not. */
export type Call = Pick<
  PlannedWalk,
  "flow" | "script" | "ways" | "heard" | "questions" | "wrongKeys" | "silences" | "pressed" | "hungUpIn"
>;

/** Of the questions that any of these callers comes to: to others no branch leads either, which is told. */
export function placesOf(slip: Slip, flows: readonly Flow[], callers: readonly Call[]): Needed {
  const reached = new Set(callers.flatMap(({ questions }) => questions.map((question) => slip.at(question))));
  const { remedy } = slip;
  const places = flows
    .flatMap((flow) => questionsOf(flow, slip))
    .map((question): [string, Need] => {
      return [slip.at(question), { words: `${question.flow}: step ${question.step}, ${slip.words}`, remedy }];
    });
  return new Map(places.filter(([element]) => reached.has(element)));
}

/** Of the steps that any of these callers comes to. */
export function hangUpsIn(flows: readonly Flow[], callers: readonly Call[]): Needed {
  const reached = new Set(
    callers.flatMap(({ flow, heard }) => heard.map(({ step }) => hangUpAt(flow.flow, step))),
  );
  const places = flows.flatMap((flow) =>
    waitingStepsOf(flow).map((step): [string, Need] => {
      return [hangUpAt(flow.flow, step), { words: `${flow.flow}: step ${step}, somebody hangs up there` }];
    }),
  );
  return new Map(places.filter(([element]) => reached.has(element)));
}

/** All that somebody does in it. */
const doneIn = (call: Call): string[] => [
  ...[...branchesIn(call), ...hangUpsOf(call)],
  ...slips.flatMap((slip) => slip.in(call)),
];

/** @param onPaper what only calls do, or come to, that no pretend telephone can make */
export function notTaken(needed: Needed, walks: readonly PlannedWalk[], onPaper: ReadonlySet<string>) {
  const taken = new Set(walks.flatMap(doneIn));
  const left = [...needed].filter(([element]) => !taken.has(element));
  const told = (paper: boolean) => left.filter(([element]) => onPaper.has(element) === paper);
  return {
    uncovered: told(false).map(([, { words, remedy }]) => (remedy ? `${words}: ${remedy}` : words)),
    onPaperOnly: told(true).map(([, { words }]) => words),
  };
}
