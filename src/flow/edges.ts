import type { Flow, Step } from "./definition.ts";

/** One way out of a step: drawn as an arrow, walked by tests, followed by the checks. */
export interface Edge {
  /** What takes it: "key 1", "silence", "unanswered", "next" ... unique within the step. */
  on: string;
  /** A step, "end" or "resume". */
  to: string;
  /** Where the target is written, in the flow file; empty where it is what the flow says for all. */
  path: (string | number)[];
}

type Target = string | undefined;

/** Every way out of a step, key 9 and star (which act everywhere) not counted. */
export function edgesOf(flow: Flow, name: string): Edge[] {
  const step = flow.steps[name];
  if (!step) return [];
  const at = (...rest: (string | number)[]) => ["steps", name, ...rest];
  const edge = (on: string, to: Target, ...path: (string | number)[]): Edge[] =>
    to === undefined ? [] : [{ on, to, path: path.length > 0 ? at(...path) : [] }];
  const field = (key: string, to: Target) => edge(key, to, key);
  const entrance = flow.steps[entranceOf(name)] ? entranceOf(name) : null;
  return waysOut(step, { edge, field, unanswered: flow.unanswered, entrance });
}

interface Making {
  edge(on: string, to: Target, ...path: (string | number)[]): Edge[];
  field(key: string, to: Target): Edge[];
  /** Where silence and wrong keys lead after the last try, unless the step says otherwise. */
  unanswered: string;
  /** Of a step that calls another flow, once that is put in (link.ts). */
  entrance: string | null;
}

/** Where a step that calls another flow leads: no step of a file is named so. */
export const entranceOf = (step: string): string => `${step}/`;

function waysOut(step: Step, { edge, field, unanswered, entrance }: Making): Edge[] {
  const afterTries = (own: Target) =>
    own === undefined ? edge("unanswered", unanswered) : field("unanswered", own);
  switch (step.kind) {
    case "play":
      return field("next", step.next);
    case "menu":
      return [
        ...step.choices.flatMap(({ key, next }, i) => edge(`key ${key}`, next, "choices", i, "next")),
        ...field("silence", step.silence),
        ...afterTries(step.unanswered),
      ];
    case "branch":
      return [
        ...Object.entries(step.when).flatMap(([on, to]) => edge(on, to, "when", on)),
        ...field("otherwise", step.otherwise),
      ];
    case "record":
      return [...field("limit", step.limit), ...field("next", step.next), ...field("nothing", step.nothing)];
    case "callback":
      return [...field("booked", step.booked), ...afterTries(step.unanswered)];
    case "digits":
      return [...field("next", step.next), ...afterTries(step.unanswered)];
    case "visit":
      return field("none", step.none);
    case "set":
    case "goto":
      return field("next", step.next);
    case "listen-back":
      return [...field("next", step.next), ...field("nothing", step.nothing)];
    case "language":
      return [
        ...step.choices.flatMap(({ key }) => edge(`key ${key}`, step.next, "next")),
        ...edge("silence", step.next, "next"),
        ...afterTries(step.unanswered),
      ];
    case "opt-out":
      return [
        ...field("undone", step.undone),
        ...edge("silence", step.next, "next"),
        ...field("next", step.next),
      ];
    case "transfer":
      return [...field("next", step.next), ...field("failed", step.failed), ...field("closed", step.closed)];
    case "repeat":
      return [...field("step", step.step), ...field("next", step.next)];
    case "end":
      return edge("end", "end");
    case "call":
      // In a linked flow the called steps lie behind it, and lead to `next` themselves.
      return entrance === null ? field("next", step.next) : edge("flow", entrance);
  }
}
