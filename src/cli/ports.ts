/** What the commands need of the rest of the house; `app.ts` and `open-database.ts` give it. */
import type { TokenBook } from "#access/ports.ts";
import type { Voice } from "#call/cannot-say.ts";
import type { Campaign, CampaignStanding, NewCampaign } from "#campaign/campaign.ts";
import type { VisitLists } from "#campaign/ports.ts";
import type { SensitiveServices } from "#campaign/sensitive-services.ts";
import type { Settings } from "#config.ts";
import type { TestCall } from "./call-steps.ts";

export interface Services {
  /** @throws AppError `database_unreachable`, `database_behind` (migrations have not run; not with `behind`) */
  openDatabase(settings: DatabaseSettings, options?: { behind?: boolean }): Promise<Database>;
  /** @throws AppError `prompts_faulty`, `flows_faulty` */
  voice(folders: VoiceFolders): Promise<Voice>;
  createApp(settings: AppSettings, options: AppOptions): Promise<App>;
}

export type VoiceFolders = Pick<Settings, "promptFolder" | "flowFolder">;

export interface DatabaseSettings {
  databaseUrl: string;
  /** Needed by those who read or write telephone numbers. */
  dataKey?: Buffer;
}

export interface Database {
  /** @returns the names of the migrations that ran now */
  migrate(): Promise<string[]>;
  visits: VisitLists;
  tokens: TokenBook;
  sensitive: SensitiveServices;
  createCampaign(campaign: NewCampaign): Promise<Campaign>;
  campaign(name: string): Promise<Campaign | null>;
  campaigns(): Promise<Campaign[]>;
  /** @throws AppError `campaign_missing`, `campaign_status` */
  moveCampaign(name: string, to: "running" | "paused" | "stopped"): Promise<Campaign>;
  standing(name: string): Promise<CampaignStanding>;
  /** The rows of survey_result, oldest visit first, in bounded memory; without a campaign's name those of all. */
  results(campaign: string | undefined): AsyncIterable<object>;
  /** The columns of survey_result, in their order. */
  resultColumns: readonly string[];
  /** Queues the stories for another speech engine, or only counts them. @returns how many */
  hearAgain(selection: AgainSelection, dryRun: boolean): Promise<number>;
  transcriptBacklog(): Promise<TranscriptBacklog>;
  /** How the one visit of a test call stands. */
  testCall(campaignId: string): Promise<TestCall | null>;
  close(): Promise<void>;
}

export interface AgainSelection {
  /** The engine that is to hear them, by its name. */
  engine: string;
  /** Null: of all campaigns. */
  campaign: string | null;
  since: Date | null;
  /** How the words stand that are shown now; none: kept while there was no engine. */
  states: readonly ("failed" | "no_words" | "done" | "none")[];
  limit: number | null;
}

export interface TranscriptBacklog {
  /** New stories that have no words yet and will get them. */
  waiting: number;
  oldestMs: number | null;
  /** Of those, how many for which trouble of the engine, by its code. */
  heldBecause: Record<string, number>;
  again: number;
  givenUp: number;
}

/** All that `createApp` reads; wrong ones are told before it is called. */
export type AppSettings = Settings;

export interface AppOptions {
  /** Accept a speech engine that is for rehearsals only. */
  allowRough: boolean;
  /** Ring for this campaign and no other, on a Stasis application of our own: a test call beside a running `serve`. */
  onlyCampaign?: string;
}

export interface App {
  /** Resolves when all is connected and the HTTP server listens; null where none does. */
  start(): Promise<{ address: string | null }>;
  /**
   * At any time, also while it starts. No new calls; live ones end; then all is closed. `onWaiting`: a line whenever
   * what is waited for changes.
   */
  stop(options: { onWaiting?: (line: string) => void }): Promise<void>;
  /** Resolves, with the reason, only if the app can no longer go on by itself. */
  failed: Promise<Error>;
}
