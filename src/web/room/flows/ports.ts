/**
 * How flows fare, of the trusts in which a user looks after telephones, and what callers hear in them. Implemented in
 * postgres/flow-figures.ts and postgres/room-spoken.ts.
 */
import type { Share } from "#result/compare.ts";
import type { FigureFilter, FlowCounts, LiveCount } from "#result/flow-figures.ts";
import type { SpokenVoice } from "../ports.ts";

/** By which figures of a time can be filtered: what there is of it. */
export interface FigureChoices {
  languages: string[];
  releases: number[];
  calls: number;
}

/** A call that ended in a step: what a carrier could be asked about it, and nothing of who was called. */
export interface EndedCallLine {
  callId: string;
  answeredAt: Date;
  endedAt: Date | null;
  leftBy: string;
  direction: "outbound" | "inbound";
  node: string | null;
  /** Q.850. */
  cause: number | null;
  sipCode: number | null;
  language: string | null;
  release: number | null;
}

/** Two releases, as long as both were in use: people who were called with each, and those of them who came to the end. */
export interface Completion {
  first: Share;
  second: Share;
  since: Date;
  until: Date;
}

export interface FlowFiguresDesk {
  counts(userId: string, filter: FigureFilter): Promise<FlowCounts>;
  choices(userId: string, filter: Pick<FigureFilter, "flow" | "from" | "until">): Promise<FigureChoices>;
  /** Null where not both were in use at one time. */
  completion(
    userId: string,
    flow: string,
    releases: { first: number; second: number },
  ): Promise<Completion | null>;
  /** Of all flows. @param filter absent: every call; the period is none of it, since these are of now */
  live(userId: string, filter?: Pick<FigureFilter, "language" | "release" | "hour">): Promise<LiveCount[]>;
  /** The last twenty. */
  endedAt(userId: string, filter: FigureFilter, step: string): Promise<EndedCallLine[]>;
}

/** A prompt as calls of one language hear it: perhaps in another, which stands in by rule. */
export interface HeardPrompt {
  language: string;
  words: string;
}

/** What callers hear of one release: never of the draft. */
export interface SpokenRelease extends SpokenVoice {
  /** Null: what calls say before there is any release. */
  release: number | null;
  /** Null where nothing of it can be heard. */
  heard(prompt: string, language: string): HeardPrompt | null;
}

export interface SpokenReleases {
  /** @param release null, or none that is there: the live one */
  of(userId: string, release: number | null): Promise<SpokenRelease>;
  /** The one on trial; null: none is, or it cannot be read. */
  canary(userId: string): Promise<SpokenRelease | null>;
  /** The file; null where that release has none. */
  sound(
    userId: string,
    of: { release: number | null; language: string; prompt: string },
  ): Promise<Uint8Array | null>;
}
