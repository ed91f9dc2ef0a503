import type { Pool } from "pg";
import type { CarriedOn, CutOffCaller, InboundBook, NewInboundCall, WaitingVisit } from "#call/incoming.ts";
import type { Campaign } from "#campaign/campaign.ts";
import { parseSettings } from "#campaign/campaign-settings.ts";
import type { ClaimedAttempt } from "#campaign/ports.ts";
import { languageOfVisit } from "./language-of-visit.ts";
import { lotOf, releaseOfVisit } from "./release-of-visit.ts";
import { changed, maybeRow, oneRow, rows } from "./rows.ts";
import { inTransaction, type Tx } from "./transaction.ts";

/** @param owner of this process, as the ledger's */
export const createInboundBook = (
  pool: Pool,
  owner: string,
  trustShowing: (number: string) => string | null = () => null,
): InboundBook => ({
  lineOf: (called) => lineOf(pool, called, called === null ? null : trustShowing(called)),
  lotOf: async (phoneHash) =>
    (await maybeRow<{ lot: string }>(pool, LOT, [Buffer.from(phoneHash, "hex")]))?.lot ?? phoneHash,
  begin: (call) => inTransaction(pool, (tx) => begin(tx, owner, call)),
  carryOn: (callId, goOn) => inTransaction(pool, (tx) => carryOn(tx, owner, callId, goOn)),
  endAbandoned: async () =>
    (await rows<Omit<CutOffCaller, "recordings">>(pool, END_ABANDONED, [owner])).map(
      // Nothing is recorded before a visit is carried on.
      (caller) => ({ ...caller, recordings: [] }),
    ),
});

const CAMPAIGN =
  "c.id, c.name, c.trust, c.unit, c.status, c.rehearsal, c.settings, housekeeping.pin_of(c.release) as pin";
type CampaignRow = Omit<Campaign, "release"> & { pin: number | null };

const checked = ({ pin, ...row }: CampaignRow): Campaign => ({
  ...{ ...row, release: pin },
  settings: parseSettings(row.settings, row.name),
});

/** The person of the visit that they would be asked about, or was last. */
const LOT = `select ${lotOf("v.person_hmac")} as lot from visit v where v.phone_hmac = $1
  order by v.status in ('due', 'calling') desc, v.created_at desc, v.id desc limit 1`;

/** Of several on one number, or of one trust's, the one that rings now, and then the newest: never by who calls. */
async function lineOf(pool: Pool, called: string | null, trust: string | null): Promise<Campaign | null> {
  const row = await maybeRow<CampaignRow>(
    pool,
    `select ${CAMPAIGN} from campaign c where c.status <> 'draft'
     order by $2::text is not null and c.trust <> $2,
       $1::text is null or $1 not in (c.settings ->> 'callerNumber', c.settings ->> 'ringBackNumber'),
       c.status <> 'running', c.created_at desc, c.id desc
     limit 1`,
    [called, trust],
  );
  return row && checked(row);
}

async function begin(tx: Tx, owner: string, call: NewInboundCall): Promise<number> {
  const phone = call.phone && Buffer.from(call.phone, "hex");
  const { campaign } = call;
  await tx.query(
    `insert into call (id, direction, phone_hmac, channel_id, node, owner, trust, unit, flow, flow_version, answered_at, flow_state,
       release, greeting_release)
     values ($1, 'inbound', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)`,
    [
      ...[call.id, phone, call.channelId, call.node, owner, campaign.trust, campaign.unit],
      ...[call.flow, call.flowVersion, call.answeredAt, call.state, call.release],
    ],
  );
  const { before } = await oneRow<{ before: number }>(
    tx,
    `select count(*)::int as before from call
     where direction = 'inbound' and phone_hmac = $2 and id <> $1 and answered_at > clock_timestamp() - interval '1 hour'`,
    [call.id, phone],
  );
  return before;
}

/** Of a visit `v`: whoever rings us may go on with it; neither answered to its end nor declined, and not too long ago. */
export const WAITS = `(v.status = 'due' or (v.status = 'done' and v.disposition in ('partial', 'no_answer', 'busy', 'machine',
    'hung_up', 'no_response', 'congestion', 'interrupted', 'failed', 'unknown')))
  and v.expires_at > statement_timestamp()`;

const WAITING = `
  select v.id as "visitId", v.tried, v.attempts as counted, v.uncounted_in_a_row as "uncountedInARow",
    ${languageOfVisit("v.id", "v.language")} as language, ${releaseOfVisit("v.id")} as release, ${CAMPAIGN},
    (select k.rating from call k where k.visit_id = v.id and k.rating is not null
      order by k.answered_at desc, k.id desc limit 1) as rating,
    exists (select from story s where s.visit_id = v.id and s.state = 'kept' and s.audio <> 'discarded') as story
  from visit v join campaign c on c.id = v.campaign_id
  where v.phone_hmac = $1 and ${WAITS} and c.status in ('running', 'paused')
    and not suppressed(v.phone_hmac, v.person_hmac)
  order by (select max(a.claimed_at) from attempt a where a.visit_id = v.id and a.dialed_at is not null) desc nulls last,
    v.created_at desc, v.id desc
  limit 1
  for no key update of v`;

type WaitingRow = CampaignRow & {
  visitId: string;
  tried: number;
  counted: number;
  uncountedInARow: number;
  language: string | null;
  release: number | null;
  rating: number | null;
  story: boolean;
};

async function carryOn(
  tx: Tx,
  owner: string,
  callId: string,
  goOn: (visit: WaitingVisit) => CarriedOn | null | Promise<CarriedOn | null>,
): Promise<ClaimedAttempt | null> {
  const call = await maybeRow<{ phone: Buffer | null }>(
    tx,
    `select phone_hmac as phone from call
     where id = $1 and owner = $2 and attempt_id is null and ended_at is null for no key update`,
    [callId, owner],
  );
  const row = call?.phone && (await maybeRow<WaitingRow>(tx, WAITING, [call.phone]));
  if (!row) return null;
  const { visitId, tried, counted, uncountedInARow, language, release, rating, story, ...campaign } = row;
  const way = await goOn({ campaign: checked(campaign), has: { rating, story }, language, release });
  if (!way || !(await bar(tx, owner, callId, row))) return null;
  await tx.query(
    `update call set attempt_id = id, visit_id = $2, trust = $3, unit = $4, flow = $5, flow_version = $6, flow_state = $7,
       release = $8
     where id = $1`,
    [callId, visitId, campaign.trust, campaign.unit, way.flow, way.flowVersion, way.state, way.release],
  );
  const attempt = { id: callId, visitId, campaignId: campaign.id, number: tried + 1, again: false };
  return { ...attempt, reason: "ring_back", language, counted, uncountedInARow };
}

/** The attempt bars every other one to this visit and number; false where such a one is under way. */
async function bar(tx: Tx, owner: string, callId: string, { visitId }: WaitingRow): Promise<boolean> {
  // Nobody could say whether that one rang. Here is the person, and nobody need find out any more.
  await tx.query("update attempt set state = 'ended' where visit_id = $1 and state = 'unknown'", [visitId]);
  const begun = await changed(
    tx,
    `insert into attempt (id, visit_id, campaign_id, trust, unit, number, reason, again, state, channel_id, node,
       owner, phone_hmac, person_hmac, answered_at)
     select k.id, v.id, v.campaign_id, v.trust, v.unit, v.tried + 1, 'ring_back', false, 'live', k.channel_id, k.node,
       $3, v.phone_hmac, v.person_hmac, k.answered_at
     from call k, visit v where k.id = $1 and v.id = $2
     on conflict do nothing`,
    [callId, visitId, owner],
  );
  if (begun === 0) return false;
  await tx.query("update visit set status = 'calling' where id = $1 and status = 'due'", [visitId]);
  return true;
}

const END_ABANDONED = {
  name: "end-abandoned-calls",
  text: `
  update call k set ended_at = clock_timestamp(), ended_by = 'fault',
    disposition = case when k.flow_state -> 'marks' ? 'opted-out' then 'opted_out' else 'interrupted' end
  where k.direction = 'inbound' and k.ended_at is null and k.attempt_id is null and k.owner <> $1
    and not exists (select from housekeeping.instance i where i.owner = k.owner and i.dead_at is null)
  returning k.channel_id as "channelId", k.node`,
};

/** What a person said of the visit stands, whoever rang whom. */
const said = ["completed", "partial", "declined", "opted_out", "wrong_person"];

/**
 * Ends the attempt of one who rang us. Where something was said of the visit, that is its end; else it stands as before:
 * one that was "calling" had been due.
 */
export async function endRingBack(
  tx: Tx,
  owner: string,
  { id, visitId }: ClaimedAttempt,
  { disposition }: { disposition: string },
): Promise<boolean> {
  await tx.query("select from visit where id = $1 for no key update", [visitId]);
  const ended = await changed(
    tx,
    `update attempt set state = 'ended', ended_at = clock_timestamp(), disposition = $3, contact = $4
     where id = $1 and owner = $2 and state in ('live', 'unknown') and reason = 'ring_back'`,
    [id, owner, disposition, said.includes(disposition)],
  );
  if (ended === 0) return false;
  if (!said.includes(disposition)) {
    await tx.query("update visit set status = 'due' where id = $1 and status = 'calling'", [visitId]);
    return true;
  }
  await tx.query(
    "update visit set status = 'done', disposition = $2 where id = $1 and status in ('calling', 'done')",
    [visitId, disposition],
  );
  await tx.query("update callback set state = 'withdrawn' where visit_id = $1 and state = 'promised'", [
    visitId,
  ]);
  return true;
}
