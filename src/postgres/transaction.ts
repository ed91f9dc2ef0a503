import type { Pool, PoolClient } from "pg";

/** Inside a transaction only this is in scope, so that nothing slips out of it. */
export type Tx = PoolClient;

/** Commits when `work` resolves; rolls back and rethrows when it throws. */
export async function inTransaction<T>(pool: Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  const tx = await pool.connect();
  let broken: Error | undefined;
  try {
    await tx.query("begin");
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
