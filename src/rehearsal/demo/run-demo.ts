/** The main job, end to end, on one machine: a telephone network, a database, Hearback, a list, a campaign, a summary. */
import { createReadStream, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import type { Pool } from "pg";
import type { App } from "#app.ts";
import { createApp } from "#app.ts";
import type { Campaign } from "#campaign/campaign.ts";
import { importVisits } from "#campaign/import-visits.ts";
import type { Settings } from "#config.ts";
import { AppError } from "#lib/errors.ts";
import { newName } from "#lib/ids.ts";
import { createLogger, type Logger } from "#lib/logger.ts";
import { campaignByName, createCampaign, startCampaign } from "#postgres/campaigns.ts";
import { migrate } from "#postgres/migrate.ts";
import { createPool } from "#postgres/pool.ts";
import { clearRehearsal, markRehearsal } from "#postgres/rehearsal.ts";
import { type SurveyResult, streamResults } from "#postgres/results.ts";
import { createVisitLists } from "#postgres/visits.ts";
import { type Network, startNetwork } from "#rehearsal/network.ts";
import { startPostgres } from "#rehearsal/postgres.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { type Ciphers, createCiphers } from "#storage/ciphers.ts";
import { createLocalStore } from "#storage/local-disk.ts";
import type { RehearsalPages } from "#web/rehearsal-pages.ts";
import type { Board } from "./board.ts";
import { demoSettings } from "./campaign.ts";
import { demoList } from "./list.ts";
import type { DemoOptions } from "./options.ts";
import { type DemoState, takeState } from "./state.ts";
import { summarise } from "./summary.ts";
import { watch } from "./watch.ts";

const campaignName = "demo";

export interface DemoOutput {
  board: Board;
  say(line: string): void;
  progress(line: string): void;
  signal: AbortSignal;
}

/** @returns the exit status: 0 when every outcome is as scripted (or none is scripted) */
export async function runDemo(options: DemoOptions, out: DemoOutput): Promise<number> {
  const demo = await Demo.start(options, out);
  try {
    return await demo.run();
  } finally {
    await demo.stop();
  }
}

class Demo {
  readonly #options: DemoOptions;
  readonly #out: DemoOutput;
  readonly #logger: Logger;
  readonly #undo: (() => unknown)[] = [];
  #state!: DemoState;
  #ciphers!: Ciphers;
  #pool!: Pool;
  #network!: Network;
  #app!: App;

  private constructor(options: DemoOptions, out: DemoOutput) {
    this.#options = options;
    this.#out = out;
    this.#logger = createLogger({ level: "silent" });
  }

  static async start(options: DemoOptions, out: DemoOutput): Promise<Demo> {
    const demo = new Demo(options, out);
    try {
      await demo.#start();
      return demo;
    } catch (thrown) {
      await demo.stop();
      throw thrown;
    }
  }

  async #start(): Promise<void> {
    const { resume, maxCalls, farEnd } = this.#options;
    const { progress } = this.#out;
    this.#state = takeState({ resume });
    this.#undo.push(() => this.#state.release());
    this.#ciphers = createCiphers(this.#state.dataKey);
    // Both take seconds on a first run, and neither waits for the other.
    const [database, network] = await Promise.allSettled([
      this.#database(),
      startNetwork({ dir: this.#state.dir, maxCalls, progress, ...(farEnd ? { farEnd } : {}) }),
    ]);
    if (network.status === "fulfilled") this.#undo.push(() => network.value.stop());
    if (database.status === "rejected") throw database.reason;
    if (network.status === "rejected") throw network.reason;
    this.#network = network.value;
    this.#network.ivr.onExit(() => this.#reviveIvr());
    const url = database.value;
    this.#pool = createPool({ url, applicationName: "hearback demo", logger: this.#logger });
    this.#undo.push(() => this.#pool.end());
    await markRehearsal(this.#pool);
    await migrate(this.#pool);
    if (!resume) await clearRehearsal(this.#pool);
    progress("starting Hearback");
    this.#app = await createApp(this.#settings(url), {
      allowRough: true,
      rehearsal: { allowNumbers: new Set(this.#options.allowNumbers), pages: this.#pages() },
    });
    this.#undo.push(() => this.#app.stop({ onWaiting: progress }));
  }

  async #database(): Promise<string> {
    if (this.#options.databaseUrl) return this.#options.databaseUrl;
    const postgres = await startPostgres({
      dir: this.#state.at("postgres"),
      durable: true,
      progress: this.#out.progress,
    });
    this.#undo.unshift(() => postgres.stop());
    return postgres.url;
  }

  /** As systemd would: an Asterisk that has died is started again, and the campaign goes on. */
  #reviveIvr(): void {
    if (this.#stopping) return;
    this.#out.progress("Asterisk (ivr) has ended: starting it again");
    this.#network.ivr.start().catch((thrown: Error) => this.#out.progress(thrown.message));
  }
  #stopping = false;

  #settings(databaseUrl: string): Settings {
    const { ivr, packages } = this.#network;
    return {
      databaseUrl,
      dataKey: this.#state.dataKey,
      ariUrl: ivr.ariUrl,
      ariUser: ivr.ariUser,
      ariPassword: ivr.ariPassword,
      ariApp: "hearback",
      amiHost: "127.0.0.1",
      amiPort: ivr.amiPort,
      amiHealthUser: ivr.amiUsers.health.user,
      amiHealthPassword: ivr.amiUsers.health.password,
      amiReleaseUser: ivr.amiUsers.release.user,
      amiReleasePassword: ivr.amiUsers.release.password,
      trunk: "trunk",
      storyFolder: this.#state.at("stories"),
      soundsFolder: ivr.soundsDir,
      promptFolder: repositoryFile("prompts"),
      flowFolder: repositoryFile("dialplans/flows"),
      speechEngine: "pocketsphinx",
      pocketsphinx: packages.pocketsphinx,
      pocketsphinxModel: dirname(packages.pocketsphinxModel.lm),
      listen: { host: "127.0.0.1", port: 0 },
      logLevel: "info",
      logFile: this.#state.at("hearback.log"),
    };
  }

  /** What the pages show, to whoever has the key that is printed with their address. */
  #pages(): RehearsalPages {
    const store = createLocalStore(this.#state.at("stories"));
    return {
      key: newName("demo"),
      results: () => this.#results(),
      audio: async (storyId) => (await store).read(`${storyId}.wav`).catch(() => null),
    };
  }

  async #results(): Promise<SurveyResult[]> {
    return Array.fromAsync(streamResults(this.#pool, campaignName));
  }

  async run(): Promise<number> {
    const { out, campaign } = { out: this.#out, campaign: await this.#campaign() };
    const { address } = await this.#app.start();
    const numbers = await this.#numbers(campaign);
    await startCampaign(this.#pool, campaignName);
    if (address) out.say(`Pages: ${address}`);
    const over = await watch({ pool: this.#pool, campaign, numbers, board: out.board, signal: out.signal });
    const results = await this.#results();
    if (this.#options.json) writeFileSync(this.#options.json, `${JSON.stringify(results, null, 2)}\n`);
    const { lines, asScripted } = await summarise(results, numbers, this.#options.farEnd === null);
    for (const line of lines) out.say(line);
    if (!this.#options.exit && over) await this.#stayUp(address);
    return asScripted && over ? 0 : 1;
  }

  async #stayUp(address: string | null): Promise<void> {
    this.#out.say(`\nHearback stays up${address ? ` at ${address}` : ""} until Ctrl-C.`);
    const { signal } = this.#out;
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  /** The demo's campaign with its list; a resumed demo finds both as they were. */
  async #campaign(): Promise<Campaign> {
    const found = await campaignByName(this.#pool, campaignName);
    if (found) return found;
    if (this.#options.resume) this.#out.progress("there is no demo to resume: starting afresh");
    const campaign = await createCampaign(this.#pool, {
      ...{ name: campaignName, trust: "northfield", unit: "", rehearsal: true },
      settings: demoSettings(this.#options),
    });
    await this.#import(campaign);
    return campaign;
  }

  async #import(campaign: Campaign): Promise<void> {
    const { contacts, allowNumbers } = this.#options;
    const file = contacts ?? this.#state.at("visits.csv");
    if (!contacts) {
      mkdirSync(this.#state.dir, { recursive: true });
      writeFileSync(file, demoList(new Date()));
    }
    const report = await importVisits({
      campaignId: campaign.id,
      bytes: contacts ? createReadStream(file) : Readable.from([Buffer.from(demoList(new Date()))]),
      visits: createVisitLists(this.#pool, this.#ciphers),
      encoding: "utf-8",
      timeZone: campaign.settings.callingHours.timeZone,
      now: new Date(),
      keep: [],
      guard: { rehearsal: true, allowNumbers: new Set(allowNumbers) },
      skipBad: null,
    });
    if (report.kind === "refused") {
      const faults = report.faults
        .slice(0, 20)
        .map(({ line, column, fault, remedy }) => `  line ${line}, ${column}: ${fault}; ${remedy}`);
      throw new AppError("list_refused", `${file} was refused, nothing is imported:\n${faults.join("\n")}`);
    }
    this.#out.progress(`imported ${report.added} visits from ${file}`);
  }

  /** E.164 by visit reference, for the board and the judge. */
  async #numbers(campaign: Campaign): Promise<Map<string, string>> {
    const { rows } = await this.#pool.query<{ ref: string; phone: Buffer }>(
      "select visit_ref as ref, phone_enc as phone from visit where campaign_id = $1",
      [campaign.id],
    );
    return new Map(rows.map(({ ref, phone }) => [ref, this.#ciphers.decrypt("phone", phone)]));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const undo of this.#undo.toReversed()) await undo();
    this.#undo.length = 0;
  }
}
