/** What starting is: the steps in their order, each of which says how what it began is stopped again. */
import { dispositionOf } from "#asterisk/cause-codes.ts";
import { cannotSay } from "#call/cannot-say.ts";
import type { CutOffCaller } from "#call/incoming.ts";
import { endLostCall } from "#call/lost-call.ts";
import { type CallRunner, runCall } from "#call/run-call.ts";
import { staffCallOf } from "#call/staff-call.ts";
import { callbackTimes } from "#campaign/callback-times.ts";
import { permittedSpans } from "#campaign/calling-hours.ts";
import { createDialer, type Dialer } from "#campaign/dialer.ts";
import { rehearsalEvidenceRules, usualEvidenceRules } from "#campaign/evidence.ts";
import { leavesRoomForRehearsals } from "#campaign/live-load.ts";
import { noteBrokenPromises } from "#campaign/promises.ts";
import { settleUnknown } from "#campaign/settle-unknown.ts";
import { type OpenAttempts, takeOver } from "#campaign/take-over.ts";
import type { Settings } from "#config.ts";
import { createDraftWalks } from "#draft-walks.ts";
import { createFront } from "#front.ts";
import { systemClock as clock } from "#lib/clock.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import { createPeriodic } from "#lib/periodic.ts";
import type { StopOrder } from "#lib/stop-order.ts";
import { callState } from "#postgres/calls.ts";
import { campaignById } from "#postgres/campaigns.ts";
import { proveKey } from "#postgres/data-key.ts";
import { createErasureRows } from "#postgres/erase-story.ts";
import { createJobRunner, hastenKeepStories, queueKeepStory, releaseAbandonedJobs } from "#postgres/jobs.ts";
import { proveMasterKeys } from "#postgres/master-keys.ts";
import { assertMigrated } from "#postgres/migrate.ts";
import { createNodeDesk } from "#postgres/node-desk.ts";
import { createPromiseBook } from "#postgres/promise-book.ts";
import { assertReachable } from "#postgres/reachable.ts";
import { createReleaseDesk } from "#postgres/releases.ts";
import { runRetention } from "#postgres/retention.ts";
import { createUnknownAttempts } from "#postgres/settle-unknown.ts";
import { inTransaction } from "#postgres/transaction.ts";
import { foldVisitCounts } from "#postgres/visit-counts.ts";
import { fieldsOf } from "#postgres/visit-fields.ts";
import { createWalkWork } from "#postgres/walk-jobs.ts";
import { eraseStory } from "#recording/erase-story.ts";
import { sweepOnce } from "#recording/sweep.ts";
import { checkBeside } from "#release/check-beside.ts";
import { createCiphers } from "#storage/ciphers.ts";
import { readingUnchangedOnce } from "#storage/unchanged-files.ts";
import { walkBeside } from "#walk-beside.ts";
import type { Watching } from "#watching.ts";
import type { AppOptions } from "./app.ts";
import { answerCalls } from "./app-inbound.ts";
import { keepingTasks, type Parts, wordTasks } from "./app-parts.ts";
import { makeStaffCalls } from "./app-staff-calls.ts";
import { followReleases, readFolders, spokenBy, watchUnheard } from "./app-voices.ts";
import type { Voices } from "./release-voices.ts";

export interface Starting {
  settings: Settings;
  options: AppOptions;
  logger: Logger;
  /** What calls say, by release. */
  voices: Voices;
  parts: Parts;
  /** Metrics, readiness, the clocks and the alerts. */
  watching: Watching;
  /** Filled in by the dialler, for those who look on. */
  calls: { underWay: () => number };
  order: StopOrder;
  /** Aborted by whoever does not want to wait for the start any longer. */
  stopping: AbortSignal;
  /** For good: the app cannot go on by itself. */
  fail(because: Error): void;
}

const sweepEveryMs = 60_000;
/** A dead process is noticed so much later; its callers hear nothing meanwhile. */
const lookForDeadEveryMs = 250;
/** What a dead process could not write into the database, where it is not found at its death. */
const replayEveryMs = 1_000;
/** A story of a call that a dead process held should not wait for a restart. */
const releaseJobsEveryMs = 5_000;
const beatEveryMs = 30_000;
const evidenceEveryMs = 30_000;
const promisesEveryMs = 15_000;
const letGoEveryMs = 3_600_000;
const foldCountsEveryMs = 600_000;
/** On stopping, calls may come to their end; pretend people are not waited for. */
const callsEndWithinMs = 10 * 60_000;
const rehearsalEndsWithinMs = 3_000;

/** The pages come early, so that health can be seen while Asterisk is waited for, and go late. Dialling is last. */
export async function startAll(starting: Starting): Promise<{ address: string | null }> {
  const step = async <T>(begin: (starting: Starting) => Promise<T> | T): Promise<T> => {
    starting.stopping.throwIfAborted();
    return begin(starting);
  };
  await step(checkDatabase);
  await step(followReleases);
  await step(watch);
  const address = await step(listen);
  await step(keepLease);
  await step(keepAnswers);
  await step(connect);
  await step(findEvidence);
  await step(runJobs);
  await step(sweepSpool);
  await step(letGo);
  await step(foldCounts);
  await step(watchPromises);
  await step(walkDrafts);
  await step(dial);
  return { address };
}

async function checkDatabase({ settings, parts: { pool, masterKeys } }: Starting): Promise<void> {
  await assertReachable(pool);
  await assertMigrated(pool);
  await proveKey(pool, createCiphers(settings.dataKey));
  await proveMasterKeys(pool, masterKeys);
}

/** Before Asterisk, which may be away: people are told then. A test call only compares the clocks. */
async function watch({ options, order, watching }: Starting): Promise<void> {
  if (options.onlyCampaign) await watching.compareClocks();
  else order.add("alerts under way", await watching.start());
}

async function listen({
  settings,
  options,
  order,
  watching,
  logger,
  voices,
  parts,
}: Starting): Promise<string | null> {
  if (options.onlyCampaign) return null;
  const { rehearsal } = options;
  const read = readingUnchangedOnce();
  const spoken = { voice: spokenBy(voices), folders: () => readFolders(settings, read) };
  const { storeOn } = parts;
  const front = createFront({ ...spoken, settings, storeOn, watching, clock, logger, rehearsal });
  // First of all: another Hearback may take over the port while our calls come to their end.
  order.addFirst("the pages", front.close);
  return front.listen().catch((cause: NodeJS.ErrnoException) => {
    const { host, port } = settings.listen;
    const text = `Hearback's pages cannot be at ${host}:${port} (${cause.code ?? cause.message}): check HEARBACK_LISTEN.`;
    throw new AppError("listen_failed", text, {}, { cause });
  });
}

async function connect(starting: Starting): Promise<void> {
  const { order, stopping, fail, parts } = starting;
  const { telephone, adoptions } = parts;
  watchUnheard(starting);
  order.add("the calls taken over", () => adoptions.stop());
  order.add("Asterisk", () => telephone.stop());
  for (const { connection } of telephone.nodes)
    connection.onChange((state) => {
      const message = `another Hearback took over the application ${connection.app}`;
      if (state === "fenced") fail(new AppError("fenced", message));
    });
  // With every Asterisk away, one is waited for without end; whoever stops us does not wait with it.
  const giveUp = () => void telephone.stop();
  stopping.addEventListener("abort", giveUp);
  await telephone.start().finally(() => stopping.removeEventListener("abort", giveUp));
  order.add("the watch over the nodes", telephone.watch());
  const monitors = telephone.nodes.flatMap(({ health }) => health ?? []);
  order.add(
    "Asterisk's health",
    async () => void (await Promise.all(monitors.map((health) => health.stop()))),
  );
  for (const health of monitors) health.start();
}

/** Before anything is settled or rung: whoever works is alive. */
async function keepLease({ order, fail, logger, parts }: Starting): Promise<void> {
  const lease = parts.lease(fail);
  order.add("the lease", () => lease.stop());
  await lease.start();
  logger.info({ instance: parts.owner }, "alive, and seen by the other instances");
}

/** After the calls, which may still have something to say, and before the database. */
function keepAnswers({ order, parts: { answers } }: Starting): void {
  order.add("answers not yet in the database", () => answers.writes.stop());
  answers.writes.start();
}

/** What a process left that is no more: found when it dies beside us, and after a restart of everything. */
function watchOthers({ options, logger, order, parts }: Starting, dialer: Dialer): void {
  if (options.onlyCampaign) return; // theirs to find who serve
  const { ledger, declareDead, answers, pool, adoptions, telephone } = parts;
  const campaign = (id: string) => campaignById(pool, id);
  const onlyInstance = options.rehearsal !== undefined;
  // What is concluded is concluded once: should the database be away just then, the spool has it.
  const durable = { callLog: answers.writes.log, ledger: { ...ledger, end: answers.writes.endAttempt } };
  const goOn = {
    ...{ leftCalls: adoptions, dialer },
    greetAgain: (caller: CutOffCaller) => telephone.greetAgain(caller),
  };
  const taking = { ...durable, campaign, clock, log: logger, goOn };
  const open: OpenAttempts = new Map();
  let told = "";
  let replayedMs = Number.NEGATIVE_INFINITY;
  const look = async () => {
    const died = await declareDead();
    // Before, so that all that was said is known when its call goes on, or is settled: nobody is asked what they answered.
    if (died > 0 || clock.monotonicMs() - replayedMs > replayEveryMs) {
      await answers
        .replayLeftBehind({ campaign, onlyInstance })
        .catch((thrown) =>
          logger.error({ problem: messageOf(thrown) }, "a spool left behind was not replayed"),
        );
      replayedMs = clock.monotonicMs();
    }
    await takeOver(taking, open);
    told = "";
  };
  const watch = createPeriodic(clock, lookForDeadEveryMs, look, (thrown) => {
    const problem = messageOf(thrown);
    if (problem !== told) logger.error({ problem }, "what others left open could not be taken over");
    told = problem;
  });
  order.add("the watch over the others", () => watch.stop());
  watch.start();
}

/**
 * Calls whose outcome nobody saw, settled by what Asterisk's logs prove; and the heartbeats in those logs, without which
 * they prove nothing. A test call beside a running `serve` leaves both to it.
 */
function findEvidence(starting: Starting): void {
  const { logger, options, parts } = starting;
  const { pool, telephone } = parts;
  if (options.onlyCampaign) return;
  regularly(starting, "the heartbeats", beatEveryMs, () =>
    Promise.all(telephone.nodes.map(({ witness }) => witness.beat())),
  );
  regularly(starting, "the search for evidence", evidenceEveryMs, () =>
    settleUnknown({
      ...{ attempts: createUnknownAttempts(pool), dispositionOf, clock, log: logger },
      witnessOf: ({ node }) => telephone.nodes.find(({ name }) => name === node)?.witness ?? null,
      campaign: (id) => campaignById(pool, id),
      rules: options.rehearsal ? rehearsalEvidenceRules : usualEvidenceRules,
    }),
  );
}

async function runJobs(starting: Starting): Promise<void> {
  const { options, logger, order, fail, parts, watching } = starting;
  const { pool, owner } = parts;
  const measured = { ...parts, stories: watching.measured(parts.stories) };
  const tasks = { ...keepingTasks(measured, logger), ...wordTasks(parts, logger) };
  const onlyInstance = options.rehearsal !== undefined;
  const jobs = await createJobRunner(pool, tasks, { concurrency: 2, owner, onlyInstance, logger });
  order.add("jobs under way", () => jobs.stop());
  void jobs.failed.then(fail);
  // What another instance was at when it died; the queue by itself would wait four hours.
  regularly(starting, "the releasing of dead instances' jobs", releaseJobsEveryMs, () =>
    releaseAbandonedJobs(pool, { owner, onlyInstance }),
  );
}

/** From now on, and again after each `everyMs`, until the app stops. @param name of what is stopped then */
function regularly(
  { logger, order }: Pick<Starting, "logger" | "order">,
  name: string,
  everyMs: number,
  work: () => Promise<unknown>,
): void {
  const periodic = createPeriodic(clock, everyMs, work, (thrown) =>
    logger.error({ problem: messageOf(thrown) }, `${name} failed`),
  );
  order.add(name, () => periodic.stop());
  periodic.start();
}

/** What the trusts keep no longer goes: first at the start, then every hour. Several copies at it do no harm. */
export function letGo(
  starting: Pick<Starting, "logger" | "order"> & {
    settings: Pick<Settings, "backupDays">;
    parts: Pick<Parts, "pool" | "store">;
  },
): void {
  const { settings, logger, parts } = starting;
  const { pool, store } = parts;
  const rows = createErasureRows(pool, { backupDays: settings.backupDays });
  regularly(starting, "the erasing of what is kept no longer", letGoEveryMs, async () => {
    const { stories, visits } = await runRetention(pool, (storyId, why) =>
      eraseStory({ rows, store, logger }, storyId, why),
    );
    if (stories + visits > 0) logger.info({ stories, visits }, "what is kept no longer was erased");
  });
}

/** Many connections count visits, each for itself. */
function foldCounts(starting: Starting): void {
  const { pool } = starting.parts;
  regularly(starting, "the putting together of visits' counts", foldCountsEveryMs, () =>
    foldVisitCounts(pool),
  );
}

function sweepSpool(starting: Starting): void {
  const { logger, parts } = starting;
  const { pool, telephone, stories } = parts;
  const keepStories = (callId: string) => queueKeepStory(pool, callId);
  for (const { name, connection } of telephone.nodes) {
    const log = logger.child({ node: name });
    const hasten = () =>
      hastenKeepStories(pool, name).catch((thrown) =>
        log.error(
          { problem: messageOf(thrown) },
          "stories wait for the next sweep, though their Asterisk is back",
        ),
      );
    connection.onChange((state) => void (state === "ready" && hasten()));
  }
  // One that is away is swept when it is back; the alerts tell of it.
  regularly(starting, "the sweep for recordings", sweepEveryMs, async () => {
    for (const { name, spool, connection } of telephone.nodes) {
      if (connection.state !== "ready") continue;
      // Staff calls throw their own away.
      const list = async () => (await spool.list()).filter((recording) => staffCallOf(recording) === null);
      const ofPatients = { list, remove: spool.remove };
      await sweepOnce({
        spool: ofPatients,
        rows: stories,
        keepStories,
        logger: logger.child({ node: name }),
      });
    }
  });
}

/** A promise whose time has passed is called broken at once, also where nothing may be dialled. */
function watchPromises(starting: Starting): void {
  const { logger, options, parts } = starting;
  if (options.onlyCampaign) return;
  const book = createPromiseBook(parts.pool);
  regularly(starting, "the watch over promises", promisesEveryMs, async () => {
    const broken = await noteBrokenPromises(book);
    if (broken > 0) logger.error({ broken }, "calls that were promised were not made in time");
  });
}

/** What staff ask for on the draft's page; beside the calls, and only where these leave room. */
function walkDrafts({ settings, logger, order, options, parts: { pool, owner } }: Starting): void {
  if (options.onlyCampaign) return;
  const desk = createReleaseDesk({
    ...{ within: (work) => inTransaction(pool, work), check: checkBeside },
    folders: () => readFolders(settings),
  });
  const nodes = createNodeDesk(pool, { kind: "job", id: owner });
  const walks = createDraftWalks({
    ...{ work: createWalkWork(pool, owner), clock, logger },
    draft: () => desk.draft(),
    keepWalk: (report) => desk.keepWalk(report),
    begin: (files) => walkBeside(files, settings.rehearsalAsterisk),
    mayGoOn: async () => leavesRoomForRehearsals(await nodes.list()),
  });
  order.add("a walk of the draft", () => walks.stop());
  walks.start();
}

function dial(starting: Starting): void {
  const { options, voices, logger, order, watching, calls, parts } = starting;
  const { telephone, answers, trunkPace: trunk } = parts;
  const { writes } = answers;
  const ledger = { ...preparing(parts.ledger, voices), end: writes.endAttempt };
  const ciphers = createCiphers(starting.settings.dataKey);
  const allowNumbers = options.rehearsal?.allowNumbers ?? new Set<string>();
  const runner = {
    ...{ ...callRunner(voices, writes.log, logger), times: watching.times, allowNumbers },
    callers: parts.trunkBook.callers,
    fieldsOf: (visitId: string) => fieldsOf(parts.pool, ciphers, visitId),
    hashPhone: (e164: string) => ciphers.hash("phone", e164).toString("hex"),
  };
  const inbound = answerCalls(starting, runner);
  const dialer = createDialer({
    ...{ ledger, telephone, clock, log: logger, dispositionOf, trunk },
    runCall: (call) => runCall(runner, call),
    lostCall: ({ id }) =>
      endLostCall({ log: writes.log, stateOf: (call) => callState(parts.pool, call) }, id),
    faultsOf: ({ name, settings, rehearsal }) =>
      cannotSay(settings, voices.live, {
        ...{ forPatients: !options.rehearsal && !rehearsal, campaign: name },
      }),
    allowNumbers,
    gate: watching.notDialling,
    freeCapacity: () => telephone.freeCapacity,
    onEvent: watching.onEvent,
  });
  const staff = makeStaffCalls(starting, runner);
  calls.underWay = () => dialer.live + inbound() + staff();
  const stop = async () => {
    const withinMs = options.rehearsal ? rehearsalEndsWithinMs : callsEndWithinMs;
    const { unfinished } = await dialer.stop({ withinMs });
    if (unfinished > 0) logger.warn({ unfinished }, "calls were still going on when we stopped");
  };
  order.add("calls under way", stop, callsEndWithinMs + 30_000);
  watchOthers(starting, dialer);
  dialer.start();
}

/** The release that a visit keeps is loaded while its telephone rings, and not while somebody waits for a word. */
const preparing = (ledger: Parts["ledger"], voices: Voices): Parts["ledger"] => ({
  ...ledger,
  claim: async (campaign, limit) => {
    const attempts = await ledger.claim(campaign, limit);
    for (const { release } of attempts) voices.of(release ?? null).catch(() => {});
    return attempts;
  },
});

const callRunner = (
  voices: Voices,
  log: CallRunner["log"],
  logger: Logger,
): Omit<CallRunner, "hashPhone" | "allowNumbers" | "fieldsOf"> => ({
  ...{ voices, log, clock, logger },
  callbackTimes: async ({ settings }, count) => {
    const now = clock.now();
    const spans = permittedSpans(settings.callingHours, now, 14);
    return callbackTimes({ now, spans, count, policy: settings.callbacks });
  },
});
