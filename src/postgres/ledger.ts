import type { Pool } from "pg";
import type { CallingSpan } from "#campaign/calling-hours.ts";
import type { AbandonedAttempt, CampaignLook, Ledger } from "#campaign/ports.ts";
import { type DamagedCampaign, runningCampaigns } from "./campaigns.ts";
import type { Ciphers } from "./ciphers.ts";
import { anyDue, claimDueVisits } from "./claim.ts";
import { commitToRing } from "./commit-to-ring.ts";
import { endAttempt } from "./end-attempt.ts";
import { declareDead, keepAlive, type Lease, renewLease, takeFromDead, usualLease } from "./instances.ts";
import { changed, oneRow } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

export interface LedgerOptions {
  /** A name that no other process has ever used (lib/ids.ts newName). */
  owner: string;
  ciphers: Ciphers;
  /** When one is taken for dead, and by whom (instances.ts); `usualLease` where nothing is said. */
  leaseMs?: number;
  silentMs?: number;
  steadyMs?: number;
  watchMs?: number;
  /** The Stasis application under which we dial. */
  app?: string;
  /** No other process uses this database: whatever another name left open is abandoned. */
  onlyInstance?: boolean;
  /** Of all campaigns together; null or absent: no limit. */
  maxCallsADay?: number | null;
  /** The number that a trust's calls show, whatever its campaigns say; by the trust's name. */
  callers?: ReadonlyMap<string, string>;
  /** Told of running campaigns whose settings cannot be read, whenever they are looked at. */
  onDamaged?(campaign: DamagedCampaign): void;
}

export interface PostgresLedger extends Ledger {
  /** How we live, for whoever keeps us alive (instance-lease.ts). */
  lease: Lease;
  /** Throws `instance_replaced` when others have taken over our calls. */
  renewLeases(): Promise<void>;
  /** The first half of `takeOverAbandoned`: what the dead left on a disk can be read before their calls are taken. */
  declareDead(): Promise<number>;
  /** The second half. */
  takeFromDead(): Promise<AbandonedAttempt[]>;
}

/** The campaign stage's memory: every step of an attempt is one guarded statement, or one transaction. */
export function createLedger(pool: Pool, options: LedgerOptions): PostgresLedger {
  const { owner, ciphers, app = null } = options;
  const {
    leaseMs = usualLease.leaseMs,
    silentMs = usualLease.silentMs,
    steadyMs = usualLease.steadyMs,
    watchMs = usualLease.watchMs,
  } = options;
  const lease = { owner, app, leaseMs, silentMs, steadyMs, watchMs };
  const marginMs = Math.min(5_000, leaseMs / 3);
  const { maxCallsADay = null, callers = new Map() } = options;
  const party = { owner, ciphers, marginMs, maxCallsADay, callers };
  const bury = () => declareDead(pool, lease, { onlyInstance: options.onlyInstance ?? false });
  return {
    lease,
    renewLeases: () => renewLease(pool, lease),
    runningCampaigns: () => runningCampaigns(pool, options.onDamaged),
    writePermittedSpans: (campaignId, spans) => writePermittedSpans(pool, campaignId, spans),
    look: (campaignId) => oneRow<CampaignLook>(pool, LOOK, [campaignId]),
    claim: async (campaign, limit) => {
      await keepAlive(pool, lease);
      return claimDueVisits(pool, campaign, limit, owner);
    },
    commitToRing: (attempt, campaign, node, trunk = null) =>
      commitToRing(pool, { ...party, node, trunk }, attempt, campaign),
    ringing: (attemptId) => ringing(pool, owner, attemptId),
    end: async (attempt, ending) => void (await endAttempt(pool, owner, attempt, ending)),
    declareDead: bury,
    takeOverAbandoned: async () => {
      await bury();
      return takeFromDead(pool, lease);
    },
    takeFromDead: () => takeFromDead(pool, lease),
  };
}

/** Replaces all spans of the campaign; empty ones are left out. A cap that was reached is looked at anew. */
const writePermittedSpans = (pool: Pool, campaignId: string, spans: CallingSpan[]): Promise<void> =>
  inTransaction(pool, async (tx) => {
    await tx.query("update campaign set capped_until = null, capped_because = null where id = $1", [
      campaignId,
    ]);
    await tx.query("delete from permitted_span where campaign_id = $1", [campaignId]);
    await tx.query(
      `insert into permitted_span (campaign_id, trust, unit, span, day)
       select distinct c.id, c.trust, c.unit, tstzrange(s.starts, s.ends), tstzrange(s.day_starts, s.day_ends)
       from campaign c, unnest($2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[])
         as s (starts, ends, day_starts, day_ends)
       where c.id = $1 and s.starts < s.ends`,
      [
        campaignId,
        ...[spans.map(({ from }) => from), spans.map(({ to }) => to)],
        ...[spans.map(({ day }) => day.from), spans.map(({ day }) => day.to)],
      ],
    );
  });

const LOOK = {
  name: "campaign-look",
  text: `select ${anyDue("$1")} as due, (select count(*)::int from attempt
    where campaign_id = $1 and state in ('intent', 'dialing', 'live')) as "inFlight"`,
};

async function ringing(pool: Pool, owner: string, attemptId: string): Promise<void> {
  await changed(pool, RINGING, [attemptId, owner]);
}

const RINGING = {
  name: "attempt-rings",
  // "Is true": as in commit-to-ring.ts.
  text: `update attempt set ringing_at = clock_timestamp()
    where id = $1 and owner = $2 and (state = 'dialing') is true and ringing_at is null`,
};
