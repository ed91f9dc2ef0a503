import type { Pool } from "pg";
import type { Campaign, CampaignSettings } from "#campaign/campaign.ts";
import type { ClaimedAttempt, CommitToRing } from "#campaign/ports.ts";
import type { Ciphers } from "./ciphers.ts";
import { maybeRow } from "./rows.ts";
import { inTransaction, type Tx } from "./transaction.ts";

export interface RingingParty {
  owner: string;
  /** A lease that ends sooner than this is not worth a call: we may be declared dead while it is dialled. */
  marginMs: number;
  ciphers: Ciphers;
}

/** The last check, and the step itself, in one statement and by the database's clock. */
const COMMIT = {
  name: "commit-to-ring",
  text: `
  update attempt a set state = 'dialing', dialed_at = clock_timestamp(),
    permitted = (select p.span from permitted_span p where p.campaign_id = c.id and p.span @> clock_timestamp() limit 1)
  from visit v, campaign c, housekeeping.instance i
  where a.id = $1 and a.state = 'intent' and a.owner = $2
    and i.owner = a.owner and i.dead_at is null and i.alive_until > clock_timestamp() + $3 * interval '1 ms'
    and v.id = a.visit_id and v.status = 'calling' and not suppressed(v.phone_hmac, v.person_hmac)
    and c.id = a.campaign_id and c.status = 'running'
    and exists (select from permitted_span p where p.campaign_id = c.id and p.span @> clock_timestamp())
  returning a.channel_id as "channelId", v.phone_enc as "phoneEnc"`,
};

export async function commitToRing(
  pool: Pool,
  party: RingingParty,
  attempt: ClaimedAttempt,
  campaign: Campaign,
): Promise<CommitToRing> {
  const values = [attempt.id, party.owner, party.marginMs];
  const row = await maybeRow<{ channelId: string; phoneEnc: Buffer }>(pool, COMMIT, values);
  if (row === null) return { kind: "refused", because: await refuse(pool, party, attempt) };
  const { callerNumber, ringSeconds } = campaign.settings;
  const phone = party.ciphers.decrypt("phone", row.phoneEnc);
  const maxCallSeconds = longestCallSeconds(campaign.settings);
  const order = {
    attemptId: attempt.id,
    channelId: row.channelId,
    phone,
    callerNumber,
    ringSeconds,
    maxCallSeconds,
  };
  return { kind: "committed", order };
}

/** Ringing, ten minutes of questions, and a story told in up to four parts. */
const longestCallSeconds = (settings: CampaignSettings): number =>
  Math.ceil(settings.ringSeconds + 600 + 4 * settings.storyLimitSeconds);

/** Closes the attempt, in words that `hearback why` can show, and gives the visit back as it was. */
const refuse = (
  pool: Pool,
  party: RingingParty,
  { id: attemptId, visitId }: ClaimedAttempt,
): Promise<string> =>
  inTransaction(pool, async (tx) => {
    // The visit before the attempt, as claim.ts takes them: the other way round the two can deadlock.
    await tx.query("select from visit where id = $1 for no key update", [visitId]);
    const because = await whyRefused(tx, party, attemptId);
    if (because === "not-ours") return because;
    await tx.query(
      `update attempt set state = 'refused', refused_because = $2, ended_at = clock_timestamp() where id = $1`,
      [attemptId, because],
    );
    await tx.query(
      `update visit set status = case when $2 = 'suppressed' then 'done' else 'due' end,
         disposition = case when $2 = 'suppressed' then 'suppressed' else disposition end
       where id = (select visit_id from attempt where id = $1) and status = 'calling'`,
      [attemptId, because],
    );
    if (because === "suppressed") await withdrawPromise(tx, attemptId);
    return because;
  });

const withdrawPromise = (tx: Tx, attemptId: string) =>
  tx.query(
    `update callback set state = 'withdrawn'
     where state = 'promised' and visit_id = (select visit_id from attempt where id = $1)`,
    [attemptId],
  );

async function whyRefused(tx: Tx, party: RingingParty, attemptId: string): Promise<string> {
  const row = await maybeRow<{ because: string }>(
    tx,
    `select case
       when v.status <> 'calling' then 'visit-' || v.status
       when suppressed(v.phone_hmac, v.person_hmac) then 'suppressed'
       when c.status <> 'running' then 'campaign-' || c.status
       when not exists (select from permitted_span p where p.campaign_id = c.id and p.span @> clock_timestamp())
         then 'outside-calling-hours'
       else 'lease-expired' end as because
     from attempt a join visit v on v.id = a.visit_id join campaign c on c.id = a.campaign_id
     where a.id = $1 and a.state = 'intent' and a.owner = $2
     for update of a`,
    [attemptId, party.owner],
  );
  return row?.because ?? "not-ours";
}
