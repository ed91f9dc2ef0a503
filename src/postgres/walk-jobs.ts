/** Walks of the draft on somebody's wish: one at a time, with a lease (0036_walk_jobs.sql). */
import type { Pool } from "pg";
import type { Author } from "#release/ports.ts";
import type { WalkJob, WalkJobProgress, WalkOrders, WalkWork } from "#release/walk-jobs.ts";
import { writeAudit } from "./audit-log.ts";
import { type AuthorRow, authorOf, authorValues } from "./release-files.ts";
import { changed, maybeRow } from "./rows.ts";
import type { Tx } from "./transaction.ts";

const TABLE = "housekeeping.walk_job";
/** Without a sign of life for so long, its holder is taken for dead. */
export const leaseSeconds = 15;
/** A walk that kills whoever walks it is not begun for ever. */
const mostTakes = 3;
const longestLine = 500;
const longestProblem = 2_000;

/** @param within a transaction as whoever asks */
export const createWalkOrders = (within: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>): WalkOrders => ({
  order: (by) =>
    within(async (tx) => {
      const added = await changed(
        tx,
        `insert into ${TABLE} (author_kind, author_id, author_name) values ($1, $2, $3)
         on conflict (under_way) where under_way do nothing`,
        authorValues(by),
      );
      if (added > 0) await told(tx, by, "release-walk");
      return added > 0 ? "ordered" : "under-way";
    }),
  stop: (by) =>
    within(async (tx) => {
      const asked = await changed(
        tx,
        `update ${TABLE} set stop_asked_at = clock_timestamp() where under_way and stop_asked_at is null`,
      );
      if (asked > 0) await told(tx, by, "release-walk-stop");
      return asked > 0;
    }),
  latest: () =>
    within(async (tx) => {
      const row = await maybeRow<AuthorRow & Omit<WalkJob, "by">>(
        tx,
        `select id::text, state, author_kind, author_id, author_name, asked_at as "askedAt", ended_at as "endedAt",
           stop_asked_at is not null as stopping, problem, digest, walks, done, failed, line
         from ${TABLE} order by walk_job.id desc limit 1`,
      );
      if (row === null) return null;
      const { author_kind, author_id, author_name, ...job } = row;
      return { ...job, by: authorOf({ author_kind, author_id, author_name }) };
    }),
});

const told = (tx: Tx, who: Author, action: "release-walk" | "release-walk-stop") =>
  writeAudit(tx, {
    ...{ who, action, details: {}, trust: null, reason: null },
    subject: { kind: "release", id: "draft" },
  });

const LEASE = `clock_timestamp() + interval '${leaseSeconds} s'`;
const ABANDONED = "(state = 'waiting' or lease_until < clock_timestamp())";

const TAKE = {
  name: "take-walk",
  text: `update ${TABLE} set state = 'walking', holder = $1, lease_until = ${LEASE}, takes = takes + 1,
      walks = 0, done = 0, failed = 0, line = ''
    where under_way and ${ABANDONED}
    returning id::text, author_kind, author_id, author_name`,
};

/** @param owner the instance that walks */
export const createWalkWork = (pool: Pool, owner: string): WalkWork => ({
  take: async () => {
    await endAbandoned(pool);
    const row = await maybeRow<AuthorRow & { id: string }>(pool, TAKE, [owner]);
    return row && { id: row.id, by: authorOf(row) };
  },
  beat: (id, progress, digest) => beat(pool, { id, owner, progress, digest }),
  end: async (id, { state, problem = null }) =>
    void (await pool.query(
      `update ${TABLE} set state = $3, problem = $4, ended_at = clock_timestamp(), lease_until = null
       where id = $1 and holder = $2 and under_way`,
      [id, owner, state, problem?.slice(0, longestProblem) ?? null],
    )),
  giveBack: async (id) =>
    void (await pool.query(
      `update ${TABLE} set state = 'waiting', lease_until = null, takes = takes - 1
       where id = $1 and holder = $2 and state = 'walking'`,
      [id, owner],
    )),
});

/** Whom nobody walks for any more: stopped while nobody had it, or begun again and again. */
async function endAbandoned(pool: Pool): Promise<void> {
  const problem = `the walk was begun ${mostTakes} times, and each time whoever walked it ended in the middle`;
  await changed(pool, END_ABANDONED, [problem]);
}

const END_ABANDONED = {
  name: "end-abandoned-walks",
  text: `update ${TABLE} set state = case when stop_asked_at is null then 'failed' else 'stopped' end,
      problem = case when stop_asked_at is null then $1 end, ended_at = clock_timestamp(), lease_until = null
    where under_way and ${ABANDONED} and (stop_asked_at is not null or takes >= ${mostTakes})`,
};

interface Beat {
  id: string;
  owner: string;
  progress: WalkJobProgress;
  digest: string;
}

async function beat(pool: Pool, { id, owner, progress, digest }: Beat): Promise<"go on" | "stop" | "lost"> {
  const { walks, done, failed, line } = progress;
  const row = await maybeRow<{ stopping: boolean }>(
    pool,
    `update ${TABLE} set lease_until = ${LEASE}, walks = $3, done = $4, failed = $5, line = $6, digest = $7
     where id = $1 and holder = $2 and state = 'walking' returning stop_asked_at is not null as stopping`,
    [id, owner, walks, done, failed, line.slice(0, longestLine), digest],
  );
  if (row === null) return "lost";
  return row.stopping ? "stop" : "go on";
}
