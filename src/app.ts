/** Joins everything: the only file that builds adapters and hands them to the stages. */
import { AmiMonitor } from "#asterisk/ami-monitor.ts";
import { AriConnection } from "#asterisk/ari-connection.ts";
import { createAriTelephone } from "#asterisk/ari-telephone.ts";
import { dispositionOf } from "#asterisk/cause-codes.ts";
import { createRecordingSpool } from "#asterisk/recording-spool.ts";
import { type CallRunner, runCall } from "#call/run-call.ts";
import { callbackTimes } from "#campaign/callback-times.ts";
import { permittedSpans } from "#campaign/calling-hours.ts";
import { createDialer, type Dialer } from "#campaign/dialer.ts";
import type { Ledger } from "#campaign/ports.ts";
import { settleAbandoned } from "#campaign/settle-abandoned.ts";
import type { Settings } from "#config.ts";
import { engineOptions } from "#engine-options.ts";
import { createFront } from "#front.ts";
import { systemClock as clock } from "#lib/clock.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import { newName } from "#lib/ids.ts";
import { createLogger, type Logger } from "#lib/logger.ts";
import { createPeriodic } from "#lib/periodic.ts";
import { createCallLog } from "#postgres/calls.ts";
import { campaignById } from "#postgres/campaigns.ts";
import { proveKey } from "#postgres/data-key.ts";
import { createJobRunner, type JobTasks, queueKeepStory } from "#postgres/jobs.ts";
import { createLedger } from "#postgres/ledger.ts";
import { pendingMigrations } from "#postgres/migrate.ts";
import { createPool } from "#postgres/pool.ts";
import { createStoryRows } from "#postgres/stories.ts";
import { createTranscriptOrders } from "#postgres/transcript-orders.ts";
import { createTranscriptRows } from "#postgres/transcripts.ts";
import { readStory } from "#recording/a-law-wav.ts";
import { keepStoriesOfCall } from "#recording/keep-story.ts";
import { sweepOnce } from "#recording/sweep.ts";
import { chooseEngine, createEngines } from "#speech/engines.ts";
import { createCiphers } from "#storage/ciphers.ts";
import { readFlows, readPrompts } from "#storage/flow-files.ts";
import { createLocalStore } from "#storage/local-disk.ts";
import { installPrompts } from "#storage/telephone-prompts.ts";
import { createTranscribeInTurn } from "#transcript/transcribe-in-turn.ts";
import { speechMsOf } from "#transcript/voice-activity.ts";
import { findSpeechInThread } from "#transcript/voice-activity-thread.ts";
import { createWatching } from "#watching.ts";
import type { WebOptions } from "#web/build-web.ts";

export interface AppOptions {
  /** Accept a speech engine that is for rehearsals only. */
  allowRough: boolean;
  /** Ring for this campaign and no other, on a Stasis application of our own: a test call beside a running `serve`. */
  onlyCampaign?: string;
  rehearsal?: {
    /** E.164 numbers outside the drama ranges that may be rung. */
    allowNumbers: ReadonlySet<string>;
    pages?: WebOptions["rehearsalPages"];
  };
}

export interface App {
  start(): Promise<{ address: string | null }>;
  stop(options?: { onWaiting?: (line: string) => void }): Promise<void>;
  failed: Promise<Error>;
}

/** Longer than any call of ours: story parts, repeats and all; Asterisk itself ends what is still up then. */
const _maxCallSeconds = 1_800;
const leaseMs = 30_000;
const sweepEveryMs = 60_000;
/** On stopping, calls may come to their end. */
const callsEndWithinMs = 10 * 60_000;

/** Reads flows and prompts and builds every part; nothing is connected before `start`. Throws AppError on faults. */
export async function createApp(settings: Settings, options: AppOptions): Promise<App> {
  const logger = createLogger({
    level: settings.logLevel,
    ...(settings.logFile ? { file: settings.logFile } : {}),
  });
  const prompts = readPrompts(settings.promptFolder, "en-GB");
  const flows = readFlows(settings.flowFolder, prompts);
  const mediaUri = installPrompts(prompts, settings.soundsFolder);
  const parts = await build(settings, options, logger, (piece) => [mediaUri(piece)]);
  const runner: CallRunner = {
    flowOf: (campaign) => {
      const flow = flows.get(campaign.settings.flow);
      if (!flow)
        throw new AppError(
          "flow_missing",
          `there is no flow "${campaign.settings.flow}" in ${settings.flowFolder}`,
        );
      return flow;
    },
    log: parts.callLog,
    clock,
    logger,
    callbackTimes: async (campaign, count) => {
      const now = clock.now();
      const spans = permittedSpans(campaign.settings.callingHours, now, 14);
      return callbackTimes({ now, spans, count, policy: campaign.settings.callbacks });
    },
  };
  return run(settings, options, logger, parts, runner);
}

type Parts = Awaited<ReturnType<typeof build>>;

async function build(
  settings: Settings,
  options: AppOptions,
  logger: Logger,
  mediaOf: Parameters<typeof createAriTelephone>[0]["mediaOf"],
) {
  const { databaseUrl: url, ariUrl, ariUser, ariPassword, trunk, amiHost, amiPort } = settings;
  const owner = newName("app");
  const pool = createPool({ url, applicationName: "hearback", logger });
  const ledger = createLedger(pool, {
    ...{ owner, leaseMs, ciphers: createCiphers(settings.dataKey) },
    onlyInstance: options.rehearsal !== undefined,
  });
  const connection = new AriConnection({
    ...{ url: ariUrl, user: ariUser, password: ariPassword, clock, logger },
    app: options.onlyCampaign ? newName(settings.ariApp) : settings.ariApp,
  });
  const telephone = createAriTelephone({ connection, trunk, mediaOf, clock, logger });
  const { amiHealthUser, amiHealthPassword, amiReleaseUser, amiReleasePassword } = settings;
  const health = amiHost
    ? new AmiMonitor({
        ...{ host: amiHost, port: amiPort, clock, logger },
        health: { user: amiHealthUser ?? "", secret: amiHealthPassword ?? "" },
        release: { user: amiReleaseUser ?? "", secret: amiReleasePassword ?? "" },
      })
    : null;
  const engine = chooseEngine(settings.speechEngine, engineOptions(settings));
  return {
    ...{ owner, pool, ledger, connection, telephone, health, engine },
    engineOf: createEngines(engine, engineOptions(settings), options.allowRough),
    callLog: createCallLog(pool),
    store: await createLocalStore(settings.storyFolder),
    spool: createRecordingSpool(connection),
    stories: createStoryRows(pool, { transcribe: engine.name !== "none" }),
    transcripts: createTranscriptRows(pool),
    orders: createTranscriptOrders(pool),
  };
}

/** The start and stop order of everything; what was started is stopped in the opposite order. */
function run(settings: Settings, options: AppOptions, logger: Logger, parts: Parts, runner: CallRunner): App {
  const { pool, connection, telephone, owner, spool } = parts;
  let dialer: Dialer | null = null;
  const callsUnderWay = () => dialer?.live ?? 0;
  const watching = createWatching({ ...parts, settings, clock, logger, callsUnderWay });
  runner.times = watching.times;
  const stories = watching.measured(parts.stories);
  const failed = Promise.withResolvers<Error>();
  const undo: { what: string; first: boolean; stop: () => Promise<unknown> }[] = [];
  const onlyInstance = options.rehearsal !== undefined;
  const ledger = options.onlyCampaign ? onlyCampaign(parts.ledger, options.onlyCampaign) : parts.ledger;
  const faulty = (what: string) => (thrown: unknown) => logger.error({ problem: messageOf(thrown) }, what);
  const begin = (what: string, stop: () => Promise<unknown>, first = false) =>
    undo.push({ what, first, stop });

  const start = async () => {
    begin("the database", () => pool.end());
    const behind = await pendingMigrations(pool);
    if (behind.length > 0)
      throw new AppError("database_behind", "the database lacks migrations; run: hearback migrate");
    await proveKey(pool, createCiphers(settings.dataKey));
    // Before Asterisk, which may be away: /readyz says so, and people are told.
    let address: string | null = null;
    if (!options.onlyCampaign) {
      begin("alerts under way", await watching.start());
      const { store } = parts;
      const front = createFront({ settings, store, watching, clock, logger, rehearsal: options.rehearsal });
      begin("the pages", front.close, true);
      address = await front.listen();
    } else await watching.compareClocks();
    begin("Asterisk", async () => {
      telephone.close();
      await connection.stop();
    });
    await connection.start();
    connection.onChange((state) => {
      if (state === "fenced")
        failed.resolve(
          new AppError("fenced", `another Hearback took over the application ${connection.app}`),
        );
    });
    parts.health?.start();
    begin("Asterisk's health", async () => parts.health?.stop());
    await settleAbandoned({
      ledger,
      callLog: parts.callLog,
      campaign: (id) => campaignById(pool, id),
      clock,
      log: logger,
    });
    const lease = createPeriodic(
      clock,
      leaseMs / 3,
      () => parts.ledger.renewLeases(),
      (thrown) => {
        if (thrown instanceof AppError && thrown.code === "instance_replaced") failed.resolve(thrown);
        faulty("our lease could not be renewed")(thrown);
      },
    );
    lease.start();
    begin("the lease", () => lease.stop());
    const jobs = await createJobRunner(pool, jobTasks({ ...parts, stories }, logger), {
      concurrency: 2,
      owner,
      onlyInstance,
      logger,
    });
    begin("jobs under way", () => jobs.stop());
    const sweepParts = {
      spool,
      rows: stories,
      keepStories: (callId: string) => queueKeepStory(pool, callId),
      logger,
    };
    const sweep = createPeriodic(
      clock,
      sweepEveryMs,
      () => sweepOnce(sweepParts),
      faulty("the sweep for recordings failed"),
    );
    sweep.start();
    begin("the sweep", () => sweep.stop());
    const dialling = createDialer({
      ...{ ledger, telephone, clock, log: logger, dispositionOf },
      runCall: (call) => runCall(runner, call),
      allowNumbers: options.rehearsal?.allowNumbers ?? new Set(),
      gate: watching.notDialling,
      freeCapacity: watching.freeCapacity,
      onEvent: watching.onEvent,
    });
    dialer = dialling;
    dialling.start();
    begin("calls under way", () => dialling.stop({ withinMs: callsEndWithinMs }));
    return { address };
  };

  return {
    start,
    failed: failed.promise,
    stop: async ({ onWaiting = () => {} } = {}) => {
      const parts = undo.splice(0).toReversed();
      // The pages first: another Hearback may take over their port while our calls come to their end.
      for (const { what, stop } of [
        ...parts.filter(({ first }) => first),
        ...parts.filter(({ first }) => !first),
      ]) {
        const slow = setTimeout(() => onWaiting(`waiting for ${what} to end`), 500);
        await stop().catch(faulty(`${what} could not be stopped`));
        clearTimeout(slow);
      }
    },
  };
}

/** What is done beside the calls: stories out of Asterisk into the store, and turned into words. */
function jobTasks(parts: Parts, logger: Logger): JobTasks {
  const { spool, store, stories, transcripts, orders, engineOf } = parts;
  const speechMs = async (samples: Int16Array) => speechMsOf(await findSpeechInThread(samples));
  const readAudio = (key: string) => readStory(store, key);
  const transcribe = createTranscribeInTurn({
    ...{ rows: transcripts, orders, engineOf, clock, logger },
    ...{ readAudio, findSpeech: findSpeechInThread },
  });
  return {
    "keep-story": ({ callId }) =>
      keepStoriesOfCall({ spool, store, rows: stories, speechMs, clock, logger }, callId),
    transcribe: async ({ storyId }, signal) => {
      await transcribe({ storyId, engine: null }, signal);
    },
    "transcribe-again": async (order, signal) => {
      await transcribe(order, signal);
    },
  };
}

function onlyCampaign(ledger: Ledger, id: string): Ledger {
  return Object.create(ledger, {
    runningCampaigns: {
      value: async () => (await ledger.runningCampaigns()).filter((campaign) => campaign.id === id),
    },
    takeOverAbandoned: { value: async () => [] },
  });
}
