/** What the commands need of the rest of the house; `app.ts` and `open-database.ts` give it. */
import type { AuditDetails, AuditFilter, AuditRecord } from "#access/audit.ts";
import type { SessionBook } from "#access/door-ports.ts";
import type { AccountBook, TokenBook } from "#access/ports.ts";
import type { Voice } from "#call/cannot-say.ts";
import type { StaffNumber } from "#call/staff-call.ts";
import type { Campaign, CampaignStanding, NewCampaign } from "#campaign/campaign.ts";
import type { CampaignRelease, Pinned } from "#campaign/campaign-release.ts";
import type { NodeDesk } from "#campaign/node-desk.ts";
import type { VisitLists } from "#campaign/ports.ts";
import type { SensitiveServices } from "#campaign/sensitive-services.ts";
import type { ChangedTransfers, TransferChange } from "#campaign/transfers.ts";
import type { TrunkDesk } from "#campaign/trunk-desk.ts";
import type { VisitHistory } from "#campaign/visit-history.ts";
import type { Settings } from "#config.ts";
import type { PromptShelf } from "#prompts/ports.ts";
import type { Studio } from "#prompts/record-by-telephone.ts";
import type { ReleaseFiles } from "#release/files.ts";
import type { ReleaseDesk } from "#release/ports.ts";
import type { StaffCallDesk } from "#release/staff-call.ts";
import type { TestCall } from "./call-steps.ts";

export interface Services {
  /** @throws AppError `database_unreachable`, `database_behind` (migrations have not run; not with `behind`) */
  openDatabase(settings: DatabaseSettings, options?: { behind?: boolean }): Promise<Database>;
  /** @throws AppError `prompts_faulty`, `flows_faulty` */
  voice(folders: VoiceFolders): Promise<Voice>;
  /**
   * What a release would be made of, as it lies in the folders set, or below one folder.
   * @throws AppError `flows_faulty`, `prompts_faulty`, `dialplans_faulty`: a folder cannot be read
   */
  releaseFolders(from: VoiceFolders | { folder: string }): Promise<LyingFiles>;
  /** The prompts in their folder, read as they are asked for. */
  promptShelf(folder: string): Promise<PromptShelf>;
  /**
   * Rings one telephone, through the first Asterisk of the settings, beside whatever goes on there.
   * @throws AppError `not_answered`, `ari_unreachable`
   */
  ringStudio(order: StudioOrder): Promise<StudioCall>;
  createApp(settings: AppSettings, options: AppOptions): Promise<App>;
}

export interface StudioOrder {
  settings: Pick<Settings, "nodes" | "ariApp">;
  /** E.164; the number rung, and the one shown there. */
  phone: string;
  callerNumber: string;
  files: ReleaseFiles;
  signal: AbortSignal;
}

/** Somebody answered. */
export type StudioCall = Pick<Studio, "line" | "clock" | "book" | "newName" | "read" | "remove"> & {
  close(): Promise<void>;
};

export type VoiceFolders = Pick<Settings, "promptFolder" | "flowFolder">;

export interface LyingFiles {
  files: ReleaseFiles;
  /** "flows/fft.yaml" as the file on this machine. */
  fileBehind(path: string): string;
}

export interface DatabaseSettings {
  databaseUrl: string;
  /** Needed by those who read or write telephone numbers. */
  dataKey?: Buffer;
}

export interface Database {
  /** @returns the names of the migrations that ran now; `progress` is told what they wait for */
  migrate(progress: (line: string) => void): Promise<string[]>;
  visits: VisitLists;
  tokens: TokenBook;
  accounts: AccountBook;
  sessions: SessionBook;
  sensitive: SensitiveServices;
  createCampaign(campaign: NewCampaign): Promise<Campaign>;
  campaign(name: string): Promise<Campaign | null>;
  campaigns(): Promise<Campaign[]>;
  /** @throws AppError `campaign_missing`, `campaign_status` */
  moveCampaign(name: string, to: "running" | "paused" | "stopped"): Promise<Campaign>;
  standing(name: string): Promise<CampaignStanding>;
  /** Which release it runs on, and what became of that. */
  campaignRelease(campaign: Campaign): Promise<CampaignRelease>;
  /** @param release null: what is live */
  pinCampaign(campaign: Campaign, release: number | null): Promise<Pinned>;
  /**
   * Whom its flows may put callers through to: one set, or added.
   * @throws AppError `campaign_settings`, `transfer_missing`, `number_refused`
   */
  setTransfer(campaign: Campaign, target: string, change: TransferChange): Promise<ChangedTransfers>;
  /**
   * @param folders what calls say where no release is live
   * @returns what stands against it, a sentence each; none: it is removed
   * @throws AppError `transfer_missing`
   */
  removeTransfer(campaign: Campaign, target: string, folders: () => Promise<ReleaseFiles>): Promise<string[]>;
  /**
   * The rows of survey_result, oldest visit first, in bounded memory; without a campaign's name those of all. That they
   * are read is in the audit before the first of them is here. @param format csv or json
   */
  results(campaign: string | undefined, format: string): AsyncIterable<object>;
  /** The columns of survey_result, in their order. */
  resultColumns: readonly string[];
  /** Queues the stories for another speech engine, or only counts them. @returns how many */
  hearAgain(selection: AgainSelection, dryRun: boolean): Promise<number>;
  transcriptBacklog(): Promise<TranscriptBacklog>;
  /** All that was decided about the visits with this reference; without a campaign's name those of all. */
  histories(visitRef: string, campaign: string | null): Promise<VisitHistory[]>;
  /**
   * @param by who says so
   * @throws AppError `visit_status` (it is over), `visit_being_called`
   */
  moveVisit(visitId: string, how: "hold" | "release" | "withdraw", by: string): Promise<void>;
  /** Calls promised and not made yet, and those broken since. */
  promises(since: Date): Promise<Promised[]>;
  optOuts: OptOuts;
  /** Reading it is told in it. */
  audit: {
    newest(filter: AuditFilter, limit: number): Promise<AuditRecord[]>;
    /** Lines, the heading first, oldest entry first, in bounded memory. */
    csv(filter: AuditFilter): AsyncIterable<string>;
  };
  /**
   * Each prompt is told of; `work` changes the files. Both, or neither: what cannot be told is not done.
   * @throws AppError `audit_refused`, and whatever `work` throws
   */
  changePrompts(acts: PromptActs, work: () => void): Promise<void>;
  nodes: NodeDesk;
  trunks: TrunkDesk;
  /** @param folders what calls say before there is any release */
  releases(folders: () => ReleaseFiles): ReleaseDesk;
  /** As releases; needs the data key. @param numbers that may be rung */
  staffCalls(folders: () => ReleaseFiles, numbers: readonly StaffNumber[]): Promise<StaffCallDesk>;
  /** Where all is stopped already, that stop stands, and is given back. */
  stopAll(asked: Omit<Stopped, "at">): Promise<Stopped>;
  /** @returns what is over; null where nothing was stopped */
  resumeAll(asked: { by: string }): Promise<Stopped | null>;
  /** How the one visit of a test call stands. */
  testCall(campaignId: string): Promise<TestCall | null>;
  close(): Promise<void>;
}

export interface PromptActs {
  action: "prompt-approve" | "prompt-import" | "prompt-record" | "prompt-restore" | "prompt-say";
  /** In whose name it is done; null: of whoever runs the command. */
  by: string | null;
  prompts: readonly { language: string; id: string; details: AuditDetails }[];
}

export interface Promised {
  visitRef: string;
  campaign: string;
  timeZone: string;
  due: Date;
  askedAt: Date;
  state: "promised" | "broken";
  tries: number;
  beingCalled: boolean;
}

/** All dialling stands still. */
export interface Stopped {
  at: Date;
  by: string;
  because: string;
}

export interface OptOuts {
  /** E.164, or an NHS number. @returns whether it is new */
  add(who: { phone: string } | { nhsNumber: string }, of: { trust: string; unit: string }): Promise<boolean>;
  /** Newest last, in bounded memory; no number comes out. */
  all(standing: boolean): AsyncIterable<OptOutRecord>;
  /** @throws AppError `opt_out_missing` */
  withdraw(id: string): Promise<void>;
}

export interface OptOutRecord {
  id: string;
  scope: "number" | "person" | "pair";
  source: string;
  trust: string;
  unit: string;
  writtenAt: Date;
  withdrawnAt: Date | null;
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
