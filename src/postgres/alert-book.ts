import type { Pool } from "pg";
import type { AlertEntry } from "#alerts/decide.ts";
import type { AlertBook, Channel, OutgoingAlert } from "#alerts/ports.ts";
import { wording } from "#alerts/wording.ts";
import { queueAlert } from "./jobs.ts";
import { type Db, maybeRow, oneRow, rows } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

/** Any number that no other program uses for its lock. */
const LOCK = 4_832_773_229;

/** @param channels by which people are told; with none, alerts are noted and shown by metrics all the same */
export const createAlertBook = (pool: Pool, channels: Channel[]): AlertBook => ({
  settle: (decide) =>
    inTransaction(pool, async (tx) => {
      await tx.query("select pg_advisory_xact_lock($1)", [LOCK]);
      await forgetOld(tx);
      const known = await rows<AlertEntry>(
        tx,
        `select kind, subject, since, told_at as "toldAt", resolved_at as "resolvedAt" from housekeeping.alert`,
      );
      const { entries, messages } = decide(known);
      for (const { kind, subject, since, toldAt, resolvedAt } of entries) {
        await tx.query(
          `insert into housekeeping.alert (kind, subject, since, told_at, resolved_at) values ($1, $2, $3, $4, $5)
           on conflict (kind, subject) do update
             set since = excluded.since, told_at = excluded.told_at, resolved_at = excluded.resolved_at`,
          [kind, subject, since, toldAt, resolvedAt],
        );
      }
      for (const message of messages) {
        const { id } = await oneRow<{ id: string }>(
          tx,
          "insert into housekeeping.alert_message (kind, event, body) values ($1, $2, $3) returning id",
          [message.kind, message.event, wording(message)],
        );
        for (const channel of channels) await queueAlert(tx, { messageId: id, channel });
      }
    }),
});

/** What happened is remembered for longer than it is looked for (a day), so that it is told once. */
async function forgetOld(db: Db): Promise<void> {
  await db.query("delete from housekeeping.alert where resolved_at < clock_timestamp() - interval '7 days'");
  await db.query(
    "delete from housekeeping.alert_message where created_at < clock_timestamp() - interval '90 days'",
  );
}

/** Null where it is gone. */
export const alertMessage = (db: Db, id: string): Promise<OutgoingAlert | null> =>
  maybeRow<{ body: OutgoingAlert; createdAt: Date }>(
    db,
    `select body, created_at as "createdAt" from housekeeping.alert_message where id = $1`,
    [id],
  ).then((row) => row && { ...row.body, id, at: row.createdAt.toISOString() });
