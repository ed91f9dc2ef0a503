import type { Pool } from "pg";
import type { PermittedSpan } from "#campaign/calling-hours.ts";
import type { Ledger } from "#campaign/ports.ts";
import { runningCampaigns } from "./campaigns.ts";
import type { Ciphers } from "./ciphers.ts";
import { claimDueVisits } from "./claim.ts";
import { commitToRing } from "./commit-to-ring.ts";
import { endAttempt } from "./end-attempt.ts";
import { keepAlive, type Lease, renewLease, takeOverAbandoned, usualLease } from "./instances.ts";
import { oneRow } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

export interface LedgerOptions {
  /** A name that no other process has ever used (lib/ids.ts newName). */
  owner: string;
  ciphers: Ciphers;
  /** When one is taken for dead, and by whom (instances.ts); `usualLease` where nothing is said. */
  leaseMs?: number;
  silentMs?: number;
  steadyMs?: number;
  /** The Stasis application under which we dial. */
  app?: string;
  /** No other process uses this database: whatever another name left open is abandoned. */
  onlyInstance?: boolean;
}

export interface PostgresLedger extends Ledger {
  /** How we live, for whoever keeps us alive (instance-lease.ts). */
  lease: Lease;
  /** Throws `instance_replaced` when others have taken over our calls. */
  renewLeases(): Promise<void>;
}

/** The campaign stage's memory: every step of an attempt is one guarded statement, or one transaction. */
export function createLedger(pool: Pool, options: LedgerOptions): PostgresLedger {
  const { owner, ciphers, app = null } = options;
  const {
    leaseMs = usualLease.leaseMs,
    silentMs = usualLease.silentMs,
    steadyMs = usualLease.steadyMs,
  } = options;
  const lease = { owner, app, leaseMs, silentMs, steadyMs };
  const party = { owner, ciphers, marginMs: Math.min(5_000, leaseMs / 3) };
  return {
    lease,
    renewLeases: () => renewLease(pool, lease),
    runningCampaigns: () => runningCampaigns(pool),
    writePermittedSpans: (campaignId, spans) => writePermittedSpans(pool, campaignId, spans),
    inFlight: (campaignId) => inFlight(pool, campaignId),
    claim: async (campaign, limit) => {
      await keepAlive(pool, lease);
      return claimDueVisits(pool, campaign.id, limit, owner);
    },
    commitToRing: (attempt, campaign) => commitToRing(pool, party, attempt, campaign),
    ringing: (attemptId) => ringing(pool, owner, attemptId),
    end: (attempt, ending) => endAttempt(pool, owner, attempt, ending),
    takeOverAbandoned: () => takeOverAbandoned(pool, lease, { onlyInstance: options.onlyInstance ?? false }),
  };
}

/** Replaces all spans of the campaign; empty ones are left out. */
const writePermittedSpans = (pool: Pool, campaignId: string, spans: PermittedSpan[]): Promise<void> =>
  inTransaction(pool, async (tx) => {
    await tx.query("select from campaign where id = $1 for no key update", [campaignId]);
    await tx.query("delete from permitted_span where campaign_id = $1", [campaignId]);
    await tx.query(
      `insert into permitted_span (campaign_id, trust, unit, span)
       select distinct c.id, c.trust, c.unit, tstzrange(s.starts, s.ends)
       from campaign c, unnest($2::timestamptz[], $3::timestamptz[]) as s (starts, ends)
       where c.id = $1 and s.starts < s.ends`,
      [campaignId, spans.map(({ from }) => from), spans.map(({ to }) => to)],
    );
  });

async function inFlight(pool: Pool, campaignId: string): Promise<number> {
  const row = await oneRow<{ count: number }>(
    pool,
    `select count(*)::int as count from attempt where campaign_id = $1 and state in ('intent', 'dialing', 'live')`,
    [campaignId],
  );
  return row.count;
}

async function ringing(pool: Pool, owner: string, attemptId: string): Promise<void> {
  await pool.query(
    `update attempt set ringing_at = clock_timestamp()
     where id = $1 and owner = $2 and state = 'dialing' and ringing_at is null`,
    [attemptId, owner],
  );
}
