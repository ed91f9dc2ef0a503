/** How flows fare, of the trusts in which a user looks after telephones. Implemented in postgres/flow-figures.ts. */
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

export interface FlowFiguresDesk {
  counts(userId: string, filter: FigureFilter): Promise<FlowCounts>;
  choices(userId: string, filter: Pick<FigureFilter, "flow" | "from" | "until">): Promise<FigureChoices>;
  live(userId: string): Promise<LiveCount[]>;
  /** The last twenty. */
  endedAt(
    userId: string,
    filter: Pick<FigureFilter, "flow" | "from" | "until">,
    step: string,
  ): Promise<EndedCallLine[]>;
}
