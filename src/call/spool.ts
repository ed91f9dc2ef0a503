/** What calls leave behind as plain data, and the place on this machine that keeps it while the database is away. */
import type { AttemptEnding, ClaimedAttempt } from "#campaign/ports.ts";
import type { CallLog, CallStep, NewCall, NewPart } from "./ports.ts";

export type EndedPart = Parameters<CallLog["partEnded"]>[0];
export type EndedCall = Parameters<CallLog["end"]>[0];

export interface EndOfAttempt {
  attempt: ClaimedAttempt;
  ending: AttemptEnding;
}

/** One thing to be written. Numbers and names are in none of them: the database knows whose call it is. */
export type CallWrite =
  | { kind: "begin"; call: NewCall }
  | { kind: "keep"; step: CallStep }
  | { kind: "part-begun"; part: NewPart }
  | { kind: "part-ended"; part: EndedPart }
  | { kind: "end"; call: EndedCall }
  | ({ kind: "attempt-end" } & EndOfAttempt);

export interface Spooled {
  /** A UUID, by which a line is spoken of in logs. */
  id: string;
  /** When it happened. */
  at: Date;
  write: CallWrite;
}

/** Implemented in storage/answer-spool.ts. Errors are the disk's. */
export interface AnswerSpool {
  /** On the disk when it resolves, behind all that was appended before; where it throws, nothing of it is kept. */
  append(spooled: Spooled): Promise<void>;
  /** All that was appended is in the database: it may go. With `refused`, it is set aside for people to look at. */
  clear(options: { refused: boolean }): Promise<void>;
  /** Nothing is appended any more; what was stays. */
  close(): Promise<void>;
  /** What processes that are no more left behind, oldest first. */
  leftBehind(isGone: (owner: string) => Promise<boolean>): Promise<LeftBehind[]>;
}

/** The spool of a process that is no more. */
export interface LeftBehind {
  owner: string;
  writes: Spooled[];
  /** As `clear`; a file that has grown meanwhile, or had lines that cannot be read, stays or is set aside. */
  clear(options: { refused: boolean }): Promise<void>;
}

/** Where spooled writes end up. Implemented in postgres/replay.ts. */
export interface Replay {
  /**
   * Takes it as it was meant, however late it comes and however often.
   * @param of who wrote it; ourselves, where nothing is said. A call that is in another's hands by now goes on there.
   */
  take(spooled: Spooled, of?: string): Promise<void>;
  /** It is there, or another's: asked of the database after `take`, before the line may go. */
  holds(write: CallWrite, of?: string): Promise<boolean>;
  /** The database is there and will not have it, now or later; anything else is tried again. */
  isRefusal(thrown: unknown): boolean;
}

/** From what `JSON.stringify` made of it. */
export function readSpooled(text: string): Spooled {
  const { id, at, write } = JSON.parse(text) as Spooled;
  return { id, at: new Date(at), write: withDates(write) };
}

function withDates(write: CallWrite): CallWrite {
  switch (write.kind) {
    case "begin":
      return { ...write, call: { ...write.call, answeredAt: new Date(write.call.answeredAt) } };
    case "keep": {
      const { key } = write.step;
      if (key === null) return write;
      return { ...write, step: { ...write.step, key: { ...key, pressedAt: new Date(key.pressedAt) } } };
    }
    case "attempt-end": {
      const { follows, numberRestsUntil: rests } = write.ending;
      const dated = follows.kind === "done" ? follows : { ...follows, at: new Date(follows.at) };
      const numberRestsUntil = rests && new Date(rests);
      return { ...write, ending: { ...write.ending, follows: dated, numberRestsUntil } };
    }
    default:
      return write;
  }
}
