/** Staff calls as whoever serves makes them: what waits, whose it is, and how each stands. */
import type { Pool } from "pg";
import { type StaffCallNotes, staffCallName } from "#call/staff-call.ts";
import type { Campaign } from "#campaign/campaign.ts";
import { unknownMayLastMs } from "#campaign/retry-policy.ts";
import { takenWithinSeconds } from "#release/staff-call.ts";
import { campaignById } from "./campaigns.ts";
import { STOPPED } from "./gates.ts";
import type { Hashes } from "./release-files.ts";
import { changed, maybeRow, oneRow, rows } from "./rows.ts";

export interface OpenStaffCall {
  id: string;
  /** `waiting`: for somebody to make it. `dead`: its instance is no more. */
  standing: "waiting" | "too-late" | "ours" | "dead" | "others";
  endAsked: boolean;
  /** Null until it is made. */
  node: string | null;
  channelId: string | null;
}

export interface WantedStaffCall {
  phoneHmac: Buffer;
  files: Hashes;
  flow: string;
  language: string;
  fields: Record<string, string>;
}

export interface StaffCallBook {
  notes: StaffCallNotes;
  open(): Promise<OpenStaffCall[]>;
  /** Null where it waits no more. */
  wanted(id: string): Promise<WantedStaffCall | null>;
  /** From here on it is ours, on this node. "later": it may be tried again. */
  claim(id: string, node: string): Promise<{ kind: "ours" | "later" } | { kind: "refused"; because: string }>;
  refuse(id: string, because: string): Promise<void>;
  /** Over, though nobody is left who holds it. */
  close(id: string, outcome: string): Promise<void>;
  /** By whose settings a flow is spoken: the newest campaign with it, or the newest of all. */
  campaignWith(flow: string): Promise<Campaign | null>;
}

const OPEN = {
  name: "open-staff-calls",
  text: `
  select s.id, s.end_asked_at is not null as "endAsked", s.node, s.channel_id as "channelId", case
      when s.state = 'asked' and s.asked_at < clock_timestamp() - interval '${takenWithinSeconds} s' then 'too-late'
      when s.state = 'asked' then 'waiting'
      when s.owner = $1 then 'ours'
      when exists (select from housekeeping.instance i where i.owner = s.owner and i.dead_at is null) then 'others'
      else 'dead' end as standing
  from housekeeping.staff_call s where s.ended_at is null order by s.asked_at`,
};

/** The last look, and the step itself, in one statement. */
const CLAIM = `
  with gate as materialized (
    select s.id, case
        when s.end_asked_at is not null then 'ended before it rang'
        when ${STOPPED} then 'all dialling stands still'
        when exists (select from attempt a where a.phone_hmac = s.phone_hmac and a.state in ('intent', 'dialing', 'live'))
          or exists (select from attempt a where a.phone_hmac = s.phone_hmac and a.state = 'unknown'
            and a.dialed_at > clock_timestamp() - interval '${unknownMayLastMs} milliseconds')
          or exists (select from call k
            where k.phone_hmac = s.phone_hmac and k.direction = 'inbound' and k.ended_at is null)
          then 'that telephone is in a call with us as somebody else''s'
      end as because,
      not exists (select from housekeeping.instance i
          where i.owner = $2 and i.dead_at is null and i.alive_until > clock_timestamp() + interval '1 s')
        or exists (select from housekeeping.node n where n.name = $3 and n.draining_since is not null) as later
    from housekeeping.staff_call s where s.id = $1 and s.state = 'asked' for update of s
  ),
  rung as (
    update housekeeping.staff_call s set state = 'dialling', owner = $2, node = $3, channel_id = $4,
      dialled_at = clock_timestamp()
    from gate where s.id = gate.id and gate.because is null and not gate.later returning s.id
  )
  select (select because from gate) as because, exists (select from rung) as rung`;

const CLOSE = `
  update housekeeping.staff_call set state = $2, outcome = $3, ended_at = clock_timestamp(), fields = null, files = null`;

export function createStaffCallBook(pool: Pool, owner: string): StaffCallBook {
  const ours = "where id = $1 and owner = $2 and ended_at is null";
  const note = async (set: string, id: string, ...values: unknown[]) =>
    void (await pool.query(`update housekeeping.staff_call set ${set} ${ours}`, [id, owner, ...values]));
  return {
    notes: {
      ringing: (id) => note("state = 'ringing'", id),
      answered: (id, at) => note("state = 'live', answered_at = $3", id, at),
      steps: (id, steps) => note("steps = $3", id, JSON.stringify(steps)),
      ended: (id, outcome, trail) =>
        note(
          `state = 'ended', ended_at = clock_timestamp(), fields = null, files = null, outcome = $3, trail = $4`,
          ...([id, outcome, JSON.stringify(trail)] as const),
        ),
    },
    open: () => rows<OpenStaffCall>(pool, OPEN, [owner]),
    wanted: async (id) => {
      const row = await maybeRow<Omit<WantedStaffCall, "files"> & { files: Record<string, string> }>(
        pool,
        `select phone_hmac as "phoneHmac", files, flow, language, fields from housekeeping.staff_call
         where id = $1 and state = 'asked'`,
        [id],
      );
      return row && { ...row, files: new Map(Object.entries(row.files)) };
    },
    claim: async (id, node) => {
      const values = [id, owner, node, `hb-${staffCallName(id)}`];
      const { because, rung } = await oneRow<{ because: string | null; rung: boolean }>(pool, CLAIM, values);
      if (because !== null) return { kind: "refused", because };
      return { kind: rung ? "ours" : "later" };
    },
    refuse: async (id, because) =>
      void (await pool.query(`${CLOSE} where id = $1 and state = 'asked'`, [id, "refused", because])),
    close: async (id, outcome) =>
      void (await changed(pool, `${CLOSE} where id = $1 and ended_at is null`, [id, "ended", outcome])),
    campaignWith: async (flow) => {
      const found = await maybeRow<{ id: string }>(
        pool,
        `select id from campaign order by settings ->> 'flow' is not distinct from $1 desc, created_at desc limit 1`,
        [flow],
      );
      return found && campaignById(pool, found.id);
    },
  };
}
