/** The release that a campaign runs on. */
export interface CampaignRelease {
  /** By somebody's wish; null: it follows the live release and its canary. */
  pinned: number | null;
  /** The pinned one was rolled back since; null: it was not, or there is none. */
  rolledBack: RolledBack | null;
  /** Null: no release was published, and calls say what the folders hold. */
  live: number | null;
  /** Those that it could be pinned to, newest first. */
  choices: ReleaseChoice[];
}

export interface RolledBack {
  why: string;
  /** A call of it heard nothing, or a prompt had no sound: the pin does not hold, and new calls get the live one. */
  harmed: boolean;
}

export interface ReleaseChoice {
  number: number;
  publishedAt: Date;
  note: string;
}

export type Pinned =
  | { kind: "pinned"; release: number | null }
  /** A sentence each, with its remedy. */
  | { kind: "refused"; because: string[] };
