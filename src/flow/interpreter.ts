/**
 * Runs a flow: pure, no clock, no line, no await. Commands out, inputs in; the state is plain data and survives JSON
 * between any two inputs, so that a call can be stored, replayed and walked in a test.
 */
import type { Flow, Step } from "./definition.ts";
import { type Advance, type CallContext, type FlowState, firstState, type Input } from "./state.ts";
import type { Moment, Resumed } from "./steps/handler.ts";
import { handlerOf } from "./steps/steps.ts";

/** No honest call enters so many steps; a flow that goes round for ever is ended, unless its limits end it before. */
const stepLimit = 300;
/** What a flow says at its limit takes no more steps than this. */
const lastSteps = 20;
/** How a step is left at the flow's limits: a way out that no step has of its own. */
const byLimits = "limits";

/** Where a call begins that goes on with what was answered in an earlier one. */
export interface Beginning {
  step: string;
  answers: FlowState["answers"];
  /** The caller has said who they are. */
  confirmed: boolean;
  /** What they chose to be spoken to in; else the visit's own. */
  language?: string;
}

/** The first command of a call. */
export function start(flow: Flow, context: CallContext, from?: Beginning): Advance {
  const step = from?.step ?? flow.start;
  const state: FlowState = {
    ...firstState(flow.flow, step, context),
    ...(from && {
      answers: from.answers,
      confirmed: from.confirmed,
      language: from.language ?? context.language,
    }),
  };
  return enter({ flow, context, state }, step, nothingYet, false);
}

/**
 * The current step's command once more, for a call that another process takes over in the middle of it: the same take
 * and part of a story, and no try counted. What an older version of us did not know of yet is as at the beginning.
 */
export const resume = (flow: Flow, context: CallContext, state: FlowState): Advance =>
  enter(
    { flow, context, state: { ...firstState(flow.flow, state.step, context), ...state } },
    state.step,
    nothingYet,
    true,
  );

/** The next command, after what the caller did. */
export function advance(flow: Flow, context: CallContext, state: FlowState, input: Input): Advance {
  const moment: Moment = { flow, context, state };
  const step = stepOf(flow, state.step);
  if (input.kind === "key") {
    if (input.digit === flow.everywhere.repeat) return enter(moment, state.step, nothingYet, true);
    if (input.digit === flow.everywhere.optOut.key) return optOut(moment, step);
  }
  if (input.kind === "time-up") return endLimited(moment);
  return apply(moment, handlerOf(step).resume(step, moment, input));
}

/** The call goes where the flow's limits lead; from there it comes to its end. */
function endLimited(moment: Moment): Advance {
  const { flow, state } = moment;
  const to = flow.limits?.next ?? "end";
  const moves = [{ from: state.step, on: byLimits, to }];
  return enter({ ...moment, state: { ...state, overLimit: true } }, to, { effects: [], moves }, false);
}

function apply(moment: Moment, resumed: Resumed): Advance {
  const effects = resumed.kind === "again" ? [] : (resumed.effects ?? []);
  const state = { ...moment.state, ...resumed.state };
  switch (resumed.kind) {
    case "command":
      return { state, command: resumed.command, effects, moves: [] };
    case "go": {
      const { to, on } = resumed;
      return enter({ ...moment, state }, to, { effects, moves: [{ from: state.step, on, to }] }, false);
    }
    case "again":
      return resumed.counts
        ? tryAgain({ ...moment, state })
        : enter({ ...moment, state }, state.step, { effects, moves: [] }, true);
  }
}

/** A silence or a wrong key: the question again, or a polite end after the last try. */
function tryAgain(moment: Moment): Advance {
  const { flow, state } = moment;
  const step = stepOf(flow, state.step);
  const tries = state.tries + 1;
  const limit = ("tries" in step && step.tries) || flow.timing.tries;
  if (tries < limit) return enter({ ...moment, state: { ...state, tries } }, state.step, nothingYet, true);
  const to = ("unanswered" in step ? step.unanswered : undefined) ?? flow.unanswered;
  return enter(moment, to, { effects: [], moves: [{ from: state.step, on: "unanswered", to }] }, false);
}

function optOut(moment: Moment, step: Step): Advance {
  const { flow, state } = moment;
  const { next } = flow.everywhere.optOut;
  const optingOut = step.kind === "opt-out" || (step.kind === "menu" && step.enter === "opt-out");
  if (optingOut && state.marks.includes("opted-out")) return enter(moment, state.step, nothingYet, true);
  const interrupted =
    step.kind === "record" && state.story.keptTake === state.story.take ? step.next : state.step;
  const moves = [{ from: state.step, on: null, to: next }];
  return enter({ ...moment, state: { ...state, interrupted } }, next, { effects: [], moves }, false);
}

/** What an input has brought about before a step is entered. */
type SoFar = Pick<Advance, "effects" | "moves">;
const nothingYet: SoFar = { effects: [], moves: [] };

function enter(moment: Moment, target: string, soFar: SoFar, again: boolean): Advance {
  const { flow } = moment;
  let { state } = moment;
  let { effects, moves } = soFar;
  let to = target;
  for (;;) {
    if (to === "resume") to = state.interrupted ?? flow.start;
    if (to === "end") return { state, command: { kind: "hang-up" }, effects, moves };
    if (isOver(flow, state)) {
      to = state.overLimit ? "end" : (flow.limits?.next ?? "end");
      moves = [...moves, { from: state.step, on: byLimits, to }];
      state = { ...state, overLimit: true };
      continue;
    }
    const step = stepOf(flow, to);
    state = { ...state, step: to, stepsEntered: state.stepsEntered + 1, tries: again ? state.tries : 0 };
    const entered = handlerOf(step).enter(step, { ...moment, state }, again);
    state = { ...state, ...entered.state };
    effects = [...effects, ...(entered.effects ?? [])];
    if (entered.kind === "command") return { state, command: entered.command, effects, moves };
    moves = [...moves, { from: to, on: entered.on, to: entered.to }];
    to = entered.to;
  }
}

/** At the limit once, so that the flow can say goodbye; and for good a few steps later. */
function isOver({ limits }: Flow, { stepsEntered, overLimit }: FlowState): boolean {
  const most = Math.min(limits?.steps ?? stepLimit, stepLimit);
  return stepsEntered >= most + (overLimit ? lastSteps : 0);
}

function stepOf(flow: Flow, name: string): Step {
  const step = flow.steps[name];
  if (!step)
    throw new Error(`flow ${flow.flow} has no step "${name}"; check.ts refuses such a flow at start-up`);
  return step;
}
