/** The board of calls: looked at as the app, once for all who watch; its pages ask first whose a campaign is. */
import type { Pool } from "pg";
import { shortMask } from "#campaign/phone-number.ts";
import type { BoardCount, BoardLine, BoardRoom, PersonLine } from "#web/room/campaigns/board-ports.ts";
import { campaignById } from "./campaigns.ts";
import type { Ciphers } from "./ciphers.ts";
import { pageById } from "./pages.ts";
import { inRoom } from "./room.ts";
import { maybeRow, rows } from "./rows.ts";

const shown = 25;

const LINE = `v.campaign_id as "campaignId", v.id as "visitId", v.visit_ref as "visitRef", v.trust, v.phone_enc as phone,
  v.disposition, v.not_before as "notBefore"`;
const ENDED_LINE = `'ended' as place, a.state as attempt, false as ringing, null as flow, null as step,
  false as recording, a.answered_at as "answeredAt", a.ended_at as "endedAt", false as promised`;

/** One statement, by its indexes: as light for a campaign of a million visits as for one of ten. */
const LOOK = `
  select calling.* from (
    select ${LINE}, 'calling' as place, a.state as attempt, a.ringing_at is not null and a.state = 'dialing' as ringing,
      k.flow, case when a.state = 'live' then k.flow_state ->> 'step' end as step,
      a.state = 'live' and exists (select from recording r where r.call_id = k.id and r.state = 'recording') as recording,
      a.answered_at as "answeredAt", a.ended_at as "endedAt", a.reason = 'callback' as promised
    from attempt a join visit v on v.id = a.visit_id left join call k on k.attempt_id = a.id
    where a.campaign_id = any ($1) and a.state in ('intent', 'dialing', 'live')
    order by a.claimed_at, a.id
  ) calling
  union all
  select ended.* from unnest($1::uuid[]) as c (id) cross join lateral (
    select ${LINE}, ${ENDED_LINE}
    from attempt a join visit v on v.id = a.visit_id
    where a.campaign_id = c.id and a.ended_at is not null and a.dialed_at is not null
    order by a.ended_at desc limit ${shown}
  ) ended
  union all
  select next.* from unnest($1::uuid[]) as c (id) cross join lateral (
    select ${LINE}, 'next' as place, null as attempt, false as ringing, null as flow, null as step, false as recording,
      null::timestamptz as "answeredAt", null::timestamptz as "endedAt", v.next_reason = 'callback' as promised
    from visit v where v.campaign_id = c.id and v.status = 'due'
    order by v.next_reason <> 'callback', v.not_before, v.id limit ${shown}
  ) next`;

type Found = Omit<BoardLine, "number"> & { campaignId: string; phone: Buffer };

export function createBoardRoom(pool: Pool, ciphers: Pick<Ciphers, "decrypt">): BoardRoom {
  const masked = (phone: Buffer): string => shortMask(ciphers.decrypt("phone", phone));
  /** Of those on the board just now: each is decrypted once. */
  let masks = new Map<string, string>();
  return {
    find: (who, campaignId) =>
      inRoom(pool, who.userId, async (tx) => {
        const sql = `select id from campaign where id = $1 and trust = any ((select room_trusts('coordinator'))::text[])`;
        return (await maybeRow(tx, sql, [campaignId])) && campaignById(tx, campaignId);
      }),
    look: async (campaignIds) => {
      const found = await rows<Found>(pool, LOOK, [campaignIds]);
      const before = masks;
      masks = new Map(found.map(({ visitId, phone }) => [visitId, before.get(visitId) ?? masked(phone)]));
      const now = masks;
      const lines = Map.groupBy(found, ({ campaignId }) => campaignId);
      return new Map(
        campaignIds.map((id) => [
          id,
          (lines.get(id) ?? []).map(({ phone: _, campaignId: __, ...line }) => ({
            ...line,
            number: now.get(line.visitId)!,
          })),
        ]),
      );
    },
    counts: async (campaignIds) => {
      const found = await rows<BoardCount & { campaignId: string }>(
        pool,
        `select campaign_id as "campaignId", trust, status, sum(visits)::int as count from visit_count
         where campaign_id = any ($1) group by 1, 2, 3 having sum(visits) <> 0`,
        [campaignIds],
      );
      return Map.groupBy(found, ({ campaignId }) => campaignId);
    },
    // "between", as in visit-desk.ts: so that it goes by the index of each campaign's visits.
    people: async (who, campaignId, { status, after }) => {
      const page = await inRoom(pool, who.userId, (tx) =>
        pageById<Omit<PersonLine, "number">>(
          tx,
          (
            most,
          ) => `select id, visit_ref as "visitRef", status, disposition, attempts, not_before as "notBefore" from visit
            where campaign_id between $1 and $1 and trust = any ((select room_trusts('coordinator'))::text[])
              and ($2::text is null or status = $2) and ($3::uuid is null or id > $3)
            order by campaign_id, id limit ${most}`,
          [campaignId, status, after],
          50,
        ),
      );
      const numbers = await rows<{ id: string; phone: Buffer }>(
        pool,
        "select id, phone_enc as phone from visit where id = any ($1)",
        [page.items.map(({ id }) => id)],
      );
      const byId = new Map(numbers.map(({ id, phone }) => [id, masked(phone)]));
      return { ...page, items: page.items.map((one) => ({ ...one, number: byId.get(one.id) ?? "" })) };
    },
  };
}
