/** Checks the whole history against what must hold (RELIABILITY.md 2.1), all as of one moment; changes nothing. */
import type { Pool } from "pg";
import { inTransaction, type Tx } from "#postgres/transaction.ts";
import type { Ciphers } from "#storage/ciphers.ts";
import { type AuditAnchor, brokenAudit } from "./audit-chain.ts";
import { brokenRows, invariants } from "./invariants.ts";
import { type Invite, strayInvites } from "./invites.ts";
import { damagedStories, storyFiles, strayFiles } from "./stories.ts";
import { tallied, type Verified } from "./verified.ts";

export interface VerifyOptions {
  pool: Pool;
  /** The story store's folder; null: only the database is looked at. */
  storyFolder: string | null;
  /** What a far end says that rang, with what it takes to find the numbers. */
  farEnd?: { invites: AsyncIterable<Invite>; ciphers: Pick<Ciphers, "hash"> };
  /** The end of the audit as it was noted at some time. */
  auditAnchor?: AuditAnchor | null;
  /** Nothing is to be under way any more: whatever is open is broken. */
  settled: boolean;
  now: Date;
}

const wellAfterMs = 7 * 86_400_000;

/** One finding after another, as each is known. */
export async function verify(options: VerifyOptions, told: (found: Verified) => void): Promise<Verified[]> {
  const { pool, storyFolder, farEnd, settled, now } = options;
  const files = storyFolder === null ? [] : await storyFiles(storyFolder);
  const judgedAt = settled ? new Date(now.getTime() + wellAfterMs) : now;
  const all: Verified[] = [];
  const tell = async (found: Promise<Verified>) => {
    all.push(await found);
    told(all.at(-1)!);
  };
  await inTransaction(pool, async (tx) => {
    await prepare(tx);
    for (const invariant of invariants) {
      await tell(tallied(invariant.name, invariant.says, brokenRows(tx, invariant, judgedAt)));
    }
    const unchained = brokenAudit(tx, options.auditAnchor ?? null);
    await tell(tallied("audit", "every row of the audit follows from the one before it", unchained));
    if (storyFolder !== null) {
      const damaged = damagedStories(tx, storyFolder);
      await tell(tallied("stored", "every stored story has its file, with the same hash", damaged));
      await tell(tallied("files", "every file in the story store has its row", strayFiles(tx, files)));
    }
    if (farEnd) {
      const stray = strayInvites(tx, farEnd.ciphers, farEnd.invites);
      await tell(tallied("invites", "each INVITE is that of one attempt, committed before it", stray));
    }
  });
  return all;
}

async function prepare(tx: Tx): Promise<void> {
  await tx.query("set transaction isolation level repeatable read, read only");
  await tx.query("set local idle_in_transaction_session_timeout = 0; set local statement_timeout = 0");
  // Cursors are planned for their first rows; these are read to their end.
  await tx.query("set local cursor_tuple_fraction = 1; set local work_mem = '64MB'");
}
