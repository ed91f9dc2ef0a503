/** What the page of one story needs. Implemented in postgres/listening-desk.ts, story-work.ts and glass.ts. */
import type { SignedIn } from "#access/rights.ts";
import type { StoredFile } from "../../pcm-wav.ts";
import type { HeardWord } from "./words.ts";

/** By whom, as they were called then, and when. */
export interface By {
  byName: string;
  at: Date;
}

export interface StoryTranscript {
  state: "waiting" | "done" | "no_words" | "failed";
  engine: string | null;
  model: string | null;
  /** Of a rehearsal's engine. */
  rough: boolean;
  text: string | null;
  words: HeardWord[];
}

export interface Correction extends By {
  version: number;
  /** Null: the engine's words stand again. */
  text: string | null;
  /** An undo: back to this version's words; 0: the engine's. */
  backTo: number | null;
}

export interface Clip extends By {
  id: string;
  name: string;
  fromMs: number;
  toMs: number;
}

export interface OpenFlag {
  id: string;
  reason: string;
  flaggedAt: Date;
  flaggedByName: string;
  ownerName: string | null;
}

/** A recording: where it lies in the story, and when it was made. */
export interface StoryPart {
  startMs: number;
  durationMs: number;
  begunAt: Date;
}

export interface PressedKey {
  digit: string;
  /** The flow's name for where in the call. */
  step: string;
  pressedAt: Date;
}

export interface OpenedStory {
  storyId: string;
  callId: string;
  trust: string;
  unit: string;
  site: string;
  ward: string;
  service: string;
  channel: string;
  toldAt: Date;
  durationMs: number;
  truncated: boolean;
  language: string | null;
  rating: number | null;
  shareConsent: boolean;
  /** Null: none, nor will there be. */
  transcript: StoryTranscript | null;
  /** Oldest first. */
  corrections: Correction[];
  /** In their order. */
  parts: StoryPart[];
  /** Of the whole call, in their order. */
  keys: PressedKey[];
  notes: (By & { id: string; text: string })[];
  labels: string[];
  heard: By | null;
  assigned: { userId: string; name: string; at: Date; byName: string } | null;
  flag: OpenFlag | null;
  clips: Clip[];
  /** Null: not made yet. */
  levels: Uint8Array | null;
  /** By which this session may hear it now. */
  grant: ListeningGrant;
}

export interface ListeningGrant {
  id: string;
  expiresAt: Date;
}

export interface Colleague {
  userId: string;
  name: string;
}

export interface ListeningDesk {
  /**
   * Everything that the page shows, with a grant to hear it: one that the session has already, while it is good for
   * some minutes yet, else a new one, which the audit has as a reading. Null where there is no such story of theirs.
   * @throws AppError `too_many_grants`
   */
  open(who: SignedIn, storyId: string): Promise<OpenedStory | null>;
  /** Where and when it was told, and no more; null as above. */
  brief(who: SignedIn, storyId: string): Promise<StoryBehindGlass | null>;
  /**
   * Before any byte is sent: null where the grant is unknown, too old, another session's, or its user may not hear the
   * story any more. The first time is the listen in the audit.
   */
  useGrant(who: SignedIn, grantId: string): Promise<{ storyId: string } | null>;
  /** Null where there is no such clip of this story. */
  clip(who: SignedIn, storyId: string, clipId: string): Promise<Clip | null>;
  keepLevels(who: SignedIn, storyId: string, levels: Uint8Array): Promise<void>;
  colleagues(who: SignedIn, storyId: string): Promise<Colleague[]>;
  /** Most used first, those that the story has left out. */
  labelsInUse(who: SignedIn, storyId: string): Promise<string[]>;
}

/** Each act is in the audit. False where there is no such story of theirs. */
export interface StoryWork {
  markHeard(who: SignedIn, storyId: string, heard: boolean): Promise<boolean>;
  note(who: SignedIn, storyId: string, text: string): Promise<boolean>;
  /** Labels are in small letters; giving one twice changes nothing. */
  label(who: SignedIn, storyId: string, label: string): Promise<boolean>;
  unlabel(who: SignedIn, storyId: string, label: string): Promise<boolean>;
  /** @param userId null: to nobody. `stranger`: no colleague who may hear it */
  assign(who: SignedIn, storyId: string, userId: string | null): Promise<boolean | "stranger">;
  /**
   * @param change `basedOn`: the newest version that its author saw
   * @returns `outdated` where there is a newer one
   */
  correct(
    who: SignedIn,
    storyId: string,
    change: { basedOn: number; text: string },
  ): Promise<boolean | "outdated">;
  /** Back to the words of a version; 0: the engine's. */
  goBack(
    who: SignedIn,
    storyId: string,
    change: { basedOn: number; backTo: number },
  ): Promise<boolean | "outdated">;
  saveClip(
    who: SignedIn,
    storyId: string,
    clip: { name: string; fromMs: number; toMs: number },
  ): Promise<boolean>;
  removeClip(who: SignedIn, storyId: string, clipId: string): Promise<boolean>;
}

export interface StoryBehindGlass {
  storyId: string;
  trust: string;
  place: string;
  toldAt: Date;
  durationMs: number;
}

export interface Person {
  visitRef: string;
  givenName: string | null;
  /** E.164 */
  phone: string;
}

/** What nobody sees without saying why; each time is in the audit with the reason, before anything is shown. */
export interface GlassDesk {
  /** For governance; null where it is no story of a trust of theirs. */
  story(who: SignedIn, storyId: string): Promise<StoryBehindGlass | null>;
  hear(who: SignedIn, storyId: string, reason: string): Promise<ListeningGrant | null>;
  /** For coordinators of the story's trust; null for anybody else. */
  person(who: SignedIn, storyId: string, reason: string): Promise<Person | null>;
}

/** The stored sound of a story, which may be gone: then its methods throw `story_missing`. */
export type SoundOf = (storyId: string) => StoredFile;
