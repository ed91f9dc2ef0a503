import type { Pool } from "pg";
import type { JobSigns, WorkSigns } from "#alerts/vital-signs.ts";
import { callsWanted } from "#release/canary.ts";
import { runningCampaigns } from "./campaigns.ts";
import { oneRow, rows } from "./rows.ts";
import { transcriptBacklog } from "./transcript-backlog.ts";

export async function databaseNow(pool: Pool): Promise<Date> {
  return (await oneRow<{ now: Date }>(pool, "select clock_timestamp() as now")).now;
}

/** A promise is late when its call has not begun five minutes after it was due. */
const COUNTS = `
  select
    (select json_build_object(
       'waiting', count(*) filter (where state = 'promised'), 'kept', count(*) filter (where state = 'kept'),
       'broken', count(*) filter (where state = 'broken'), 'withdrawn', count(*) filter (where state = 'withdrawn'),
       'late', count(*) filter (where state = 'promised' and due < clock_timestamp() - interval '5 minutes'))
     from callback) as promises,
    (select coalesce(json_agg(id), '[]') from (
       select id from callback where state = 'broken' and updated_at > clock_timestamp() - interval '1 day'
       order by updated_at limit 100) recent) as "brokenPromises",
    (select coalesce(json_agg(id), '[]') from (
       select id from story where truncated and updated_at > clock_timestamp() - interval '1 day'
       order by updated_at limit 100) recent) as "truncatedStories",
    (select coalesce(json_agg(release), '[]') from (
       select distinct release::text from housekeeping.release_event
       where kind = 'rollback' and author_kind = 'job' and at > clock_timestamp() - interval '1 day' limit 100) recent)
     as "rolledBackReleases",
    (select coalesce(json_agg(named), '[]') from (
       select distinct release || ' on ' || subject as named from housekeeping.release_trouble
       where kind = 'not-loaded' and at > clock_timestamp() - interval '1 day' limit 100) recent) as "releasesNotLoaded",
    (select json_build_object('number', r.number, 'share', r.share, 'wanted', ${callsWanted}, 'calls', housekeeping.release_calls(r.number),
       'workingHours', (select count(*) - 1
         from generate_series(greatest(r.published_at, clock_timestamp() - interval '60 days'), clock_timestamp(),
           interval '1 hour') as hour where extract(isodow from hour at time zone 'Europe/London') < 6))
     from housekeeping.release r where r.state = 'canary') as canary,
    (select coalesce(json_agg(json_build_object('campaignId', id, 'because', capped_because) order by id), '[]')
     from campaign where status = 'running' and capped_until > clock_timestamp()) as capped,
    (select coalesce(min(share), 1) from housekeeping.trunk_pace) as "trunkShare",
    (select json_build_object('running', count(*), 'permittedNow', count(*) filter (where exists (
       select from permitted_span p where p.campaign_id = c.id and p.span @> clock_timestamp())))
     from campaign c where status = 'running') as campaigns,
    (select count(*)::int from visit v join campaign c on c.id = v.campaign_id
     where v.status = 'due' and c.status = 'running') as "visitsDue",
    (select json_build_object('open', (select count(*) from urgent_flag where closed_at is null),
       'untaken', coalesce(json_agg(story_id order by flagged_at), '[]'),
       'oldestUntakenSeconds', extract(epoch from clock_timestamp() - min(flagged_at))::float8)
     from (select story_id, flagged_at from urgent_flag where closed_at is null and owner is null
       order by flagged_at limit 100) untaken) as urgent,
    (select coalesce(json_object_agg(kind, open), '{}') from (
       select kind, count(*) as open from housekeeping.alert where resolved_at is null group by kind) open)
     as "openAlerts"`;

const JOBS = `
  select task_identifier as task,
    (count(*) filter (where attempts < max_attempts or locked_at is not null))::int as waiting,
    (count(*) filter (where attempts >= max_attempts and locked_at is null))::int as failed,
    extract(epoch from clock_timestamp() - min(created_at) filter (
      where attempts < max_attempts or locked_at is not null))::float8 as "oldestSeconds"
  from graphile_worker.jobs group by 1 order by 1`;

/** What the tables say of the work: some ten milliseconds for a hundred thousand visits. */
export async function readWork(pool: Pool): Promise<WorkSigns> {
  const damaged: string[] = [];
  const [counts, jobs, backlog] = await Promise.all([
    oneRow<Omit<WorkSigns, "jobs" | "transcripts" | "damaged">>(pool, COUNTS),
    rows<JobSigns>(pool, JOBS),
    transcriptBacklog(pool),
    runningCampaigns(pool, ({ id }) => damaged.push(id)),
  ]);
  const { waiting, givenUp, oldestMs } = backlog;
  const oldestSeconds = oldestMs === null ? null : oldestMs / 1000;
  return { ...counts, damaged, jobs, transcripts: { waiting, givenUp, oldestSeconds } };
}

const KEPT_AFTER = {
  name: "story-kept-after",
  text: `select extract(epoch from clock_timestamp() - k.ended_at)::float8 * 1000 as ms
    from story s join call k on k.id = s.call_id where s.id = $1`,
};

/** How long after the call's end its story was safe, in milliseconds; null for a call that has not ended. */
export async function keptAfterMs(pool: Pool, storyId: string): Promise<number | null> {
  const [row] = await rows<{ ms: number | null }>(pool, KEPT_AFTER, [storyId]);
  return row?.ms ?? null;
}
