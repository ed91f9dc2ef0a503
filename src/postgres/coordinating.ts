/**
 * The one door through which coordinators change things. Whose it is, is looked at as their own role in the database,
 * which meets what is theirs and nothing else; the act itself is done by the app, and told to the audit with it.
 */
import type { Pool } from "pg";
import type { AuditEntry } from "#access/audit.ts";
import type { SignedIn } from "#access/rights.ts";
import type { Campaign } from "#campaign/campaign.ts";
import { writeAudit } from "./audit-log.ts";
import { campaignById } from "./campaigns.ts";
import { maybeRow } from "./rows.ts";
import { inTransaction, type Tx } from "./transaction.ts";

/** What was done, and what the audit is to say of it; null: nothing that it keeps. */
export interface Deed<T> {
  result: T;
  audit: Pick<AuditEntry, "action" | "subject" | "reason" | "details"> | null;
}

interface Theirs<Of> {
  of: Of;
  trust: string | null;
}

/** Null where it is not there, or not theirs: the two look alike from outside. */
async function coordinating<Of, T>(
  pool: Pool,
  who: SignedIn,
  find: (tx: Tx) => Promise<Theirs<Of> | null>,
  work: (tx: Tx, of: Of) => Promise<Deed<T>>,
): Promise<T | null> {
  return inTransaction(pool, async (tx) => {
    await tx.query("select enter_room($1)", [who.userId]);
    await tx.query("set local role hearback_room");
    const found = await find(tx);
    if (!found) return null;
    await tx.query("reset role");
    const { result, audit } = await work(tx, found.of);
    if (audit)
      await writeAudit(tx, {
        ...audit,
        who: { kind: "user", id: who.userId, name: who.name },
        trust: found.trust,
      });
    return result;
  });
}

const THEIR_TRUSTS = "(select room_trusts('coordinator'))::text[]";

/** On a campaign of a trust that they coordinate. */
export const onCampaign = <T>(
  pool: Pool,
  who: SignedIn,
  campaignId: string,
  work: (tx: Tx, campaign: Campaign) => Promise<Deed<T>>,
): Promise<T | null> =>
  coordinating(
    pool,
    who,
    async (tx) => {
      const sql = `select id from campaign where id = $1 and trust = any (${THEIR_TRUSTS})`;
      if (!(await maybeRow(tx, sql, [campaignId]))) return null;
      const of = (await campaignById(tx, campaignId))!;
      return { of, trust: of.trust };
    },
    work,
  );

export interface TheirVisit {
  visitId: string;
  campaignId: string;
}

/** On a visit of a trust that they coordinate, whose ever its campaign is. */
export const onVisit = <T>(
  pool: Pool,
  who: SignedIn,
  visitId: string,
  work: (tx: Tx, visit: TheirVisit) => Promise<Deed<T>>,
): Promise<T | null> =>
  coordinating(
    pool,
    who,
    async (tx) => {
      const of = await maybeRow<TheirVisit & { trust: string }>(
        tx,
        `select id as "visitId", campaign_id as "campaignId", trust from visit
         where id = $1 and trust = any (${THEIR_TRUSTS})`,
        [visitId],
      );
      return of && { of, trust: of.trust };
    },
    work,
  );

/** Looks at a visit that is theirs to see: of a trust that they coordinate, or behind a story of theirs. */
export const seeingVisit = <T>(
  pool: Pool,
  who: SignedIn,
  visitId: string,
  look: (tx: Tx, visit: { trust: string }) => Promise<T | null>,
): Promise<T | null> =>
  coordinating(
    pool,
    who,
    async (tx) => {
      const of = await maybeRow<{ trust: string }>(tx, "select trust from visit where id = $1", [visitId]);
      return of && { of, trust: of.trust };
    },
    async (tx, of) => ({ result: await look(tx, of), audit: null }),
  );

/** In a trust that they coordinate; null as trust: on what all trusts of this Hearback share. */
export const inTrust = <T>(
  pool: Pool,
  who: SignedIn,
  trust: string | null,
  work: (tx: Tx) => Promise<Deed<T>>,
): Promise<T | null> =>
  coordinating(
    pool,
    who,
    (tx) =>
      maybeRow<Theirs<null>>(
        tx,
        `select null as of, $1::text as trust from unnest(${THEIR_TRUSTS}) as t (trust)
         where $1::text is null or t.trust = $1 limit 1`,
        [trust],
      ),
    work,
  );
