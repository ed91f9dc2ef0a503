/** What a call leaves in the database. Implemented in postgres/calls.ts. */
import type { Effect, FlowState } from "#flow/state.ts";
import type { Disposition } from "./disposition.ts";
import type { TrailStep } from "./trail.ts";

export interface NewCall {
  id: string;
  attemptId: string;
  flow: string;
  /** sha256 of the flow file: a call keeps the version it began with. */
  flowVersion: string;
  /** The release that it begins with, and keeps; null: the folders. */
  release: number | null;
  answeredAt: Date;
  state: FlowState;
}

/** One step of a call: the key that led to it, the state after it, and what it changed for good. */
export interface CallStep {
  callId: string;
  /** 1, 2, 3 ... within the call; writing the same number twice changes nothing. */
  sequence: number;
  key: { digit: string; step: string; pressedAt: Date } | null;
  state: FlowState;
  effects: Effect[];
}

/** A part of a story as it is about to be recorded; `name` is its file's name in Asterisk, without extension. */
export interface NewPart {
  callId: string;
  name: string;
  take: number;
  part: number;
}

export interface CallLog {
  begin(call: NewCall): Promise<void>;
  /** Durable before it resolves; the caller's next prompt waits for it. */
  keep(step: CallStep): Promise<void>;
  /** The row is there before the first sound is recorded, so that a crash leaves a trace to sweep up. */
  partBegun(part: NewPart): Promise<void>;
  /** Null where nobody saw the whole of it. */
  partEnded(part: { name: string; durationMs: number | null; speechMs: number | null }): Promise<void>;
  /** The call is over; queues the keeping of its stories in the same transaction. */
  end(call: {
    id: string;
    disposition: Disposition;
    endedBy: "us" | "them" | "fault";
    /** An answering machine, what gave it away, and whether a key showed too late that it was a person. */
    machine: { by: "beep" | "talk"; falseAlarm: boolean } | null;
    /** The steps that it came to; where nobody is left who knows, they are pieced together from its keys. */
    trail?: readonly TrailStep[];
    /** Of one that somebody made to us: they heard nothing of us in time. Of our own the attempt's end says so. */
    silent?: boolean;
  }): Promise<void>;
}

/** Told how quickly people are served, as it happens; for metrics and alerts. Milliseconds. */
export interface CallTimes {
  /** From the answer to the first sound of ours. */
  firstAudio(afterMs: number): void;
  /** On the line with us, and nothing heard for two seconds. Of our own calls the attempt has the same id. */
  silent(callId: string): void;
  /** A call goes on after its process died: from the last sign of that one to the first sound of ours. */
  takenOver(attemptId: string, gapMs: number): void;
  /** From a key that counted to the sound that follows it, the pause for the handset's way to the ear included. */
  keyToPrompt(ms: number): void;
}
