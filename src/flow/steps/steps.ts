import type { Step } from "../definition.ts";
import { branch } from "./branch.ts";
import { callback } from "./callback.ts";
import type { StepHandler } from "./handler.ts";
import { menu } from "./menu.ts";
import { play } from "./play.ts";
import { record } from "./record.ts";

type Of<K extends Step["kind"]> = Extract<Step, { kind: K }>;

/** Every kind of step; the compiler keeps the list. */
const handlers = { menu, play, branch, record, callback } satisfies {
  [K in Step["kind"]]: StepHandler<Of<K>>;
};

export const handlerOf = (step: Step): StepHandler<Step> => handlers[step.kind] as StepHandler<Step>;
