/** What the recording stage needs: the Asterisk that recorded, the store that keeps, the database that knows. */
export interface RecordingSpool {
  /** Names (without extension) of all recordings of ours still lying in Asterisk. */
  list(): Promise<string[]>;
  /** Raw A-law, 8000 bytes a second; null when there is no such file. */
  read(name: string): Promise<Buffer | null>;
  /** Removing what is not there is no error. */
  remove(name: string): Promise<void>;
}

/** Keeps audio under keys such as `<story id>.wav`; a local folder now, S3 can join. */
export interface StoryStore {
  /**
   * Writes, reads back and compares before it resolves. Putting the same bytes twice is harmless. `sha256` and `bytes`
   * are of what then lies at `uri`, sealed or not: damage shows without any key.
   */
  put(key: string, bytes: Buffer): Promise<{ uri: string; sha256: string; bytes: number }>;
  read(key: string): Promise<Buffer>;
  /** How many bytes `read` would give. */
  size(key: string): Promise<number>;
  /**
   * The bytes from `from` up to, and without, `to` (as `Buffer.subarray`), reading little more than those: for a file of
   * any length that is streamed piece by piece. Throws `story_range_bad` unless 0 <= from <= to <= size.
   */
  readRange(key: string, from: number, to: number): Promise<Buffer>;
  remove(key: string): Promise<void>;
}

export interface PartToKeep {
  name: string;
  part: number;
  /** As the line reported it when the recording ended; null when the end was never seen. */
  durationMs: number | null;
  /** How long the line's own detector heard a voice in it; null when the end was never seen. */
  speechMs: number | null;
  /** Somebody of ours was there when it ended; otherwise it was cut by a crash, and nobody knows what is missing. */
  endSeen: boolean;
}

/** By the name of the part: how long its file was when it was last looked at (null: not there), and how often that was. */
export type Looks = Record<string, { bytes: number | null; times: number }>;

export interface StoryToKeep {
  storyId: string;
  callId: string;
  take: number;
  /** deleted: by the patient; superseded: told again, kept but not shown; kept: the story. */
  state: "kept" | "superseded" | "deleted";
  parts: PartToKeep[];
}

export interface KeptAudio {
  uri: string;
  sha256: string;
  bytes: number;
  durationMs: number;
  speechMs: number;
  /** Shorter than the line said, or cut by a crash: kept, and marked. */
  truncated: boolean;
  parts: { name: string; startMs: number; durationMs: number; sha256: string }[];
}

export interface StoryRows {
  /** The stories of a call whose audio is not yet kept. */
  ofCall(callId: string): Promise<StoryToKeep[]>;
  /**
   * Marks it stored and, for a kept story, queues its transcription in the same transaction.
   * @returns false where the story was erased meanwhile: the audio is nobody's
   */
  stored(storyId: string, audio: KeptAudio): Promise<boolean>;
  /** Nothing was said, or the patient deleted it. */
  discarded(storyId: string, because: "no-speech" | "deleted" | "missing"): Promise<void>;
  /** Of these recordings in Asterisk: those whose call is over and not in anybody's hands (for the sweeper). */
  callsWithUnkeptParts(names: string[]): Promise<SweptNames>;
}

/** What lies in Asterisk's spool, by what is to be done about it. */
export interface SweptNames {
  /** Calls that are over, whose parts still lie in Asterisk, and for which no job is queued. */
  callIds: string[];
  /** Nothing is known of them: reported, never removed. */
  unknownNames: string[];
  /** The story is stored, or was discarded for good: these files may go. */
  settledNames: string[];
}

export interface ErasureOrder {
  by: {
    kind: "user" | "token" | "command" | "job";
    id: string;
    /** Of staff or of a token. */
    name: string | null;
  };
  /** In the words of whoever ordered it, without names: they are kept for good. At most 1,000 characters. */
  why: string;
}

/** The proof of an erasure: of what the story was, nothing. */
export interface Erasure extends Omit<ErasureOrder, "by"> {
  storyId: string;
  /** `patient`: by a key, in the call itself. */
  by: Omit<ErasureOrder["by"], "kind"> & { kind: ErasureOrder["by"]["kind"] | "patient" };
  at: Date;
  /** Until when backups may still hold it; null where nobody said how long they are kept. */
  backupsUntil: Date | null;
  /** How many rows of each kind went with it, by name. */
  gone: Record<string, number>;
  /** Null: its file is noise without its key, and is still to be removed. */
  fileGoneAt: Date | null;
}

export interface ErasureRows {
  /**
   * Destroys the key and all rows made of the story, writes the proof and the audit, and queues the removal of the file,
   * in one transaction. One that was erased already: its proof, and nothing is changed. Null: no such story.
   * @throws AppError `story_being_told`
   */
  erase(storyId: string, order: ErasureOrder): Promise<Erasure | null>;
  fileGone(storyId: string): Promise<void>;
}

/** A stored story that lies in plain, as all did before they were sealed. */
export interface PlainStory {
  storyId: string;
  sha256: string;
}

export interface PlainStories {
  count(): Promise<number>;
  /** In the order of their ids; null: from the first. */
  after(storyId: string | null, limit: number): Promise<PlainStory[]>;
  /** The row says from now on that it is sealed. "gone": it was erased meanwhile; "changed": somebody else sealed it. */
  sealed(
    was: PlainStory,
    now: { uri: string; sha256: string; bytes: number },
  ): Promise<"sealed" | "changed" | "gone">;
  /** Of these, those whose row says sealed, with the hash of what was sealed. */
  sealedAmong(storyIds: readonly string[]): Promise<{ storyId: string; sha256: string }[]>;
}
