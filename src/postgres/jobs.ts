import { type Runner, type RunnerOptions, run, type TaskList } from "graphile-worker";
import type { Pool } from "pg";
import type { Logger } from "#lib/logger.ts";
import { toGraphileLogger } from "./job-log.ts";
import { type Db, oneRow } from "./rows.ts";

/** What a queue holds. Jobs may run twice, and each says so by its key: one that waits already is not queued again. */
export interface JobPayloads {
  "keep-story": { callId: string };
  transcribe: { storyId: string };
}

export type JobName = keyof JobPayloads;

/** Throw to have the job tried again, later and later (e, e^2, ... up to e^10 seconds), 25 times in all. */
export type JobTasks = {
  [Name in JobName]?: (payload: JobPayloads[Name], signal: AbortSignal) => Promise<void>;
};

export const queueKeepStory = (db: Db, callId: string) => queue(db, "keep-story", { callId }, callId);
export const queueTranscription = (db: Db, storyId: string) => queue(db, "transcribe", { storyId }, storyId);

/** In the transaction of the row that needs the job. */
async function queue<Name extends JobName>(
  db: Db,
  name: Name,
  payload: JobPayloads[Name],
  id: string,
): Promise<void> {
  await db.query("select graphile_worker.add_job($1, payload => $2, job_key => $3)", [
    name,
    JSON.stringify(payload),
    `${name}:${id}`,
  ]);
}

export interface JobRunnerOptions {
  /** How many jobs at a time. */
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
}

/** Runs the jobs of `tasks`; others stay in the queue. Starts within milliseconds of the transaction that queued one. */
export async function createJobRunner(
  pool: Pool,
  tasks: JobTasks,
  options: JobRunnerOptions,
): Promise<JobRunner> {
  await releaseAbandonedJobs(pool, options.onlyInstance ?? false);
  const taskList = toTaskList(tasks);
  const runners: Runner[] = [];
  for (let number = 1; number <= options.concurrency; number++) {
    const runner = await run(asNamedWorker(`${options.owner}/${number}`, pool, taskList, options.logger));
    runners.push(runner);
  }
  return { stop: async () => void (await Promise.all(runners.map((runner) => runner.stop()))) };
}

function toTaskList(tasks: JobTasks): TaskList {
  const list: TaskList = {};
  for (const [name, task] of Object.entries(tasks)) {
    const run = task as (payload: unknown, signal: AbortSignal) => Promise<void>;
    list[name] = (payload, helpers) => run(payload, helpers.abortSignal);
  }
  return list;
}

/** A worker can be named where it is alone in its runner, though the types of graphile-worker 0.18 leave that out. */
function asNamedWorker(workerId: string, pgPool: Pool, taskList: TaskList, logger: Logger): RunnerOptions {
  const options: RunnerOptions & { workerId: string } = {
    workerId,
    pgPool,
    taskList,
    concurrency: 1,
    noHandleSignals: true,
    logger: toGraphileLogger(logger),
  };
  return options;
}

/**
 * Unlocks the jobs of processes that are no more; the queue by itself would wait four hours for them.
 * @returns how many workers' jobs were unlocked
 */
export async function releaseAbandonedJobs(pool: Pool, onlyInstance: boolean): Promise<number> {
  const row = await oneRow<{ workers: number }>(
    pool,
    `with gone as (
       select array_agg(distinct j.locked_by) as workers from graphile_worker._private_jobs j
       where j.locked_by is not null and ($1 or not exists (
         select from housekeeping.instance i where i.owner = split_part(j.locked_by, '/', 1) and i.dead_at is null
           and i.alive_until > clock_timestamp()))
     )
     select coalesce(array_length(workers, 1), 0) as workers, graphile_worker.force_unlock_workers(workers) from gone`,
    [onlyInstance],
  );
  return row.workers;
}
