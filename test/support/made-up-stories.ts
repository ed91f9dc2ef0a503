/** Stories by the hundred thousand, straight in SQL: cards alone, or with all that they are made of. */
import { Client } from "pg";

export interface MadeUp {
  /** Of the database, for a superuser. */
  url: string;
  stories: number;
  /** How many wards the trust has; each is a place. */
  wards: number;
  trust: string;
  /** With the stories, so that one can be opened; else cards and transcripts only. There are no visits and calls. */
  whole: boolean;
}

/** The newest was told now, the oldest two years ago. "zeppelin" is the rarest word: 1 story in 20,000. */
export async function makeUpStories({ url, stories, wards, trust, whole }: MadeUp): Promise<void> {
  // Not the pool: it gives up what takes so long.
  const db = new Client({ connectionString: url });
  await db.connect();
  // No triggers, no foreign keys, no order of words until the end: a million in minutes.
  await db.query("begin; set local session_replication_role = replica; drop index story_card_words");
  await db.query(PLACES, [trust, wards]);
  await db.query(SAID, [Math.min(Math.ceil(stories / 20), 20_000)]);
  await db.query(RAW, [stories, trust]);
  for (const sql of [...(whole ? WHOLE : []), TRANSCRIPTS, CARDS]) await db.query(sql);
  await db.query(
    "create index story_card_words on story_card using gin (words) with (fastupdate = off); commit",
  );
  await db.query("vacuum analyze story_card");
  await db.query(`analyze place, transcript${whole ? ", story" : ""}`);
  await db.end();
}

const PLACES = `
  insert into place (trust, unit, site, ward, service)
  select $1, 'all', 'Site ' || (1 + n % 7), 'Ward ' || n, '' from generate_series(1, $2) n
  on conflict do nothing`;

/** Words as people use them: a few all the time, many now and then. */
const common = `array['the','nurse','was','very','kind','and','ward','waited','food','cold','doctor','explained','me',
  'staff','night','pain','listened','to','clean','helped']`;

/** The first is kept for the rare word. */
const SAID = `
  create temporary table said on commit drop as
  select i, words, to_tsvector('english', words) as lexemes, count(*) over () as all_of_them from (
    select i, string_agg(case when random() < 0.6 then (${common})[1 + floor(random() * 20)::integer]
      else 'word' || floor(random() ^ 3 * 8000)::integer end, ' ') || case i when 0 then ' zeppelin' else '' end as words
    from generate_series(0, $1::integer) i cross join generate_series(1, 12 + (i * 31) % 90) group by i) made`;

const RAW = `
  create temporary table made_up on commit drop as
  select n, gen_random_uuid() as story_id, gen_random_uuid() as visit_id, gen_random_uuid() as call_id,
    p.id as place_id, $2::text as trust, p.site, p.ward,
    now() - n * (interval '730 days' / $1::integer) as told_at, (4000 + (random() ^ 2 * 170000))::integer as duration_ms,
    (array[1,1,1,1,1,2,2,2,3,4,5,6,null])[1 + floor(random() * 13)::integer]::smallint as rating,
    random() < 0.7 as consent,
    case when n <= 20 then 'waiting' when n % 25 = 3 then 'no_words' else 'done' end as state,
    case when n % 20000 = 77 then 0 else 1 + (n * 104729::bigint) % (select all_of_them - 1 from said limit 1) end as said
  from generate_series(1, $1::integer) n
  join (select id, site, ward, row_number() over (order by id) - 1 as i, count(*) over () as all_of_them
    from place where trust = $2) p on p.i = (n * 7919::bigint) % p.all_of_them`;

const WHOLE = [
  `insert into campaign (name, trust, unit, status, rehearsal, settings)
   select 'Made up for ' || trust, trust, 'all', 'stopped', true, '{}' from made_up limit 1`,
  `insert into story (id, call_id, visit_id, trust, unit, take, state, audio, uri, sha256, bytes, duration_ms, speech_ms, truncated)
   select story_id, call_id, visit_id, trust, 'all', 1, 'kept', 'stored', 'file:///made-up/' || story_id || '.wav',
     repeat('a', 64), duration_ms * 8, duration_ms, duration_ms, false from made_up`,
];

const TRANSCRIPTS = `
  insert into transcript (story_id, trust, unit, state, engine, model, text)
  select story_id, trust, 'all', state, 'made-up', '', case when state = 'done' then words end
  from made_up join said on said.i = made_up.said`;

const CARDS = `
  insert into story_card (story_id, visit_id, call_id, campaign_id, place_id, trust, unit, told_at, duration_ms, truncated,
    language, rating, share_consent, transcript_state, first_words, words, heard_at)
  select m.story_id, m.visit_id, m.call_id, coalesce(c.id, m.call_id), m.place_id, m.trust, 'all', m.told_at, m.duration_ms,
    false, 'en-GB', m.rating, m.consent, m.state, case when m.state = 'done' then left(said.words, 240) end,
    case when m.state = 'done' then said.lexemes end, case when m.n > 120 then now() end
  from made_up m join said on said.i = m.said
  left join campaign c on c.name = 'Made up for ' || m.trust order by m.n desc`;
