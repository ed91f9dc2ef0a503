import { EventEmitter } from "node:events";
import { run, type TaskList, type WorkerEvents } from "graphile-worker";
import type { Pool } from "pg";
import { AppError, messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import type { Looks } from "#recording/ports.ts";
import { toGraphileLogger } from "./job-log.ts";
import { patientPool } from "./patient-pool.ts";
import { type Db, oneRow } from "./rows.ts";

/** What a queue holds. Jobs may run twice, and each says so by its key: one that waits already is not queued again. */
export interface JobPayloads {
  /** `looked`: what was seen of its files the last time, where Asterisk may still be writing to one. */
  "keep-story": { callId: string; looked?: Looks };
  transcribe: { storyId: string };
  /** By an engine that is not, or not any more, the one that hears new stories. */
  "transcribe-again": { storyId: string; engine: string };
  /** The file of a story whose key is destroyed. */
  "remove-erased": { storyId: string };
  /** One message by one way to people. */
  "send-alert": { messageId: string; channel: "webhook" | "mail" };
}

export type JobName = keyof JobPayloads;

/** Throw to have the job tried again, later and later (e, e^2, ... up to e^10 seconds), 25 times in all. */
export type JobTasks = {
  [Name in JobName]?: (payload: JobPayloads[Name], signal: AbortSignal) => Promise<void>;
};

/** As queueKeepStory, in a statement of its caller's; `callId` is an SQL expression. */
export const addKeepStory = (callId: string): string =>
  `graphile_worker.add_job('keep-story', payload => json_build_object('callId', ${callId}::uuid),
     job_key => 'keep-story:' || ${callId}::uuid)`;
/** As queueTranscription, in the same way; `storyId` is a uuid. */
export const addTranscription = (storyId: string): string =>
  `graphile_worker.add_job('transcribe', payload => json_build_object('storyId', ${storyId}),
     job_key => 'transcribe:' || ${storyId})`;
export const queueKeepStory = (db: Db, callId: string) => queue(db, "keep-story", { callId }, callId);
export const queueKeepStoryAgain = (db: Db, again: JobPayloads["keep-story"], delayMs: number) =>
  queue(db, "keep-story", again, again.callId, delayMs);
export const queueTranscription = (db: Db, storyId: string, delayMs = 0) =>
  queue(db, "transcribe", { storyId }, storyId, delayMs);
export const queueTranscriptionAgain = (db: Db, again: JobPayloads["transcribe-again"], delayMs = 0) =>
  queue(db, "transcribe-again", again, `${again.engine}:${again.storyId}`, delayMs);
export const queueRemoveErased = (db: Db, storyId: string) =>
  queue(db, "remove-erased", { storyId }, storyId);

export const queueAlert = (db: Db, alert: JobPayloads["send-alert"]) =>
  queue(db, "send-alert", alert, `${alert.channel}:${alert.messageId}`);

/**
 * In the transaction of the row that needs the job. A job may so put itself back: the one under way then ends for good,
 * and the new one begins with all its tries.
 */
async function queue<Name extends JobName>(
  db: Db,
  name: Name,
  payload: JobPayloads[Name],
  id: string,
  delayMs = 0,
): Promise<void> {
  await db.query(
    `select graphile_worker.add_job($1, payload => $2, job_key => $3,
       run_at => clock_timestamp() + $4 * interval '1 ms')`,
    [name, JSON.stringify(payload), `${name}:${id}`, delayMs],
  );
}

export interface JobRunnerOptions {
  /** How many jobs at a time, besides those that wait for somebody else's service (`APART`). */
  concurrency: number;
  /** As in LedgerOptions: names our workers, so that a dead instance's jobs can be told from a living one's. */
  owner: string;
  /** No other process uses this database: whatever is locked was locked by a process that is no more. */
  onlyInstance?: boolean;
  logger: Logger;
}

export interface JobRunner {
  /** Takes no new job, and waits for those that are running; after five seconds their signals are aborted. */
  stop(): Promise<void>;
  /** Resolves where the queue breaks down by itself: no job is done any more then. */
  failed: Promise<Error>;
}

/**
 * Jobs that may wait for hours, and how many at a time: they have workers of their own, so that no story lies in
 * Asterisk because a speech engine does not answer.
 */
const APART: Partial<Record<JobName, number>> = { transcribe: 2, "transcribe-again": 1 };

/** Runs the jobs of `tasks`; others stay in the queue. Starts within milliseconds of the transaction that queued one. */
export async function createJobRunner(
  pool: Pool,
  tasks: JobTasks,
  options: JobRunnerOptions,
): Promise<JobRunner> {
  await releaseAbandonedJobs(pool, options);
  const all = Object.entries(toTaskList(tasks));
  const isApart = ([name]: [string, unknown]) => name in APART;
  const groups = [
    { tasks: all.filter((task) => !isApart(task)), concurrency: options.concurrency },
    ...all.filter(isApart).map((task) => ({ tasks: [task], concurrency: APART[task[0] as JobName] ?? 1 })),
  ].filter((group) => group.tasks.length > 0);
  const runners: JobRunner[] = [];
  for (const { tasks, concurrency } of groups)
    runners.push(await startWorkers(pool, Object.fromEntries(tasks), { ...options, concurrency }));
  return {
    stop: async () => {
      await Promise.all(runners.map((runner) => runner.stop()));
    },
    failed: Promise.race(runners.map((runner) => runner.failed)),
  };
}

async function startWorkers(pool: Pool, taskList: TaskList, options: JobRunnerOptions): Promise<JobRunner> {
  const events: WorkerEvents = new EventEmitter();
  let poolId = "";
  events.once("pool:create", ({ workerPool }) => {
    poolId = workerPool.id;
  });
  const runner = await run({
    pgPool: patientPool(pool),
    taskList,
    concurrency: options.concurrency,
    noHandleSignals: true,
    logger: toGraphileLogger(options.logger),
    events,
  });
  let stopping = false;
  const failed = Promise.withResolvers<Error>();
  const ended = (thrown?: unknown) => {
    const text = `The job queue ended by itself: ${thrown === undefined ? "nobody asked it to" : messageOf(thrown)}`;
    if (!stopping) failed.resolve(new AppError("jobs_ended", text, {}, { cause: thrown }));
  };
  runner.promise.then(() => ended(), ended);
  const stop = () => {
    stopping = true;
    return runner.stop();
  };
  try {
    await pool.query("insert into housekeeping.job_pool (pool_id, owner) values ($1, $2)", [
      poolId,
      options.owner,
    ]);
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { stop, failed: failed.promise };
}

function toTaskList(tasks: JobTasks): TaskList {
  const list: TaskList = {};
  for (const [name, task] of Object.entries(tasks)) {
    const run = task as (payload: unknown, signal: AbortSignal) => Promise<void>;
    list[name] = (payload, helpers) => run(payload, helpers.abortSignal);
  }
  return list;
}

/**
 * Unlocks the jobs of processes that are no more; the queue by itself would wait four hours for them. For a moment after
 * its start a living process is not known yet: hence the ten seconds.
 * @returns how many workers' jobs were unlocked
 */
export async function releaseAbandonedJobs(
  pool: Pool,
  { owner, onlyInstance = false }: Pick<JobRunnerOptions, "owner" | "onlyInstance">,
): Promise<number> {
  const row = await oneRow<{ workers: number }>(
    pool,
    `with gone as (
       select array_agg(distinct j.locked_by) as workers
       from graphile_worker._private_jobs j
       left join housekeeping.job_pool p on p.pool_id = j.locked_by
       left join housekeeping.instance i on i.owner = p.owner and i.dead_at is null and i.alive_until > clock_timestamp()
       where j.locked_by is not null
         and p.owner is distinct from $2
         and ($1 or (i.owner is null and j.locked_at < clock_timestamp() - interval '10 seconds'))
     )
     select coalesce(array_length(workers, 1), 0) as workers, graphile_worker.force_unlock_workers(workers) from gone`,
    [onlyInstance, owner],
  );
  return row.workers;
}

const HASTEN = `
  with waiting as (
    select array_agg(j.id) as ids from graphile_worker.jobs j
    join call k on 'keep-story:' || k.id = j.key left join attempt a on a.id = k.attempt_id
    where j.task_identifier = 'keep-story' and j.locked_at is null and j.run_at > clock_timestamp() and j.attempts > 0
      and coalesce(k.node, a.node) = $1
  )
  select r.id from waiting, graphile_worker.reschedule_jobs(ids, run_at => clock_timestamp(), attempts => 0) r`;

/**
 * An Asterisk is back: the stories that lie in it wait no longer, however often they could not be fetched. Not those that
 * were fetched, and may not be whole yet: these have not failed.
 * @returns how many jobs
 */
export const hastenKeepStories = async (db: Db, node: string): Promise<number> =>
  (await db.query(HASTEN, [node])).rows.length;

/** Jobs that are still to be done, those under way included; given-up ones are not. */
export async function waitingJobs(db: Db): Promise<number> {
  const row = await oneRow<{ count: number }>(
    db,
    "select count(*)::int as count from graphile_worker.jobs where attempts < max_attempts or locked_at is not null",
  );
  return row.count;
}
