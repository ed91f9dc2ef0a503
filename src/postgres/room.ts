/** A look at the database as one user: the role `hearback_room` meets only the rows that are theirs to see. */
import type { Pool } from "pg";
import { inTransaction, type Tx } from "./transaction.ts";

/** What `work` reads and writes is kept apart by row-level security (0021_listening_room.sql). */
export async function inRoom<T>(pool: Pool, userId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  return inTransaction(pool, async (tx) => {
    await tx.query("select enter_room($1)", [userId]);
    await tx.query("set local role hearback_room");
    return work(tx);
  });
}
