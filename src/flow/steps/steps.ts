import type { Step } from "../definition.ts";
import { branch } from "./branch.ts";
import { callback } from "./callback.ts";
import { digits } from "./digits.ts";
import type { StepHandler } from "./handler.ts";
import { menu } from "./menu.ts";
import { play } from "./play.ts";
import { record } from "./record.ts";
import { visit } from "./visit.ts";

type Of<K extends Step["kind"]> = Extract<Step, { kind: K }>;

/** Every kind of step; the compiler keeps the list. */
const handlers = { menu, play, branch, record, callback, digits, visit } satisfies {
  [K in Step["kind"]]: StepHandler<Of<K>>;
};

export const handlerOf = (step: Step): StepHandler<Step> => handlers[step.kind] as StepHandler<Step>;
