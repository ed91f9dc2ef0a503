import type { Pool } from "pg";
import { fill, fullAt, spend } from "#campaign/pacing.ts";
import type { TrunkPace } from "#campaign/ports.ts";
import { afterCalls, sharesInTurn, type TrunkBreaker } from "#campaign/trunk-breaker.ts";
import type { Clock } from "#lib/clock.ts";
import { changed, maybeRow, oneRow, rows } from "./rows.ts";
import { inTransaction, type Tx } from "./transaction.ts";

interface PaceRow extends TrunkBreaker {
  nowMs: number;
  /** Staff have taken it out of use (trunk-desk.ts). */
  draining: boolean;
  tokens: number;
  filledMs: number;
}

const READ = {
  name: "trunk-pace",
  text: `
  select extract(epoch from clock_timestamp())::float8 * 1000 as "nowMs", tokens,
    extract(epoch from filled_at)::float8 * 1000 as "filledMs", share, ended, refused,
    extract(epoch from since)::float8 * 1000 as "sinceMs", draining_since is not null as draining
  from housekeeping.trunk_pace where trunk = $1 for no key update`,
};

const WRITE = {
  name: "write-trunk-pace",
  text: `
  update housekeeping.trunk_pace
  set tokens = $2, filled_at = to_timestamp($3::float8 / 1000), share = $4, ended = $5, refused = $6,
    since = to_timestamp($7::float8 / 1000)
  where trunk = $1`,
};

const DRAINING = {
  name: "draining-trunks",
  text: "select trunk from housekeeping.trunk_pace where draining_since is not null",
};

type Seen = Pick<TrunkBreaker, "ended" | "refused">;
const nothing: Seen = { ended: 0, refused: 0 };
const both = (a: Seen, b: Seen): Seen => ({ ended: a.ended + b.ended, refused: a.refused + b.refused });

/** A trunk that staff take out of use begins no more calls this much later, also where nobody was due meanwhile. */
const lookEveryMs = 1_000;

export interface TrunkPaceOptions {
  /** In the order in which they are chosen; at least one. */
  trunks: readonly string[];
  /** They are named by staff, and calls go by the one that is chosen; else the only one is each node's own. */
  chooses: boolean;
  /** Over all of them. */
  callsPerSecond: number;
  clock: Pick<Clock, "monotonicMs">;
}

/** One row a trunk, which whoever starts calls locks for a moment, in their order; times are the database's. */
export function createTrunkPace(
  pool: Pool,
  { trunks, chooses, callsPerSecond, clock }: TrunkPaceOptions,
): TrunkPace {
  let seen = new Map<string, Seen>();
  let share = 1;
  /**
   * Taken, and not used: a loop that finds nothing due neither asks again nor takes from others. Never more than a trunk's
   * bucket holds, whoever gives back: a night's would go out in one breath in the morning.
   */
  let saved: readonly string[] = [];
  const mostSaved = Math.floor(fullAt(callsPerSecond));
  let lookedMs = Number.NEGATIVE_INFINITY;
  /** Those that have been taken out of use since. */
  const leaveOutDraining = async (): Promise<void> => {
    if (saved.length === 0 || clock.monotonicMs() - lookedMs < lookEveryMs) return;
    const out = new Set((await rows<{ trunk: string }>(pool, DRAINING)).map(({ trunk }) => trunk));
    lookedMs = clock.monotonicMs();
    saved = saved.filter((trunk) => !out.has(trunk));
  };
  return {
    chooses,
    giveBack: (unused) => {
      for (const trunk of unused)
        if (saved.filter((one) => one === trunk).length < mostSaved) saved = [...saved, trunk];
    },
    told: (trunk, refused) => {
      const name = trunk ?? trunks[0]!;
      seen.set(name, both(seen.get(name) ?? nothing, { ended: 1, refused: Number(refused) }));
    },
    take: async (most) => {
      await leaveOutDraining();
      if (saved.length > 0) {
        const taken = saved.slice(0, most);
        saved = saved.slice(most);
        return taken;
      }
      const news = seen;
      seen = new Map();
      try {
        const taken = await inTransaction(pool, (tx) =>
          takeInTurn(tx, { trunks, callsPerSecond, news, most }),
        );
        share = taken.share;
        lookedMs = clock.monotonicMs();
        return taken.calls;
      } catch (thrown) {
        for (const [name, old] of news) seen.set(name, both(seen.get(name) ?? nothing, old));
        throw thrown;
      }
    },
    get callsPerSecond() {
      return callsPerSecond * share;
    },
    get share() {
      return share;
    },
  };
}

interface Taking extends Pick<TrunkPaceOptions, "trunks" | "callsPerSecond"> {
  news: ReadonlyMap<string, Seen>;
  most: number;
}

/** A trunk that nobody has called by. */
async function begin(tx: Tx, trunk: string): Promise<PaceRow> {
  const sql =
    "insert into housekeeping.trunk_pace (trunk, tokens) values ($1, 1) on conflict (trunk) do nothing";
  await changed(tx, sql, [trunk]);
  return oneRow<PaceRow>(tx, READ, [trunk]);
}

/** Each trunk gets what those before it do not carry, and one that is out of use nothing. */
async function takeInTurn(
  tx: Tx,
  { trunks, callsPerSecond, news, most }: Taking,
): Promise<{ calls: string[]; share: number }> {
  const read: { trunk: string; row: PaceRow; breaker: TrunkBreaker }[] = [];
  for (const trunk of trunks) {
    const row = (await maybeRow<PaceRow>(tx, READ, [trunk])) ?? (await begin(tx, trunk));
    read.push({ trunk, row, breaker: afterCalls(row, news.get(trunk) ?? nothing, row.nowMs) });
  }
  // What one that is out of use would carry goes by those after it, as with one that refuses all; where none is left,
  // no call begins.
  const shares = sharesInTurn(read.map(({ row, breaker }) => (row.draining ? 0 : breaker.share)));
  const calls: string[] = [];
  for (const [index, { trunk, row, breaker }] of read.entries()) {
    const bucket = fill(
      { tokens: row.tokens, atMs: row.filledMs },
      callsPerSecond * shares[index]!,
      row.nowMs,
    );
    const count = row.draining
      ? 0
      : Math.max(0, Math.min(most - calls.length, Math.floor(bucket.tokens + 1e-6)));
    const { tokens, atMs } = spend(bucket, count);
    const { share, ended, refused, sinceMs } = breaker;
    await changed(tx, WRITE, [trunk, tokens, atMs, share, ended, refused, sinceMs]);
    calls.push(...new Array<string>(count).fill(trunk));
  }
  return { calls, share: shares.reduce((sum, each) => sum + each, 0) };
}
