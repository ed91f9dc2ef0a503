/**
 * The port through which a call is held: one leg to one person, in the words of telephony.
 * Adapters (asterisk/, the fakes, the flow walker) translate. Everything the far end does arrives as an event, in the
 * order in which it happened; commands return as soon as they are given and are answered by events.
 */
import type { PromptId } from "#flow/definition.ts";

/**
 * What can be played: a prompt with the sound that it has in this call's release and language (prompt-book.ts), silence,
 * or the parts of a recording just made.
 */
export type Audio = { prompt: PromptId; sound: string } | { pauseMs: number } | { recording: string };

export type LineEvent =
  /** `atMs`: when the key was released, on the line's own clock (milliseconds since the epoch). */
  | { kind: "key"; digit: string; atMs: number }
  /** The first audio of this playback goes out now. */
  | { kind: "play-started"; id: string }
  /** `complete` is false when it was stopped or could not be played. `hungUp`: by their hanging up, told next. */
  | { kind: "play-finished"; id: string; complete: boolean; hungUp?: boolean }
  /** From here on the far end's voice is kept. */
  | { kind: "recording-started"; name: string }
  /**
   * `sightLost`: the line was out of our hands meanwhile, and a key that ended it may not have been told.
   * `endedBefore`: it had ended by itself when it was asked to end, and nobody was told.
   * `hungUp`: they have hung up, which is told next, behind a last key perhaps.
   */
  | {
      kind: "recording-finished";
      name: string;
      endedBySilence: boolean;
      failed: boolean;
      sightLost?: boolean;
      endedBefore?: boolean;
      hungUp?: boolean;
    }
  /** The far end began, or stopped, making speech-like sound. */
  | { kind: "talk-started"; atMs: number }
  | { kind: "talk-finished"; atMs: number; durationMs: number }
  /** A steady tone such as an answering machine's beep. */
  | { kind: "tone" }
  /** The person rung by `join` has answered: both talk. */
  | { kind: "joined" }
  /** They hung up, or never answered. */
  | { kind: "parted" }
  | { kind: "hung-up"; cause: number; sipCode: number | null }
  /** Control of the line was lost (Asterisk or its connection went away); nothing more will come. */
  | { kind: "lost"; reason: string };

export interface RecordOptions {
  limitMs: number;
  /** Ends the recording after this much silence. */
  silenceMs: number;
  /** Record while prompts play: only the far end's voice is kept. Otherwise the line records alone. */
  underPrompts: boolean;
}

export interface Line {
  readonly channelId: string;
  /** The next event; null once `untilMs` (clock.monotonicMs) has passed. After "hung-up" or "lost" none follow. */
  next(untilMs: number): Promise<LineEvent | null>;
  /**
   * Whether what the far end does is told just now. Where it is not (Asterisk stands still, or the way to it is broken),
   * hearing nothing of them is no silence of theirs.
   */
  inSight(): Promise<boolean>;
  /** Plays the pieces one after another. */
  play(id: string, audio: Audio[]): void;
  stopPlaying(id: string): void;
  /**
   * Raw A-law; `name` is ours and unique, the file is found by it later. Begins by itself when what is being played has
   * been, also without us; a # ends it, and is told as a key too.
   */
  startRecording(name: string, options: RecordOptions): void;
  /** Ends and keeps it; answered by "recording-finished". */
  stopRecording(name: string): void;
  /**
   * Takes up a recording that another process began on this line. "running": it is this line's from here on, its end is
   * told like any other's, and whoever is talking just now is told of as if they began. "ended": its file is there. "none": it was never begun.
   */
  takeUpRecording(name: string, options: RecordOptions): Promise<"running" | "ended" | "none">;
  /** Rings somebody else, and joins both once they answer. One at a time; nothing is said or recorded meanwhile. */
  join(order: JoinOrder): void;
  /** Gives the ringing up, or the talk: the other is hung up, the far end is ours alone again. */
  part(): void;
  /** Whether both talk, also where another process joined them; the end of it is told as "parted". */
  takeUpJoin(): Promise<boolean>;
  hangUp(): void;
}

/** Somebody to whom a caller is put through. */
export interface JoinOrder {
  /** E.164, already checked against what may be dialled. */
  phone: string;
  /** E.164: the number shown there. */
  callerNumber: string;
  ringSeconds: number;
  /** The talk ends after so long, in Asterisk itself, whatever the call's own limit was. */
  talkSeconds: number;
  /** So long the call may last after it. */
  restSeconds: number;
}

/** One outgoing call, already committed in the ledger. */
export interface DialOrder {
  attemptId: string;
  /** Made by us from the attempt's id; unique for ever. */
  channelId: string;
  /** E.164, already checked against what may be dialled. */
  phone: string;
  /** E.164: the number shown to the person called. */
  callerNumber: string;
  ringSeconds: number;
  /** The channel's life ends here, whatever happens to us. */
  maxCallSeconds: number;
  /** The Asterisk that dials, as it was reserved. */
  node: string;
  /** The trunk that it goes by, of those that staff have named; the node's own, when not given. */
  trunk?: string;
}

/** Room for one call on one Asterisk, ours until it is given back. */
export interface Place {
  node: string;
  /** Once the call is over, or was not made after all. */
  giveBack(): void;
}

export type DialOutcome =
  | { kind: "answered"; line: Line; answeredAt: Date }
  | { kind: "not-answered"; rang: boolean; cause: number; sipCode: number | null }
  /** The order may or may not have gone out: never dialled again without evidence (RELIABILITY.md 2.2). */
  | { kind: "unknown"; reason: string };

export interface Telephone {
  /** Taken before the ledger commits a call, so that it knows where the call is made; null where none may be. */
  reserve(): Place | null;
  /** For a call that is there already, whatever room there is. */
  occupy(node: string): Place;
  dial(order: DialOrder, onRinging: () => void): Promise<DialOutcome>;
  /** False while no call may be started: no Asterisk is connected, or all are draining. */
  readonly ready: boolean;
}

/** A call that a process dialled which is no more. */
export interface LeftCall {
  channelId: string;
  /** The application under which its channel lives. */
  app: string;
  /** The Asterisk on which it was dialled. */
  node: string;
  /** Somebody was on the line, and heard us. */
  wasUp: boolean;
  /** Without any word by then, nobody can say what became of it. */
  withinMs: number;
  onRinging(): void;
}

export interface LeftCalls {
  /**
   * Speaks for the applications of these calls from here on, which fences off whoever did before. In the same order:
   * "answered" where the person is, or comes, on the line.
   */
  takeUp(calls: LeftCall[]): Promise<DialOutcome>[];
}
