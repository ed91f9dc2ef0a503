import type { Pool } from "pg";
import type { Campaign } from "#campaign/campaign.ts";
import { longestCallSeconds } from "#campaign/longest-call.ts";
import type { ClaimedAttempt, CommitToRing } from "#campaign/ports.ts";
import { capRefusals, type Refusal } from "#campaign/refusals.ts";
import type { Ciphers } from "./ciphers.ts";
import { putOffUntil, ruleCount, ruleValues, STOPPED, settled, staffCallTo, whyNot } from "./gates.ts";
import { changed, maybeRow } from "./rows.ts";
import { inTransaction, type Tx } from "./transaction.ts";

export interface RingingParty {
  owner: string;
  /** A lease that ends sooner than this is not worth a call: we may be declared dead while it is dialled. */
  marginMs: number;
  ciphers: Ciphers;
  /** The Asterisk on which it is to be dialled. */
  node: string;
  /** Of those that staff have named; null: the node's own. */
  trunk: string | null;
  /** Of all campaigns together, in the local day of the one that dials; null: no limit. */
  maxCallsADay: number | null;
  /** The number that a trust's calls show, where staff have named one. */
  callers: ReadonlyMap<string, string>;
}

const [attempt, owner, margin, ourCalls, calls, cost, perMinute, node, trunk] = [
  1, 2, 3, 4, 5, 6, 7, 8, 9,
].map((place) => `$${ruleCount + place}`);

/** Attempts of the local day that holds the instant, whoever's or the campaign's own. */
const dialledToday = "o.dialed_at >= lower(g.day) and o.dialed_at < upper(g.day)";
const spentToday = `(select coalesce(sum(ceil(greatest(1,
      extract(epoch from coalesce(o.ended_at, g.now) - o.answered_at) / 60))), 0) * ${perMinute}::float8
    from attempt o where o.campaign_id = $1 and ${dialledToday} and o.answered_at is not null)`;

/** The last check, and the step itself, in one statement, at one instant of the database's clock. */
const COMMIT = {
  name: "commit-to-ring",
  text: `
  with gate as materialized (
    select g.*, case
        when v.status <> 'calling' then 'visit-' || v.status
        when ${STOPPED} then 'stopped-by-staff'
        when c.status <> 'running' then 'campaign-' || c.status
        when g.day is null then 'outside-calling-hours'
        when i.owner is null then 'lease-expired'
        when exists (select from call k
          where k.phone_hmac = v.phone_hmac and k.direction = 'inbound' and k.ended_at is null) then 'on-the-line-with-us'
        when ${staffCallTo("v.phone_hmac")} then 'in-a-staff-call'
        when exists (select from housekeeping.node n where n.name = ${node} and n.draining_since is not null)
          then 'node-draining'
        when ${calls}::int is not null and ${calls} <= (select count(*) from attempt o where o.campaign_id = $1 and ${dialledToday})
          then 'campaign-calls-a-day'
        when ${ourCalls}::int is not null and ${ourCalls} <= (select count(*) from attempt o where ${dialledToday})
          then 'installation-calls-a-day'
        when ${cost}::float8 is not null and ${cost} <= ${spentToday} then 'campaign-cost-a-day'
        else ${whyNot("g.now", "g.day")}
      end as because, v.phone_enc
    from (
      select t.now, a.id, a.visit_id, a.owner, p.span, p.day
      from attempt a cross join (select clock_timestamp() as now offset 0) t
        left join lateral (
          select span, day from permitted_span where campaign_id = $1 and span @> t.now limit 1) p on true
      where a.id = ${attempt} and (a.state = 'intent') is true and a.owner = ${owner}
        -- "Is true", and not "=": they would lead to an index of all open attempts, where one by its id is asked for.
        and a.campaign_id is not distinct from $1
    ) g
    join visit v on v.id = g.visit_id
    join campaign c on c.id = $1
    left join housekeeping.instance i on i.owner = g.owner and i.dead_at is null
      and i.alive_until > g.now + ${margin} * interval '1 ms'
  ),
  rung as (
    update attempt a set state = 'dialing', dialed_at = g.now, node = ${node}, trunk = ${trunk}, permitted = g.span,
      entity_id = (select l.entity_id from housekeeping.node_link l where l.owner = a.owner and l.node = ${node})
    from gate g where a.id = g.id and (a.state = 'intent') is true and a.owner = ${owner} and g.because is null
    returning a.channel_id
  )
  select g.because, g.day::text as day, r.channel_id as "channelId", g.phone_enc as "phoneEnc"
  from gate g left join rung r on true`,
};

interface Seen {
  because: Refusal | null;
  day: string | null;
  /** Null where it is not to ring. */
  channelId: string | null;
  phoneEnc: Buffer;
}

export async function commitToRing(
  pool: Pool,
  party: RingingParty,
  claimed: ClaimedAttempt,
  campaign: Campaign,
): Promise<CommitToRing> {
  const seen = await commit(pool, party, claimed, campaign);
  if (!seen || (!seen.channelId && !seen.because)) return { kind: "refused", because: "not-ours" };
  if (!seen.channelId) return { kind: "refused", because: await refuse(pool, party, claimed, seen) };
  const { ringSeconds } = campaign.settings;
  const callerNumber = party.callers.get(campaign.trust) ?? campaign.settings.callerNumber;
  const phone = party.ciphers.decrypt("phone", seen.phoneEnc);
  const maxCallSeconds = longestCallSeconds(campaign.settings);
  const order = {
    attemptId: claimed.id,
    channelId: seen.channelId,
    phone,
    callerNumber,
    ringSeconds,
    maxCallSeconds,
    node: party.node,
  };
  return { kind: "committed", order };
}

/**
 * Where calls of the day are counted, one commits after the other, so that no two see the same last place free: the
 * lock comes in a statement of its own, for a statement sees what was there when it began.
 */
function commit(
  pool: Pool,
  party: RingingParty,
  claimed: ClaimedAttempt,
  campaign: Campaign,
): Promise<Seen | null> {
  const { maxCallsADay, maxCostADayPence, costPerMinutePence } = campaign.settings;
  const values = [
    ...[...ruleValues(campaign), claimed.id, party.owner, party.marginMs],
    ...[party.maxCallsADay, maxCallsADay, maxCostADayPence, costPerMinutePence, party.node, party.trunk],
  ];
  const counted = [
    ...(party.maxCallsADay === null ? [] : ["all campaigns"]),
    ...(maxCallsADay === null && maxCostADayPence === null ? [] : [campaign.id]),
  ];
  if (counted.length === 0) return maybeRow<Seen>(pool, COMMIT, values);
  return inTransaction(pool, async (tx) => {
    for (const whose of counted)
      await tx.query("select pg_advisory_xact_lock(hashtextextended('calls of the day ' || $1, 0))", [whose]);
    return maybeRow<Seen>(tx, COMMIT, values);
  });
}

const SETTLE = `
  update visit v set ${settled("$2::text", putOffUntil("$2::text", "clock_timestamp()", "$3::tstzrange"))}
  where v.id = $1 and v.status = 'calling' returning v.status`;

/** Closes the attempt, in words that `hearback why` can show, and gives the visit back as its reason has it. */
const refuse = (
  pool: Pool,
  party: RingingParty,
  { id: attemptId, visitId, campaignId }: ClaimedAttempt,
  { because, day }: Seen,
): Promise<Refusal> =>
  inTransaction(pool, async (tx) => {
    // The visit before the attempt, as claim.ts takes them: the other way round the two can deadlock.
    await tx.query("select from visit where id = $1 for no key update", [visitId]);
    const closed = await changed(
      tx,
      `update attempt set state = 'refused', refused_because = $2, ended_at = clock_timestamp()
       where id = $1 and state = 'intent' and owner = $3`,
      [attemptId, because, party.owner],
    );
    if (closed === 0 || because === null) return "not-ours";
    const visit = await maybeRow<{ status: string }>(tx, SETTLE, [visitId, because, day]);
    if (visit?.status === "done") await withdrawPromise(tx, visitId);
    if ((capRefusals as readonly Refusal[]).includes(because)) await cap(tx, campaignId, because, day);
    return because;
  });

const withdrawPromise = (tx: Tx, visitId: string) =>
  tx.query("update callback set state = 'withdrawn' where state = 'promised' and visit_id = $1", [visitId]);

/** So that nothing more is claimed, only to be refused, before the day is over. */
const cap = (tx: Tx, campaignId: string, because: Refusal, day: string | null) =>
  tx.query("update campaign set capped_until = upper($3::tstzrange), capped_because = $2 where id = $1", [
    campaignId,
    because,
    day,
  ]);
