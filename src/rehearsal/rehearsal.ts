/**
 * Hearback on the rehearsal network: database, two Asterisks, pretend people and the app, joined as a hospital would join
 * the real ones. Demo, tests and later benchmark and preview all stand on this one thing.
 */
import { dirname, join } from "node:path";
import type { Pool } from "pg";
import { type App, createApp } from "#app.ts";
import type { Campaign, CampaignSettings } from "#campaign/campaign.ts";
import { type ImportReport, importVisits } from "#campaign/import-visits.ts";
import type { Settings } from "#config.ts";
import { newName } from "#lib/ids.ts";
import { silentLogger } from "#lib/logger.ts";
import { createCampaign } from "#postgres/campaigns.ts";
import { migrate } from "#postgres/migrate.ts";
import { createPool } from "#postgres/pool.ts";
import { clearRehearsal, markRehearsal } from "#postgres/rehearsal.ts";
import { type SurveyResult, streamResults } from "#postgres/results.ts";
import { createVisitLists } from "#postgres/visits.ts";
import { type Network, startNetwork } from "#rehearsal/network.ts";
import type { Person } from "#rehearsal/people/person.ts";
import { type RehearsalPostgres, startPostgres } from "#rehearsal/postgres.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { type Ciphers, createCiphers } from "#storage/ciphers.ts";
import { createLocalStore } from "#storage/local-disk.ts";

export interface RehearsalOptions {
  /** All its run state, below which nothing of another rehearsal lies. */
  dir: string;
  /** 32 bytes. */
  dataKey: Buffer;
  maxCalls: number;
  /** Go on with what an earlier rehearsal left in `dir` and in the database. */
  resume: boolean;
  /** An existing Postgres, empty or marked as a rehearsal; otherwise one is started in `dir`. */
  databaseUrl?: string | null;
  /** Somebody else's SIP far end instead of our pretend carrier. */
  farEnd?: { host: string; port: number } | null;
  /** E.164 numbers outside the drama ranges that may be rung. */
  allowNumbers?: readonly string[];
  speechEngine?: "none" | "pocketsphinx";
  /** Pretend people beside those of people.ts, for tests. */
  morePeople?: readonly Person[];
  /** A dead ivr is started again at once, as systemd would. */
  reviveIvr?: boolean;
  progress?: (line: string) => void;
}

export class Rehearsal {
  readonly #options: RehearsalOptions;
  readonly #undo: (() => unknown)[] = [];
  readonly #allowNumbers: ReadonlySet<string>;
  readonly ciphers: Ciphers;
  #stopping = false;
  network!: Network;
  /** Null where an existing one is used. */
  postgres: RehearsalPostgres | null = null;
  pool!: Pool;
  app!: App;

  private constructor(options: RehearsalOptions) {
    this.#options = options;
    this.#allowNumbers = new Set(options.allowNumbers ?? []);
    this.ciphers = createCiphers(options.dataKey);
  }

  /** Everything is up, nothing is called yet: `app.start()` begins. What was started is stopped again on a failure. */
  static async start(options: RehearsalOptions): Promise<Rehearsal> {
    const rehearsal = new Rehearsal(options);
    try {
      await rehearsal.#start();
      return rehearsal;
    } catch (thrown) {
      await rehearsal.stop();
      throw thrown;
    }
  }

  async #start(): Promise<void> {
    const { dir, maxCalls, farEnd, morePeople = [], resume, progress = () => {} } = this.#options;
    // Both take seconds on a first run, and neither waits for the other.
    const [database, network] = await Promise.allSettled([
      this.#database(),
      startNetwork({ dir, maxCalls, morePeople, progress, ...(farEnd ? { farEnd } : {}) }),
    ]);
    if (network.status === "fulfilled") this.#undo.push(() => network.value.stop());
    if (database.status === "rejected") throw database.reason;
    if (network.status === "rejected") throw network.reason;
    this.network = network.value;
    this.network.ivr.onExit(() => this.#ivrEnded());
    this.pool = createPool({
      url: database.value,
      applicationName: "hearback rehearsal",
      logger: silentLogger,
    });
    this.#undo.push(() => this.pool.end());
    await markRehearsal(this.pool);
    await migrate(this.pool);
    if (!resume) await clearRehearsal(this.pool);
    progress("starting Hearback");
    await this.#startApp(database.value);
  }

  async #database(): Promise<string> {
    const { databaseUrl, dir, progress } = this.#options;
    if (databaseUrl) return databaseUrl;
    const postgres = await startPostgres({
      dir: join(dir, "postgres"),
      durable: true,
      ...(progress ? { progress } : {}),
    });
    this.#undo.unshift(() => postgres.stop());
    this.postgres = postgres;
    return postgres.url;
  }

  async #startApp(databaseUrl: string): Promise<void> {
    const store = await createLocalStore(this.stories);
    const pages = {
      key: newName("demo"),
      results: () => this.results(),
      audio: (storyId: string) => store.read(`${storyId}.wav`).catch(() => null),
    };
    this.app = await createApp(this.settings(databaseUrl), {
      allowRough: true,
      rehearsal: { allowNumbers: this.#allowNumbers, pages },
    });
    this.#undo.push(() => this.app.stop({ onWaiting: this.#options.progress ?? (() => {}) }));
  }

  #ivrEnded(): void {
    const { reviveIvr, progress = () => {} } = this.#options;
    if (this.#stopping || !reviveIvr) return;
    progress("Asterisk (ivr) has ended: starting it again");
    this.network.ivr.start().catch((thrown: Error) => progress(thrown.message));
  }

  /** As they would stand in the environment of `hearback serve`. */
  settings(databaseUrl: string): Settings {
    const { ivr, packages } = this.network;
    const { dir, dataKey, speechEngine = "pocketsphinx" } = this.#options;
    return {
      ...{ databaseUrl, dataKey, speechEngine, trunk: "trunk", ariApp: "hearback" },
      ...{ ariUrl: ivr.ariUrl, ariUser: ivr.ariUser, ariPassword: ivr.ariPassword },
      ...{ amiHost: "127.0.0.1", amiPort: ivr.amiPort },
      ...{ amiHealthUser: ivr.amiUsers.health.user, amiHealthPassword: ivr.amiUsers.health.password },
      ...{ amiReleaseUser: ivr.amiUsers.release.user, amiReleasePassword: ivr.amiUsers.release.password },
      ...{ storyFolder: this.stories, soundsFolder: ivr.soundsDir },
      ...{ promptFolder: repositoryFile("prompts"), flowFolder: repositoryFile("dialplans/flows") },
      pocketsphinx: packages.pocketsphinx,
      pocketsphinxModel: dirname(packages.pocketsphinxModel.lm),
      ...{ speechLanguage: "en-GB", speechPhrases: null },
      ...{ googleProject: null, googleLocation: "eu", googleModel: "telephony", googleRecogniser: "_" },
      ...{ googleCredentials: null, openaiUrl: null, openaiModel: null, openaiKey: null, openaiCa: null },
      openaiFormat: "verbose_json",
      listen: { host: "127.0.0.1", port: 0 },
      ...{
        apiRequestsPerMinute: 600,
        maxCalls: null,
        maxCallsADay: null,
        ...{ diskLowMb: 100, diskStopMb: 50, spoolFolder: null },
        wordsLateHours: 4,
        alertRepeatHours: 6,
      },
      ...{ alertWebhookUrl: null, alertWebhookSecret: null },
      ...{ smtpUrl: null, alertMailFrom: null, alertMailTo: null },
      ...{ logLevel: "info", logFile: join(dir, "hearback.log") },
    };
  }

  /** The story store's folder. */
  get stories(): string {
    return join(this.#options.dir, "stories");
  }

  createCampaign(name: string, settings: CampaignSettings): Promise<Campaign> {
    return createCampaign(this.pool, { name, trust: "northfield", unit: "", rehearsal: true, settings });
  }

  importList(campaign: Campaign, bytes: AsyncIterable<Uint8Array>): Promise<ImportReport> {
    return importVisits({
      ...{ campaignId: campaign.id, bytes, visits: createVisitLists(this.pool, this.ciphers) },
      ...{ encoding: "utf-8", timeZone: campaign.settings.callingHours.timeZone, now: new Date() },
      ...{ keep: [], guard: { rehearsal: true, allowNumbers: this.#allowNumbers }, skipBad: null },
    });
  }

  async results(campaign?: string): Promise<SurveyResult[]> {
    return Array.fromAsync(streamResults(this.pool, campaign));
  }

  /** E.164 by visit reference, for boards and judges. */
  async numbers(campaign: Campaign): Promise<Map<string, string>> {
    const { rows } = await this.pool.query<{ ref: string; phone: Buffer }>(
      "select visit_ref as ref, phone_enc as phone from visit where campaign_id = $1",
      [campaign.id],
    );
    return new Map(rows.map(({ ref, phone }) => [ref, this.ciphers.decrypt("phone", phone)]));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const undo of this.#undo.splice(0).toReversed()) await undo();
  }
}
