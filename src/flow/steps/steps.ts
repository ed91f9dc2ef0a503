import type { Step } from "../definition.ts";
import { branch } from "./branch.ts";
import { call } from "./call.ts";
import { callback } from "./callback.ts";
import { digits } from "./digits.ts";
import { end } from "./end.ts";
import { goto } from "./goto.ts";
import type { StepHandler } from "./handler.ts";
import { language } from "./language.ts";
import { listenBack } from "./listen-back.ts";
import { menu } from "./menu.ts";
import { optOut } from "./opt-out.ts";
import { play } from "./play.ts";
import { record } from "./record.ts";
import { repeat } from "./repeat.ts";
import { set } from "./set.ts";
import { transfer } from "./transfer.ts";
import { visit } from "./visit.ts";

type Of<K extends Step["kind"]> = Extract<Step, { kind: K }>;

/** Every kind of step; the compiler keeps the list. */
const handlers = {
  ...{ menu, play, branch, record, callback, digits, visit },
  ...{ set, language, transfer, repeat, goto, end, call },
  ...{ "listen-back": listenBack, "opt-out": optOut },
} satisfies { [K in Step["kind"]]: StepHandler<Of<K>> };

export const handlerOf = (step: Step): StepHandler<Step> => handlers[step.kind] as StepHandler<Step>;
