import type { Pool } from "pg";
import { fill, spend } from "#campaign/pacing.ts";
import type { TrunkPace } from "#campaign/ports.ts";
import { afterCalls } from "#campaign/trunk-breaker.ts";
import { oneRow } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

interface PaceRow {
  nowMs: number;
  tokens: number;
  filledMs: number;
  share: number;
  ended: number;
  refused: number;
  sinceMs: number;
}

const READ = `
  select extract(epoch from clock_timestamp())::float8 * 1000 as "nowMs", tokens,
    extract(epoch from filled_at)::float8 * 1000 as "filledMs", share, ended, refused,
    extract(epoch from since)::float8 * 1000 as "sinceMs"
  from housekeeping.trunk_pace where trunk = $1 for no key update`;

const WRITE = `
  update housekeeping.trunk_pace
  set tokens = $2, filled_at = to_timestamp($3::float8 / 1000), share = $4, ended = $5, refused = $6,
    since = to_timestamp($7::float8 / 1000)
  where trunk = $1`;

/** One row a trunk, which whoever starts calls locks for a moment; times are the database's. */
export function createTrunkPace(
  pool: Pool,
  { trunk, callsPerSecond }: { trunk: string; callsPerSecond: number },
): TrunkPace {
  let seen = { ended: 0, refused: 0 };
  let share = 1;
  /** Taken, and not used: a loop that finds nothing due neither asks again nor takes from others. */
  let saved = 0;
  return {
    giveBack: (count) => {
      saved += count;
    },
    told: (refused) => {
      seen = { ended: seen.ended + 1, refused: seen.refused + Number(refused) };
    },
    take: async (most) => {
      if (saved > 0) {
        const count = Math.min(most, saved);
        saved -= count;
        return count;
      }
      const news = seen;
      seen = { ended: 0, refused: 0 };
      try {
        const taken = await inTransaction(pool, async (tx) => {
          await tx.query(
            "insert into housekeeping.trunk_pace (trunk, tokens) values ($1, 1) on conflict (trunk) do nothing",
            [trunk],
          );
          const row = await oneRow<PaceRow>(tx, READ, [trunk]);
          const breaker = afterCalls(row, news, row.nowMs);
          const rate = callsPerSecond * breaker.share;
          const bucket = fill({ tokens: row.tokens, atMs: row.filledMs }, rate, row.nowMs);
          const count = Math.max(0, Math.min(most, Math.floor(bucket.tokens + 1e-6)));
          const { tokens, atMs } = spend(bucket, count);
          await tx.query(WRITE, [
            trunk,
            tokens,
            atMs,
            breaker.share,
            breaker.ended,
            breaker.refused,
            breaker.sinceMs,
          ]);
          return { count, share: breaker.share };
        });
        share = taken.share;
        return taken.count;
      } catch (thrown) {
        seen = { ended: seen.ended + news.ended, refused: seen.refused + news.refused };
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
