/** What a pretend person does, one act after another. Seconds unless a name says otherwise. */
export type Act =
  | { kind: "ring"; seconds: number }
  | { kind: "answer" }
  /** Wait until the voice at the other end has begun to speak, and `seconds` more. */
  | { kind: "hear"; seconds: number }
  /** Wait until it has spoken and then been silent for a while: the question is over. */
  | { kind: "hear-out" }
  | { kind: "wait"; seconds: number }
  /** One key, or several with `gapMs` between them. */
  | { kind: "press"; keys: string; gapMs?: number }
  /** A file of people/stories/, without extension. */
  | { kind: "say"; sound: string }
  /** A machine: keeps what it is told, until we hang up. */
  | { kind: "keep-message" }
  /** From here on, what they hear and what they say is written beside the carrier's messages: for tests. */
  | { kind: "monitor" }
  /** A line in the carrier's log, by which tests can tell when. */
  | { kind: "note"; text: string }
  | { kind: "hang-up" }
  /** Never picks up, or cannot be reached: Q.850 cause. */
  | { kind: "refuse"; cause: number };

export const ring = (seconds: number): Act => ({ kind: "ring", seconds });
export const answer: Act = { kind: "answer" };
export const hear = (seconds: number): Act => ({ kind: "hear", seconds });
export const hearOut: Act = { kind: "hear-out" };
export const wait = (seconds: number): Act => ({ kind: "wait", seconds });
export const press = (keys: string, gapMs?: number): Act =>
  gapMs === undefined ? { kind: "press", keys } : { kind: "press", keys, gapMs };
export const say = (sound: string): Act => ({ kind: "say", sound });
export const keepMessage: Act = { kind: "keep-message" };
export const monitor: Act = { kind: "monitor" };
export const note = (text: string): Act => ({ kind: "note", text });
export const hangUp: Act = { kind: "hang-up" };
export const refuse = (cause: number): Act => ({ kind: "refuse", cause });
