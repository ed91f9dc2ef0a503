/** What a conversation is given: a flow, a line, and what of the world comes up in a call. */
import type { Flow } from "#flow/definition.ts";
import type { Beginning } from "#flow/interpreter.ts";
import type { Advance, CallContext, Command, FlowState, Input } from "#flow/state.ts";
import type { Clock } from "#lib/clock.ts";
import type { JoinOrder, Line } from "./line.ts";
import type { LineTimes } from "./line-times.ts";
import type { CallLog } from "./ports.ts";
import type { PromptBook } from "./prompt-book.ts";

/** Where a call had come to when the process that held it died: what was kept, and only that. */
export interface CallSoFar {
  state: FlowState;
  /** Of the last step kept; 0 when none was. */
  sequence: number;
  /** Parts of stories whose recording was about to begin, or had begun, so long ago. */
  partsBegun: { name: string; agoMs: number }[];
}

export interface ConversationOptions {
  flow: Flow;
  line: Line;
  log: CallLog;
  clock: Clock;
  context: CallContext;
  /** The sounds of the release that the call keeps; without it each prompt is its own sound. */
  book?: PromptBook;
  /** Just now, where nothing is said. */
  answeredAt?: Date;
  timeZone: string;
  /** The times that may be offered just now. */
  callbackTimes(count: number): Promise<Input & { kind: "callback-times" }>;
  /** Stands for a number that was keyed wherever it is written down. */
  hashPhone(e164: string): string;
  /** Whom the flow may put a caller through to; nobody, where nothing is said. */
  transferTo?(name: string): TransferTo;
  /** What may come up in a call that somebody makes to us. */
  ringBack?: RingBack;
  /** The call is not new: it goes on from here. */
  soFar?: CallSoFar | undefined;
  /** For boards: the step that the call is in. */
  onStep?(step: string, command: Command["kind"]): void;
  /** For walks: each answer of the interpreter; `input` is null for the first, and where a call goes on. */
  onAdvance?(now: Advance, input: Input | null): void;
  /** For metrics: how quickly the person is served. */
  times?: LineTimes | undefined;
}

/** Whom a name stands for just now. */
export type TransferTo =
  /** E.164, the number shown there, and how long the talk, and the call after it, may last. */
  | ({ kind: "number" } & Omit<JoinOrder, "ringSeconds">)
  /** Outside their hours. */
  | { kind: "closed" }
  /** No such name, or a number that may not be dialled. */
  | { kind: "nobody" };

export interface RingBack {
  /**
   * The flow in which the visit that waits for this caller goes on; null where none waits. Its first state is durable
   * when this resolves.
   * @param language that the caller chose, BCP 47; null: the visit's own
   */
  carryOn(language: string | null): Promise<OtherFlow | null>;
}

export interface OtherFlow {
  flow: Flow;
  /** Where its visit has a release of its own. */
  book?: PromptBook;
  context: CallContext;
  from: Beginning;
}
