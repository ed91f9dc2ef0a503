import type { Pool } from "pg";
import type { ImportedVisit, VisitLists, VisitSink, VisitsAdded } from "#campaign/ports.ts";
import { AppError } from "#lib/errors.ts";
import type { Ciphers } from "./ciphers.ts";
import { maybeRow, rows } from "./rows.ts";
import { inTransaction, type Tx } from "./transaction.ts";

/** Where imported visits go: all of one import, or nothing of it. */
export function createVisitLists(pool: Pool, ciphers: Ciphers): VisitLists {
  return {
    withImport: (campaignId, work) =>
      inTransaction(pool, async (tx) => {
        // Reading the file may be slow; and a second import into this campaign waits for the first.
        await tx.query(
          "set local idle_in_transaction_session_timeout = '10min'; set local statement_timeout = 0",
        );
        await tx.query("select pg_advisory_xact_lock(hashtextextended('import ' || $1, 0))", [campaignId]);
        return work(await openSink(tx, ciphers, campaignId));
      }),
  };
}

interface OfCampaign {
  id: string;
  trust: string;
  unit: string;
}

async function openSink(tx: Tx, ciphers: Ciphers, campaignId: string): Promise<VisitSink> {
  const campaign = await maybeRow<OfCampaign>(tx, "select id, trust, unit from campaign where id = $1", [
    campaignId,
  ]);
  if (campaign === null)
    throw new AppError("campaign_missing", "The campaign to import into is gone.", { campaignId });
  return {
    addVisits: async (batch) => {
      const added = await insert(tx, ciphers, campaign, batch);
      if (added === batch.length) return { added, same: 0, differ: [] };
      return { added, ...(await compare(tx, ciphers, campaign, batch, added)) };
    },
  };
}

/** One column a parameter, so that the statement is the same for any number of rows. Suppressed ones are never due. */
const INSERT = {
  name: "add-visits",
  text: `
  insert into visit (campaign_id, trust, unit, visit_ref, content_hmac, phone_enc, phone_hmac, person_hmac,
    given_name_enc, nhs_number_enc, extra_enc, visit_at, site, ward, service, language, do_not_call_reason,
    status, disposition)
  select $1, coalesce(r.trust, $2), coalesce(r.ward, $3), r.visit_ref, r.content_hmac, r.phone_enc, r.phone_hmac,
    r.person_hmac, r.given_name_enc, r.nhs_number_enc, r.extra_enc, r.visit_at, r.site, r.ward, r.service, r.language,
    r.do_not_call_reason, case when s.suppressed then 'done' else 'due' end,
    case when s.suppressed then 'suppressed' else 'pending' end
  from unnest($4::text[], $5::text[], $6::bytea[], $7::bytea[], $8::bytea[], $9::bytea[], $10::bytea[], $11::bytea[],
      $12::bytea[], $13::timestamptz[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[])
    as r (trust, visit_ref, content_hmac, phone_enc, phone_hmac, person_hmac, given_name_enc, nhs_number_enc,
      extra_enc, visit_at, site, ward, service, language, do_not_call_reason),
    lateral (select r.do_not_call_reason is not null or suppressed(r.phone_hmac, r.person_hmac) as suppressed) s
  on conflict (campaign_id, visit_ref) do nothing`,
};

async function insert(
  tx: Tx,
  ciphers: Ciphers,
  campaign: OfCampaign,
  batch: ImportedVisit[],
): Promise<number> {
  const secret = (kind: "given-name" | "nhs-number", text: string | null) =>
    text === null ? null : ciphers.encrypt(kind, text);
  const column = <T>(of: (visit: ImportedVisit) => T): T[] => batch.map(of);
  const extra = ({ extra }: ImportedVisit) =>
    Object.keys(extra).length === 0 ? null : ciphers.encrypt("extra", JSON.stringify(extra));
  const result = await tx.query({
    ...INSERT,
    values: [
      campaign.id,
      campaign.trust,
      campaign.unit,
      column((v) => v.trust),
      column((v) => v.visitRef),
      column((v) => ciphers.hash("content", v.content)),
      column((v) => ciphers.encrypt("phone", v.phone)),
      column((v) => ciphers.hash("phone", v.phone)),
      column((v) => ciphers.hash("person", v.person)),
      column((v) => secret("given-name", v.givenName)),
      column((v) => secret("nhs-number", v.nhsNumber)),
      column(extra),
      column((v) => v.visitAt),
      column((v) => v.site),
      column((v) => v.ward),
      column((v) => v.service),
      column((v) => v.language),
      column((v) => v.doNotCallReason),
    ],
  });
  return result.rowCount ?? 0;
}

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
  const differ = batch
    .filter((visit) => !contents.get(visit.visitRef)?.equals(ciphers.hash("content", visit.content)))
    .map((visit) => visit.line);
  return { same: batch.length - added - differ.length, differ };
}
