/** What the page of urgent stories needs. Implemented in postgres/urgent-desk.ts. */
import type { SignedIn } from "#access/rights.ts";

export const closings = ["acted", "passed_on", "nothing_needed", "mistake"] as const;
export type Closing = (typeof closings)[number];

export interface UrgentStep {
  kind: "flagged" | "taken" | "handed_over" | "given_back" | "closed";
  at: Date;
  byName: string;
  toName: string | null;
  text: string | null;
}

export interface UrgentFlag {
  id: string;
  storyId: string;
  /** As far as the list of visits said it: ward, service, site. */
  place: string;
  trust: string;
  toldAt: Date;
  rating: number | null;
  reason: string;
  flaggedAt: Date;
  flaggedByName: string;
  owner: { userId: string; name: string; at: Date } | null;
  closed: { at: Date; byName: string; because: Closing; done: string } | null;
  /** Oldest first. */
  steps: UrgentStep[];
}

/** `outdated`: it is closed by now, or another's. */
export type UrgentAct = "done" | "missing" | "outdated";

/** Each act is in the audit. */
export interface UrgentDesk {
  /** Those that have waited longest first; of the closed ones the last thirty days, newest first, at most a hundred. */
  list(who: SignedIn): Promise<{ open: UrgentFlag[]; closed: UrgentFlag[] }>;
  /** `missing`: no such story of theirs; `outdated`: it is flagged already. */
  flag(who: SignedIn, storyId: string, reason: string): Promise<UrgentAct>;
  take(who: SignedIn, flagId: string): Promise<UrgentAct>;
  /** To a colleague who may hear the story; `stranger` where they may not. */
  handOver(
    who: SignedIn,
    flagId: string,
    to: { userId: string; reason: string },
  ): Promise<UrgentAct | "stranger">;
  giveBack(who: SignedIn, flagId: string, reason: string): Promise<UrgentAct>;
  close(who: SignedIn, flagId: string, closing: { because: Closing; done: string }): Promise<UrgentAct>;
}
