/**
 * How Hearback is: everything that /readyz, /metrics, /api/v1/nodes and the alerts look at, looked at once.
 * Ids and names of machines only.
 */
export interface VitalSigns {
  at: Date;
  nodes: NodeSigns[];
  database: DatabaseSigns;
  disk: DiskSigns;
  /** Why no new call is dialled, e.g. because the clocks differ; null: calls may be dialled. */
  notDialling: string | null;
  /** Calls of ours from the order to dial to the written end. */
  callsUnderWay: number;
  /** Null without a limit. */
  maxCalls: number | null;
}

/** One Asterisk, as we see it. */
export interface NodeSigns {
  /** As the settings call it. */
  name: string;
  /** Asterisk's own id and version; null before the first connection. */
  entityId: string | null;
  version: string | null;
  ari: "connecting" | "ready" | "lost" | "fenced" | "stopped" | "refused";
  /** Why it is refused, and what to do: it has another's entityid, or another's name. */
  refusedBecause: string | null;
  /** It is to have no new calls, by the wish of staff. */
  draining: boolean;
  /** Its events come late: it is given fewer calls until they come in time. */
  eased: boolean;
  /** Null where AMI is not set up. */
  ami: "connected" | "away" | null;
  /** Calls up there, whoever's they are, as AMI tells; null where it does not. */
  calls: number | null;
}

export type DatabaseSigns =
  | { kind: "away" }
  | {
      kind: "there";
      /** The database's clock minus ours, in milliseconds, and how far the measurement may be out. */
      clock: { differenceMs: number; uncertainMs: number };
      work: WorkSigns | null;
    };

/** What the tables say; null where they could not be read in time. */
export interface WorkSigns {
  jobs: JobSigns[];
  promises: { waiting: number; kept: number; broken: number; withdrawn: number; late: number };
  /** Callbacks broken in the last day, oldest first; at most a hundred. */
  brokenPromises: string[];
  /** Stories kept in the last day of which a part is missing, oldest first; at most a hundred. */
  truncatedStories: string[];
  /** Releases whose canary ended by itself in the last day; at most a hundred. */
  rolledBackReleases: string[];
  /** "7 on app-1": a release that an instance could not use in the last day; at most a hundred. */
  releasesNotLoaded: string[];
  /** The release that only a share of calls gets yet; null: there is none. */
  canary: CanarySigns | null;
  /** Campaigns that run, and make no more calls today: a cap was reached. */
  capped: { campaignId: string; because: string }[];
  /** Running campaigns whose settings cannot be read. */
  damaged: string[];
  /** Stories: without words yet; those that nobody tries any more; how long the oldest has waited. */
  transcripts: { waiting: number; givenUp: number; oldestSeconds: number | null };
  /** Running campaigns, and those of them inside their calling hours. */
  campaigns: { running: number; permittedNow: number };
  visitsDue: number;
  urgent: UrgentSigns;
  /** Of the trunk's calls per second; less than 1 while it refuses calls (campaign/trunk-breaker.ts). */
  trunkShare: number;
  /** What is wrong now, by kind, as people were told. */
  openAlerts: Record<string, number>;
}

export interface CanarySigns {
  number: number;
  /** Answered ones that began with it. */
  calls: number;
  /** That it takes before all get it. */
  wanted: number;
  /** Of those that could, 0 to 1. */
  share: number;
  /** Since it was published, Saturdays and Sundays not counted. */
  workingHours: number;
}

/** Stories that people flagged as urgent, and that are not closed. */
export interface UrgentSigns {
  open: number;
  /** Nobody's: the stories' ids, the oldest flag first; at most a hundred. */
  untaken: string[];
  /** Since the flag of the first of them; null where somebody has each. */
  oldestUntakenSeconds: number | null;
}

export interface JobSigns {
  task: string;
  waiting: number;
  /** Tried so often that they are tried no more. */
  failed: number;
  /** Since it could first have run; null where none waits. */
  oldestSeconds: number | null;
}

/** Where stories are kept. `isLow`: less room than HEARBACK_DISK_LOW_MB. */
export type DiskSigns = { kind: "unreadable" } | { kind: "read"; freeBytes: number; isLow: boolean };

/** Beyond this, "due" and "expired" mean one thing to us and another to the database: nothing is dialled. */
export const mostClockDifferenceMs = 2_000;

/** How the clocks certainly differ, uncertainty taken off; null where they agree well enough. */
export function clockApartMs(database: DatabaseSigns): number | null {
  if (database.kind === "away") return null;
  const { differenceMs, uncertainMs } = database.clock;
  return Math.abs(differenceMs) - uncertainMs > mostClockDifferenceMs ? differenceMs : null;
}

export const isFull = ({ callsUnderWay, maxCalls }: VitalSigns): boolean =>
  maxCalls !== null && callsUnderWay >= maxCalls;
