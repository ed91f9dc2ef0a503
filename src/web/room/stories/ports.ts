/** What the list of stories asks for, and what it shows. Implemented in postgres/story-list.ts. */

export const storyStates = ["unheard", "heard", "flagged", "mine", "no-words", "transcribing"] as const;
export type StoryState = (typeof storyStates)[number];
export const storyLengths = ["short", "medium", "long"] as const;
export type StoryLength = (typeof storyLengths)[number];
/** Where care is given, from the widest to the narrowest. */
export const placeParts = ["unit", "site", "ward", "service"] as const;
export type PlacePart = (typeof placeParts)[number];

export const storyChannels = ["voice"] as const;

/** Which stories; null: of any kind. */
export interface StoryFilter {
  /** By the FFT's codes, 0 for none; empty: any. */
  ratings: readonly number[];
  unit: string | null;
  site: string | null;
  ward: string | null;
  service: string | null;
  /** Days in London (2026-10-03), both counted in. */
  from: string | null;
  to: string | null;
  channel: string | null;
  length: StoryLength | null;
  state: StoryState | null;
  /** Whether the patient agreed that it may be shared. */
  consent: boolean | null;
  /** As typed: words, "a phrase", or, -not. */
  words: string | null;
}

/** Where a page of the list begins; `at` to the microsecond. */
export interface StoryKey {
  at: string;
  id: string;
}

/** The page goes on from a story that is not part of it. */
export interface StoryTurn {
  key: StoryKey;
  towards: "older" | "newer";
}

/** Some of what was said; `marked` are the words that were looked for. */
export interface Said {
  text: string;
  marked: boolean;
}

export interface ListedStory extends StoryKey {
  toldAt: Date;
  durationMs: number;
  /** 1 very good to 5 very poor, 6 don't know; null: none was given. */
  rating: number | null;
  trust: string;
  unit: string;
  site: string;
  ward: string;
  service: string;
  channel: string;
  truncated: boolean;
  consent: boolean;
  transcriptState: "none" | "waiting" | "done" | "no_words" | "failed";
  heard: boolean;
  flagged: boolean;
  /** To whoever looks. */
  mine: boolean;
  /** Empty where there are no words. */
  said: readonly Said[];
}

export interface StoryPage {
  /** Newest first. */
  stories: readonly ListedStory[];
  newer: StoryKey | null;
  older: StoryKey | null;
  /** This look ended here, before the page was full: others may match beyond. */
  lookedTo: Date | null;
}

export type Place = Record<PlacePart, string> & { id: number };

/** What stands around the list. */
export interface StoryCorner {
  /** Of the user, in the order of their names. */
  places: readonly Place[];
  savedFilters: readonly SavedFilter[];
}

export interface SavedFilter {
  id: string;
  name: string;
  /** As in the address of the list, without "?". */
  query: string;
}

export interface StoryList {
  /** A page of the list, of at most `most` stories, and what stands around it. A search is told to the audit. */
  look(asked: StoryAsked): Promise<{ page: StoryPage; corner: StoryCorner }>;
  /** Of a story that is on the list by this filter, those beside it; null at the ends. */
  neighbours(asked: Pick<StoryAsked, "userId" | "filter">, storyId: string): Promise<Neighbours>;
  /** All that the filter finds, newest first, some hundred at a time; in the audit before the first is read. */
  taken(
    asked: Pick<StoryAsked, "userId" | "userName" | "filter"> & { reason: string },
  ): AsyncGenerator<TakenStory[]>;
  /** How many stories nobody has heard; at most 1,000 are counted. */
  unheard(userId: string): Promise<number>;
}

export interface SavedFilters {
  find(userId: string): Promise<SavedFilter[]>;
  /** Under a name that the user has already, the newer one stands. */
  save(userId: string, filter: Omit<SavedFilter, "id">): Promise<"saved" | "too-many">;
  rename(userId: string, id: string, name: string): Promise<"renamed" | "name-taken" | "unknown">;
  remove(userId: string, id: string): Promise<void>;
}

export interface Neighbours {
  newer: string | null;
  older: string | null;
}

/** What leaves with an export: nothing that says who it was. */
export type TakenStory = Pick<
  ListedStory,
  "id" | "toldAt" | "durationMs" | "rating" | "trust" | "channel" | "consent" | PlacePart
> & { words: string | null };

export interface StoryAsked {
  userId: string;
  userName: string;
  filter: StoryFilter;
  /** Null: the newest. */
  turn: StoryTurn | null;
  most: number;
}
