import type { Pool, PoolClient } from "pg";

/** Inside a transaction only this is in scope, so that nothing slips out of it. */
export type Tx = PoolClient;

/** Commits when `work` resolves; rolls back and rethrows when it throws. */
export const inTransaction = <T>(pool: Pool, work: (tx: Tx) => Promise<T>): Promise<T> =>
  within(pool, "begin", work);

/**
 * As inTransaction, for the statements on every call's way: those that have a name are planned once a connection, for
 * any values. A plan made while the tables were empty would read them whole until statistics are made anew, which is
 * why whatever is not an index is shunned; and a plan for any value cannot leave out what a value of null rules out, so
 * that such a guard must say "is not null and ..." itself.
 */
export const inPlannedTransaction = <T>(pool: Pool, work: (tx: Tx) => Promise<T>): Promise<T> =>
  within(pool, "begin; set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off", work);

async function within<T>(pool: Pool, begin: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  const tx = await pool.connect();
  let broken: Error | undefined;
  try {
    await tx.query(begin);
    const result = await work(tx);
    await tx.query("commit");
    return result;
  } catch (error) {
    await tx.query("rollback").catch((lost: Error) => {
      broken = lost;
    });
    throw error;
  } finally {
    tx.release(broken);
  }
}
