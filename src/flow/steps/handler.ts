import type { Flow } from "../definition.ts";
import type { CallContext, Command, Effect, FlowState, Input } from "../state.ts";

/** Where a step finds itself: all it may know. */
export interface Moment {
  flow: Flow;
  context: CallContext;
  state: FlowState;
}

/** What a step wants on being entered: speak to the line, or go straight on. */
export type Entered =
  | { kind: "command"; command: Command; state?: Partial<FlowState>; effects?: Effect[] }
  | { kind: "go"; to: string; on: string; state?: Partial<FlowState>; effects?: Effect[] };

/** What a step makes of an input. `on`: the way out that it takes, as edges.ts names it; null for opting out. */
export type Resumed =
  | { kind: "go"; to: string; on: string | null; state?: Partial<FlowState>; effects?: Effect[] }
  /** The same step again: `counts` when it was a silence or a wrong key. */
  | { kind: "again"; counts: boolean; state?: Partial<FlowState> }
  /** Stay in the step with another command. */
  | { kind: "command"; command: Command; state?: Partial<FlowState>; effects?: Effect[] };

export interface StepHandler<S> {
  /** `again`: entered once more by repeat, silence or a wrong key. */
  enter(step: S, moment: Moment, again: boolean): Entered;
  resume(step: S, moment: Moment, input: Input): Resumed;
}
