/** What the pages need of the rest of the house. Implemented in postgres/ and storage/, joined in room-parts.ts. */
import type { SignedIn } from "#access/rights.ts";
import type { VitalSigns } from "#alerts/vital-signs.ts";
import type { Voice } from "#call/cannot-say.ts";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/logger.ts";
import type { StandInJobs } from "#prompts/stand-in-jobs.ts";
import type { DialplanGoing, DialplanInForce } from "#release/dialplan-in-force.ts";
import type { ReleaseFiles } from "#release/files.ts";
import type { ReleaseDesk } from "#release/ports.ts";
import type { StaffCallDesk } from "#release/staff-call.ts";
import type { WalkOrders } from "#release/walk-jobs.ts";
import type { FlowTestResult } from "#walk/test-flows.ts";
import type { BoardRoom } from "./campaigns/board-ports.ts";
import type { ListRoom } from "./campaigns/list-ports.ts";
import type { CampaignRoom } from "./campaigns/ports.ts";
import type { FlowFiguresDesk, SpokenReleases } from "./flows/ports.ts";
import type { GovernanceDesk } from "./governance/ports.ts";
import type { GlassDesk, ListeningDesk, SoundOf, StoryWork } from "./listening/ports.ts";
import type { NodesRoom } from "./nodes/ports.ts";
import type { OverviewDesk } from "./overview/ports.ts";
import type { PromptRoom } from "./prompts/ports.ts";
import type { SignInParts } from "./sign-in/ports.ts";
import type { SavedFilters, StoryList } from "./stories/ports.ts";
import type { UrgentDesk } from "./urgent/ports.ts";
import type { VisitRoom } from "./visits/ports.ts";

/** Who is there: by the secret in their cookie. */
export interface SessionDesk {
  /** Null where it is unknown, ended or too old. What is asked here counts as a sign of life. */
  find(secret: string): Promise<SignedIn | null>;
}

/** All that calls can say, with the words of it. */
export interface SpokenVoice extends Voice {
  prompts: Voice["prompts"] & { words: ReadonlyMap<string, string> };
}

export interface RoomParts {
  listening: ListeningDesk;
  work: StoryWork;
  urgent: UrgentDesk;
  glass: GlassDesk;
  soundOf: SoundOf;
  sessions: SessionDesk;
  signIn: SignInParts;
  stories: StoryList;
  savedFilters: SavedFilters;
  overview: OverviewDesk;
  governance: GovernanceDesk;
  campaigns: CampaignRoom;
  lists: ListRoom;
  board: BoardRoom;
  visits: VisitRoom;
  /** As the database lets this user see it: their own right to it is the page's to look at. */
  releases(who: SignedIn): ReleaseDesk;
  /** "Call me now", as releases. */
  staffCalls(who: SignedIn): StaffCallDesk;
  /** Beside the calls, not among them. */
  testFlows(files: ReleaseFiles): Promise<FlowTestResult[]>;
  /** Walks of the draft, with the same limits. */
  walks(who: SignedIn): WalkOrders;
  prompts: PromptRoom;
  standIns: StandInJobs;
  flowFigures: FlowFiguresDesk;
  spoken: SpokenReleases;
  nodes: NodesRoom;
  /** By node, as the commands that put them there left them. */
  dialplans(): Promise<{ told: DialplanInForce[]; going: DialplanGoing[] }>;
  /** How this Hearback is, looked at just now. */
  vitals(): Promise<VitalSigns>;
  voice: SpokenVoice;
  clock: Clock;
  logger: Logger;
  /** As people's browsers see it, e.g. https://hearback.trust.example; http only on loopback. */
  publicUrl: string;
  /** 32 bytes or more, the same on every instance: what forms are proved by. */
  formKey: Buffer;
  /** In a rehearsal every page says so. */
  rehearsal: boolean;
}
