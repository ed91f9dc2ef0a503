/** The statement by which a batch of imported visits is written, and its parameters. */
import { setImmediate as breath } from "node:timers/promises";
import type { ImportedVisit } from "#campaign/ports.ts";
import { byteaColumn, textColumn, timestampColumn, uuidColumn } from "./binary-column.ts";
import type { Ciphers } from "./ciphers.ts";
import { sensitiveAt, suppressedBy } from "./gates.ts";

/**
 * One column a parameter, so that the statement is the same for any number of rows. Those that are not to be rung are
 * never due, and the reason is kept.
 */
export const ADD_VISITS = {
  name: "add-visits",
  text: `
  with given as (
    select r.*, coalesce(r.trust, $2) as of_trust, case
        when r.do_not_call_reason is not null then 'do-not-call'
        when ${suppressedBy("r.phone_hmac", "r.person_hmac")} then 'suppressed'
        when ${sensitiveAt("coalesce(r.trust, $2)", "r")} then 'sensitive'
        when r.expires_at <= $4 then 'expired'
      end as because
    from unnest($5::uuid[], $6::text[], $7::text[], $8::bytea[], $9::bytea[], $10::bytea[], $11::bytea[], $12::bytea[],
        $13::bytea[], $14::bytea[], $15::timestamptz[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[],
        $21::timestamptz[], $22::text[])
      as r (id, trust, visit_ref, content_hmac, phone_enc, phone_hmac, person_hmac, given_name_enc, nhs_number_enc,
        extra_enc, visit_at, site, ward, service, language, do_not_call_reason, expires_at, listed)
  ),
  added as (
    insert into visit (id, campaign_id, trust, unit, visit_ref, content_hmac, phone_enc, phone_hmac, person_hmac,
      given_name_enc, nhs_number_enc, extra_enc, visit_at, site, ward, service, language, do_not_call_reason,
      expires_at, status, disposition)
    select id, $1, of_trust, coalesce(ward, $3), visit_ref, content_hmac, phone_enc, phone_hmac, person_hmac,
      given_name_enc, nhs_number_enc, extra_enc, visit_at, site, ward, service, language, do_not_call_reason,
      expires_at, case when because is not null then 'done' else coalesce(listed, 'due') end,
      case when because is null then 'pending' when because = 'expired' then 'expired' else 'suppressed' end
    from given
    on conflict (campaign_id, visit_ref) do nothing
    returning id, trust, unit
  ),
  told as (
    insert into passed_over (visit_id, trust, unit, because)
    select a.id, a.trust, a.unit, g.because from added a join given g using (id) where g.because is not null
  )
  select count(*)::int as added from added`,
};

export interface Addition {
  campaign: { id: string; trust: string; unit: string; now: Date };
  ciphers: Ciphers;
  expires: (visit: ImportedVisit) => Date;
  newId: () => Buffer;
}

/** So many rows are encrypted at once; then whatever else waits has its turn, such as what the database answers. */
const rowsAtOnce = 50;

/** The parameters of ADD_VISITS. */
export async function additionOf(
  { campaign, ciphers, expires, newId }: Addition,
  batch: readonly ImportedVisit[],
): Promise<unknown[]> {
  const id = uuidColumn();
  const content = byteaColumn();
  const [phone, phoneHash, personHash] = [byteaColumn(), byteaColumn(), byteaColumn()];
  const [givenName, nhsNumber, extra] = [byteaColumn(), byteaColumn(), byteaColumn()];
  const [visitAt, expiresAt] = [timestampColumn(), timestampColumn()];
  const texts = Array.from({ length: 8 }, textColumn);
  for (const [place, visit] of batch.entries()) {
    if (place % rowsAtOnce === 0) await breath();
    id.add(newId());
    content.add(ciphers.hash("content", visit.content));
    phone.add(ciphers.encrypt("phone", visit.phone));
    phoneHash.add(ciphers.hash("phone", visit.phone));
    personHash.add(ciphers.hash("person", visit.person));
    givenName.add(visit.givenName === null ? null : ciphers.encrypt("given-name", visit.givenName));
    nhsNumber.add(visit.nhsNumber === null ? null : ciphers.encrypt("nhs-number", visit.nhsNumber));
    extra.add(keptOf(visit, ciphers));
    visitAt.add(visit.visitAt);
    expiresAt.add(expires(visit));
    for (const [column, text] of textsOf(visit).entries()) texts[column]!.add(text);
  }
  const [trust, visitRef, site, ward, service, language, reason, listed] = texts.map((text) => text.array());
  return [
    ...[
      campaign.id,
      campaign.trust,
      campaign.unit,
      campaign.now,
      id.array(),
      trust,
      visitRef,
      content.array(),
    ],
    ...[
      phone.array(),
      phoneHash.array(),
      personHash.array(),
      givenName.array(),
      nhsNumber.array(),
      extra.array(),
    ],
    ...[visitAt.array(), site, ward, service, language, reason, expiresAt.array(), listed],
  ];
}

/** In the order of the statement. */
const textsOf = (visit: ImportedVisit): (string | null)[] => [
  ...[visit.trust, visit.visitRef, visit.site, visit.ward, visit.service, visit.language],
  ...[visit.doNotCallReason, visit.visitStatus],
];

const keptOf = ({ extra }: ImportedVisit, ciphers: Ciphers): Buffer | null =>
  Object.keys(extra).length === 0 ? null : ciphers.encrypt("extra", JSON.stringify(extra));
