/** How flows fare, of the trusts in which a user looks after telephones. Implemented in postgres/flow-figures.ts. */
import type { Share } from "#result/compare.ts";
import type { FigureFilter, FlowCounts, LiveCount } from "#result/flow-figures.ts";

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
  live(userId: string): Promise<LiveCount[]>;
  /** The last twenty. */
  endedAt(
    userId: string,
    filter: Pick<FigureFilter, "flow" | "from" | "until">,
    step: string,
  ): Promise<EndedCallLine[]>;
}
