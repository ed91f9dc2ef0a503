/** Visits by the million with what came of them, straight in SQL: the dial queue and its history, as after years. */
import { Client } from "pg";
import type { CampaignSettings } from "#campaign/campaign.ts";

export interface MadeUpVisits {
  /** Of the database, for a superuser. */
  url: string;
  visits: number;
  /** Of them so many are due in the campaign that runs; all others are over, in it and in `overCampaigns` before it. */
  due: number;
  overCampaigns: number;
  trust: string;
  /** Of all campaigns. */
  settings: CampaignSettings;
  /** Encrypted telephone numbers, given to the visits in turn. */
  phones: readonly Buffer[];
}

/** @returns the id of the campaign that runs; its visits are the newest */
export async function makeUpVisits(made: MadeUpVisits): Promise<string> {
  // Not the pool: it gives up what takes so long.
  const db = new Client({ connectionString: made.url });
  await db.connect();
  try {
    await db.query(BEGIN);
    const indexes = await dropIndexes(db);
    const { rows } = await db.query<{ id: string }>(CAMPAIGNS, [
      made.overCampaigns,
      made.trust,
      made.settings,
    ]);
    const campaigns = rows.map(({ id }) => id);
    await db.query(SPANS, [campaigns, made.trust]);
    const over = made.visits - made.due;
    await db.query(VISITS, [made.visits, over, campaigns, made.trust, made.phones]);
    for (const sql of [PLACES, ATTEMPTS, CALLS, KEYS, HISTORY, CALLBACKS]) await db.query(sql);
    for (const definition of indexes) await db.query(definition);
    await db.query(COMMIT);
    // One by one, and outside of a transaction.
    for (const table of tables) await db.query(`vacuum (analyze) ${table}`);
    // Analysed while nobody was called, as may happen any night: no plan may count on there being none.
    for (const sql of [BEGIN, LIVE, CALLING, COUNTS, COMMIT]) await db.query(sql);
    return campaigns.at(-1)!;
  } finally {
    await db.end();
  }
}

const tables = [
  "campaign",
  "permitted_span",
  "place",
  "visit",
  "attempt",
  "call",
  "key_press",
  "visit_history",
  "callback",
];

/** Made once all rows are there, they take a tenth of the time. Those behind a constraint stay. */
async function dropIndexes(db: Client): Promise<string[]> {
  const { rows } = await db.query<{ name: string; definition: string }>(
    `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition from pg_index i
     where i.indrelid = any ($1::regclass[]) and not i.indisprimary
       and not exists (select from pg_constraint c where c.conindid = i.indexrelid)`,
    [tables],
  );
  for (const { name } of rows) await db.query(`drop index ${name}`);
  return rows.map(({ definition }) => definition);
}

/** UUIDs of version 7, in the order of `n`, of several sorts; the newest are of a time long gone by. */
const MADE_ID = `
  create function made_id(sort integer, n bigint) returns uuid language sql immutable as
  $$ select (lpad(to_hex(1500000000000 + n), 12, '0') || '7' || lpad(sort::text, 3, '0') || '8'
    || right(md5(n::text || 'of' || sort), 15))::uuid $$`;

/** No triggers and no foreign keys: what they would write is written here. */
const BEGIN = `begin; set local session_replication_role = replica; set local maintenance_work_mem = '256MB'; ${MADE_ID}`;
const COMMIT = "drop function made_id; commit";

const CAMPAIGNS = `
  insert into campaign (id, name, trust, unit, status, rehearsal, settings, created_at)
  select made_id(1, n), 'Made up ' || n || ' for ' || $2::text, $2, 'all',
    case when n > $1::integer then 'running' else 'stopped' end, true, $3, now() - ($1 + 1 - n) * interval '90 days'
  from generate_series(1, $1 + 1) n returning id`;

const SPANS = `
  insert into permitted_span (campaign_id, trust, unit, span, day)
  select id, $2, 'all', tstzrange(now() - interval '1 day', now() + interval '10 days'),
    tstzrange(now() - interval '1 day', now() + interval '10 days') from unnest($1::uuid[]) id`;

/** Each household of fifty has two patients. The campaigns follow one another; what is due is the newest. */
const VISITS = `
  insert into visit (id, campaign_id, trust, unit, visit_ref, content_hmac, phone_enc, phone_hmac, person_hmac, visit_at, site,
    ward, service, language, status, disposition, not_before, attempts, tried, created_at, updated_at)
  select made_id(2, n), ($3::uuid[])[1 + case when n > $2 then cardinality($3) - 1 else (n - 1) * cardinality($3) / $2 end],
    $4, 'all', 'M-' || n, sha256(n::text::bytea), ($5::bytea[])[1 + n % cardinality($5)],
    sha256(('phone' || case when n % 50 = 0 then n - 1 else n end)::bytea), sha256(('person' || n)::bytea),
    at, 'Site ' || (1 + n % 7), 'Ward ' || (1 + n % 400), null, 'en-GB', case when n > $2 then 'due' else 'done' end,
    case when n > $2 then 'pending' else (array['completed','completed','partial','no_answer','no_answer','busy','declined',
      'machine'])[1 + n % 8] end, at + interval '1 day', (n <= $2)::int, (n <= $2)::int, at, at + interval '2 days'
  from (select n, now() - interval '3 days' - ($1::bigint - n) * (interval '730 days' / $1) as at
    from generate_series(1, $1) n) made`;

const PLACES = `
  insert into place (trust, unit, site, ward, service)
  select distinct trust, 'all', site, ward, '' from visit where trust = (select max(trust) from visit) 
  on conflict do nothing`;

const OVER = "(select row_number() over () as n, * from visit where status = 'done') v";
const REACHED = "disposition in ('completed', 'partial', 'declined')";

const ATTEMPTS = `
  insert into attempt (id, visit_id, campaign_id, trust, unit, number, reason, again, state, channel_id, owner, phone_hmac,
    person_hmac, claimed_at, dialed_at, answered_at, ended_at, disposition, cause, counts, rang, contact, permitted)
  select id, visit_id, campaign_id, trust, 'all', 1, 'first', false, 'ended', 'hb-' || id, 'made-up', phone_hmac, person_hmac,
    at, at, case when ${REACHED} or disposition = 'machine' then at + interval '9 s' end, at + interval '90 s', disposition,
    16, true, true, ${REACHED}, tstzrange(null, null)
  from (select made_id(3, n) as id, v.id as visit_id, campaign_id, trust, phone_hmac, person_hmac, disposition,
    not_before as at from ${OVER}) made`;

/** Some are on the telephone. */
const LIVE = `
  insert into attempt (id, visit_id, campaign_id, trust, unit, number, reason, again, state, channel_id, owner, phone_hmac,
    person_hmac, claimed_at, dialed_at, permitted)
  select id, visit_id, campaign_id, trust, 'all', 1, 'first', false, 'dialing', 'hb-' || id, 'made-up', phone_hmac, person_hmac,
    now(), now(), tstzrange(null, null)
  from (select made_id(7, row_number() over ()) as id, v.id as visit_id, campaign_id, trust, phone_hmac, person_hmac
    from (select distinct on (phone_hmac) * from (
      select * from visit where status = 'due' order by not_before desc limit 100) newest) v) made`;
const CALLING =
  "update visit set status = 'calling' where id in (select visit_id from attempt where state = 'dialing')";

const COUNTS = `
  delete from visit_count;
  insert into visit_count (campaign_id, trust, status, disposition, backend, visits)
  select campaign_id, trust, status, disposition, 0, count(*) from visit group by 1, 2, 3, 4`;

const CALLS = `
  insert into call (id, attempt_id, visit_id, trust, unit, flow, flow_version, answered_at, ended_at, ended_by, disposition,
    sequence, flow_state, rating, share_consent)
  select made_id(4, row_number() over ()), id, visit_id, trust, 'all', 'fft', repeat('a', 64), answered_at, ended_at, 'us',
    disposition, 9, '{"step": "thanks"}', case when disposition <> 'declined' then 1 + abs(hashtext(id::text)) % 6 end,
    disposition = 'completed'
  from attempt where answered_at is not null`;

const KEYS = `
  insert into key_press (call_id, sequence, trust, unit, digit, step, pressed_at, written_at)
  select id, s, trust, 'all', '1', 'question', answered_at, answered_at from call, generate_series(1, 2) s
  where disposition = 'completed'`;

const HISTORY = `
  insert into visit_history (id, visit_id, trust, unit, at, status, disposition, not_before, next_reason)
  select made_id(5, n), id, trust, 'all', updated_at, status, disposition, not_before, next_reason from ${OVER}`;

/** One in a hundred asked for another call; of a few the promise stands. */
const CALLBACKS = `
  insert into callback (id, visit_id, call_id, trust, unit, asked_at, due, state)
  select made_id(6, n), visit_id, id, trust, 'all', answered_at, answered_at + interval '1 day',
    case when n % 10000 = 1 then 'promised' else 'kept' end
  from (select row_number() over () as n, * from call) k where n % 100 = 1`;
