/**
 * Hearback on the rehearsal network: database, two Asterisks, pretend people and the app, joined as a hospital would join
 * the real ones. Demo, tests and later benchmark and preview all stand on this one thing.
 */
import { dirname, join } from "node:path";
import type { Pool } from "pg";
import type { Role } from "#access/rights.ts";
import { type App, createApp } from "#app.ts";
import type { Campaign, CampaignSettings } from "#campaign/campaign.ts";
import { type ImportReport, importVisits } from "#campaign/import-visits.ts";
import type { Settings } from "#config.ts";
import { silentLogger } from "#lib/logger.ts";
import { createCampaign } from "#postgres/campaigns.ts";
import { migrate } from "#postgres/migrate.ts";
import { createPool } from "#postgres/pool.ts";
import { APP_USER, clearRehearsal, ensureAppUser, markRehearsal } from "#postgres/rehearsal.ts";
import { type SurveyResult, streamResults } from "#postgres/results.ts";
import { createVisitLists } from "#postgres/visits.ts";
import type { StoryStore } from "#recording/ports.ts";
import type { Ivr } from "#rehearsal/asterisk/ivr.ts";
import { type Network, startNetwork } from "#rehearsal/network.ts";
import { nodesEnvironment, nodesOf } from "#rehearsal/node-settings.ts";
import type { Person } from "#rehearsal/people/person.ts";
import type { Ringer } from "#rehearsal/people/ringer.ts";
import { type RehearsalPostgres, startPostgres } from "#rehearsal/postgres.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { freePort, makeSignInLinks } from "#rehearsal/sign-in-links.ts";
import { type Ciphers, createCiphers } from "#storage/ciphers.ts";
import { openStoryFolder } from "#story-folder.ts";

export interface RehearsalOptions {
  /** All its run state, below which nothing of another rehearsal lies. */
  dir: string;
  /** 32 bytes. */
  dataKey: Buffer;
  maxCalls: number;
  /** How many Asterisks Hearback drives; one, when not given. */
  nodes?: number;
  /** Kamailio between them and the far end. */
  dispatcher?: boolean;
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
  /** Telephones of the staff that a draft may ring, for tests. */
  staffNumbers?: Settings["staffNumbers"];
  /** Who can ring us, for tests. */
  ringers?: readonly Ringer[];
  /** A dead ivr is started again at once, as systemd would. */
  reviveIvr?: boolean;
  progress?: (line: string) => void;
}

/** Of all that rehearsals make. */
const trust = "northfield";

export class Rehearsal {
  readonly #options: RehearsalOptions;
  readonly #undo: (() => unknown)[] = [];
  readonly #allowNumbers: ReadonlySet<string>;
  readonly ciphers: Ciphers;
  #stopping = false;
  #databaseUrl = "";
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
    const { dir, maxCalls, nodes = 1, dispatcher = false, farEnd, resume } = this.#options;
    const { morePeople = [], ringers = [] } = this.#options;
    const { progress = () => {} } = this.#options;
    // Both take seconds on a first run, and neither waits for the other.
    const [database, network] = await Promise.allSettled([
      this.#database(),
      startNetwork({
        ...{ dir, maxCalls, nodes, dispatcher, morePeople, ringers, progress },
        ...(farEnd ? { farEnd } : {}),
      }),
    ]);
    if (network.status === "fulfilled") this.#undo.push(() => network.value.stop());
    if (database.status === "rejected") throw database.reason;
    if (network.status === "rejected") throw network.reason;
    this.network = network.value;
    for (const ivr of this.network.ivrs) ivr.onExit(() => this.#ivrEnded(ivr));
    this.pool = createPool({
      url: database.value,
      applicationName: "hearback rehearsal",
      as: "owner",
      logger: silentLogger,
    });
    this.#undo.push(() => this.pool.end());
    await markRehearsal(this.pool);
    await migrate(this.pool);
    if (!resume) await clearRehearsal(this.pool);
    progress("starting Hearback");
    this.#databaseUrl = await this.#appUrl(database.value);
    this.app = await this.createApp();
  }

  /** On a Postgres of our own the app signs in as one who owns nothing; somebody else's is used as it was given. */
  async #appUrl(owner: string): Promise<string> {
    if (!this.postgres) return owner;
    await ensureAppUser(this.pool);
    const url = new URL(owner);
    url.username = APP_USER;
    return url.href;
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

  /** Hearback, or another instance of it on the same database and the same Asterisks. Not started; it is stopped with us. */
  async createApp(): Promise<App> {
    const port = await freePort();
    const pages = { listen: { host: "127.0.0.1", port }, publicUrl: `http://127.0.0.1:${port}` };
    const app = await createApp(
      { ...this.settings(), ...pages },
      { allowRough: true, rehearsal: { allowNumbers: this.#allowNumbers } },
    );
    this.#undo.push(() => app.stop({ onWaiting: this.#options.progress ?? (() => {}) }));
    return app;
  }

  #ivrEnded(ivr: Ivr): void {
    const { reviveIvr, progress = () => {} } = this.#options;
    if (this.#stopping || !reviveIvr) return;
    progress("Asterisk (ivr) has ended: starting it again");
    ivr.start().catch((thrown: Error) => progress(thrown.message));
  }

  /** As they would stand in the environment of `hearback serve`. */
  settings(): Settings {
    const { ivrs, packages } = this.network;
    const databaseUrl = this.#databaseUrl;
    const { dir, dataKey, speechEngine = "pocketsphinx", staffNumbers = [] } = this.#options;
    return {
      ...{ databaseUrl, dataKey, speechEngine, ariApp: "hearback" },
      ...{ nodes: nodesOf(ivrs), storyFolder: this.stories },
      ...{ masterKey: null, oldMasterKeys: [], backupDays: null },
      ...{ promptFolder: repositoryFile("prompts"), flowFolder: repositoryFile("dialplans/flows") },
      pocketsphinx: packages.pocketsphinx,
      rehearsalAsterisk: null,
      pocketsphinxModel: dirname(packages.pocketsphinxModel.lm),
      ...{ speechLanguage: "en-GB", speechPhrases: null },
      ...{ googleProject: null, googleLocation: "eu", googleModel: "telephony", googleRecogniser: "_" },
      ...{ googleCredentials: null, openaiUrl: null, openaiModel: null, openaiKey: null, openaiCa: null },
      openaiFormat: "verbose_json",
      listen: { host: "127.0.0.1", port: 0 },
      ...{
        publicUrl: null,
        tlsCertificate: null,
        tlsKey: null,
        trustedProxies: "loopback",
        oidcIssuer: null,
        oidcClientId: null,
        oidcClientSecret: null,
      },
      ...{
        apiRequestsPerMinute: 600,
        maxCalls: null,
        maxInboundCalls: 20,
        staffNumbers,
        trunkCallsPerSecond: 100,
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

  /** What `hearback serve` needs to be another instance, as a process of its own. */
  environment(): Record<string, string> {
    const { dir, dataKey, speechEngine = "pocketsphinx", staffNumbers = [] } = this.#options;
    const { packages, ivrs } = this.network;
    return {
      ...nodesEnvironment(nodesOf(ivrs), join(dir, "nodes.yaml")),
      HEARBACK_DATABASE_URL: this.#databaseUrl,
      HEARBACK_DATA_KEY: dataKey.toString("hex"),
      HEARBACK_STORY_FOLDER: this.stories,
      HEARBACK_PROMPT_FOLDER: repositoryFile("prompts"),
      HEARBACK_FLOW_FOLDER: repositoryFile("dialplans/flows"),
      HEARBACK_SPEECH_ENGINE: speechEngine,
      HEARBACK_POCKETSPHINX: packages.pocketsphinx,
      HEARBACK_POCKETSPHINX_MODEL: dirname(packages.pocketsphinxModel.lm),
      HEARBACK_LISTEN: "127.0.0.1:0",
      HEARBACK_DISK_LOW_MB: "100",
      HEARBACK_STAFF_NUMBERS: staffNumbers
        .map(({ label, phone }) => (label === null ? phone : `${label}=${phone}`))
        .join(),
    };
  }

  /** What was kept, opened. */
  async storyStore(): Promise<StoryStore> {
    return (await openStoryFolder(this.settings())).storeOn(this.pool);
  }

  /** The story store's folder. */
  get stories(): string {
    return join(this.#options.dir, "stories");
  }

  /** For one made-up account a role: a link that signs in, once. By the name of the role. */
  async signInLinks(address: string): Promise<Map<Role, string>> {
    return makeSignInLinks(this.pool, trust, address);
  }

  createCampaign(name: string, settings: CampaignSettings): Promise<Campaign> {
    return createCampaign(this.pool, { name, trust, unit: "", rehearsal: true, settings });
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
