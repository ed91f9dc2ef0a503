import type { Pool } from "pg";
import type { AuditWho } from "#access/audit.ts";
import { parseSettings } from "#campaign/campaign-settings.ts";
import { isStop, stopsPerson } from "#campaign/contact.ts";
import { expiryOf } from "#campaign/expiry.ts";
import type { ImportedVisit, VisitLists, VisitSink, VisitsAdded } from "#campaign/ports.ts";
import { AppError } from "#lib/errors.ts";
import { ADD_VISITS, additionOf } from "./add-visits.ts";
import { writeAudit } from "./audit-log.ts";
import type { Ciphers } from "./ciphers.ts";
import { idsAfter } from "./ids-in-order.ts";
import { maybeRow, oneRow, rows } from "./rows.ts";
import { type ListedPerson, stopListed, stopPeople } from "./stop-listed.ts";
import { inTransaction, type Tx } from "./transaction.ts";

/**
 * Where imported visits go: all of one import, or nothing of it.
 * @param who imports, for the audit; null where nothing is real
 */
export function createVisitLists(pool: Pool, ciphers: Ciphers, who: AuditWho | null = null): VisitLists {
  return {
    withImport: (campaignId, work) =>
      inTransaction(pool, async (tx) => {
        const { sink, campaign, counts, finish } = await beginImport(tx, ciphers, campaignId);
        const done = await work(sink);
        await finish();
        const subject = { kind: "campaign", id: campaignId };
        if (who)
          await writeAudit(tx, {
            ...{ who, action: "import", subject, trust: campaign.trust, reason: null, details: counts },
          });
        return done;
      }),
  };
}

/**
 * An import as a part of a transaction, all of which must be rolled back where it fails. `finish` comes last, near the
 * commit: what it writes is to be known to everybody in that same moment, as far as may be.
 * @throws `campaign_missing`
 */
export async function beginImport(tx: Tx, ciphers: Ciphers, campaignId: string) {
  // Reading the file may be slow; and a second import into this campaign waits for the first.
  await tx.query("set local idle_in_transaction_session_timeout = '10min'; set local statement_timeout = 0");
  await tx.query("select pg_advisory_xact_lock(hashtextextended('import ' || $1, 0))", [campaignId]);
  return openSink(tx, ciphers, campaignId);
}

interface OfCampaign {
  id: string;
  trust: string;
  unit: string;
  settings: unknown;
  now: Date;
  /** Sorts before all that are to come. */
  newestId: string;
}

async function openSink(tx: Tx, ciphers: Ciphers, campaignId: string) {
  const sql = `select id, trust, unit, settings, clock_timestamp() as now, housekeeping.new_id() as "newestId"
    from campaign where id = $1`;
  const campaign = await maybeRow<OfCampaign>(tx, sql, [campaignId]);
  if (campaign === null)
    throw new AppError("campaign_missing", "The campaign to import into is gone.", { campaignId });
  const settings = parseSettings(campaign.settings);
  const expires = (visit: ImportedVisit) => expiryOf(visit, settings, campaign.now);
  const addition = { campaign, ciphers, expires, newId: idsAfter(campaign.newestId) };
  const counts = { rows: 0, count: 0 };
  const people: ListedPerson[] = [];
  const inTurn = takingTurns();
  const sink: VisitSink = {
    addVisits: async (batch) => {
      people.push(...batch.filter(stopsPerson).map((visit) => personIn(visit, campaign, ciphers)));
      const values = additionOf(addition, batch);
      // Whoever has the next turn hears of it.
      values.catch(() => {});
      return inTurn(async () => {
        const { added } = await oneRow<{ added: number }>(tx, ADD_VISITS, await values);
        counts.rows += batch.length;
        counts.count += added;
        if (added === batch.length) return { added, same: 0, stopped: 0, ringing: 0, differ: [] };
        return { added, ...(await compare(tx, ciphers, campaign, batch, added)) };
      });
    },
    stopVisits: (stops) => inTurn(() => stopListed(tx, campaignId, stops)),
  };
  return { sink, campaign, counts, finish: () => stopPeople(tx, people) };
}

/** One piece of work after the other, as they were asked for: a batch is encrypted while the one before it is written. */
function takingTurns() {
  let before: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const turn = before.then(work);
    // What went wrong is told to whoever asked; whatever comes after it finds the transaction broken.
    before = turn.catch(() => {});
    return turn;
  };
}

const personIn = (visit: ImportedVisit, campaign: OfCampaign, ciphers: Ciphers): ListedPerson => ({
  person: ciphers.hash("person", visit.person),
  because: visit.doNotCallReason!,
  trust: visit.trust ?? campaign.trust,
  unit: visit.ward ?? campaign.unit,
});

/** What became of the rows that were not added. A row added just now is the same as itself, and is taken off. */
async function compare(
  tx: Tx,
  ciphers: Ciphers,
  campaign: OfCampaign,
  batch: ImportedVisit[],
  added: number,
): Promise<Omit<VisitsAdded, "added">> {
  const stored = await rows<{ visit_ref: string; content_hmac: Buffer }>(
    tx,
    "select visit_ref, content_hmac from visit where campaign_id = $1 and visit_ref = any($2)",
    [campaign.id, batch.map((visit) => visit.visitRef)],
  );
  const contents = new Map(stored.map((row) => [row.visit_ref, row.content_hmac]));
  const changed = batch.filter(
    (visit) => !contents.get(visit.visitRef)?.equals(ciphers.hash("content", visit.content)),
  );
  const { stopped, ringing } = await stopListed(tx, campaign.id, changed.filter(isStop));
  const differ = changed.filter((visit) => !isStop(visit)).map((visit) => visit.line);
  return { same: batch.length - added - stopped - differ.length, stopped, ringing, differ };
}
