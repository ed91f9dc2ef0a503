import type { Campaign, CampaignStanding, CampaignStatus, NewCampaign } from "#campaign/campaign.ts";
import { parseSettings, startFaults } from "#campaign/campaign-settings.ts";
import { refuseWrongHours } from "#campaign/transfers.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import { PIN } from "./campaign-release.ts";
import { type Db, maybeRow, oneRow, rows } from "./rows.ts";

const COLUMNS = `id, name, trust, unit, status, rehearsal, settings, ${PIN} as release`;

/**
 * A new campaign in status "draft".
 * @throws AppError `campaign_exists`, `campaign_settings`
 */
export async function createCampaign(db: Db, campaign: NewCampaign): Promise<Campaign> {
  const { name, trust, unit, rehearsal } = campaign;
  const settings = parseSettings(campaign.settings, name);
  refuseWrongHours(settings);
  const row = await maybeRow<Campaign>(
    db,
    `insert into campaign (name, trust, unit, rehearsal, settings) values ($1, $2, $3, $4, $5)
     on conflict (name) do nothing returning ${COLUMNS}`,
    [name, trust, unit, rehearsal, settings],
  );
  if (row === null) throw new AppError("campaign_exists", `There is a campaign "${name}" already.`, { name });
  return checked(row);
}

/** @throws AppError `campaign_settings` where what is stored is not what this version understands */
export async function campaignByName(db: Db, name: string): Promise<Campaign | null> {
  const row = await maybeRow<Campaign>(db, `select ${COLUMNS} from campaign where name = $1`, [name]);
  return row && checked(row);
}

/** As campaignByName. */
export async function campaignById(db: Db, id: string): Promise<Campaign | null> {
  const row = await maybeRow<Campaign>(db, `select ${COLUMNS} from campaign where id = $1`, [id]);
  return row && checked(row);
}

export async function listCampaigns(db: Db): Promise<Campaign[]> {
  return (await rows<Campaign>(db, `select ${COLUMNS} from campaign order by created_at, id`)).map(checked);
}

/** A campaign whose stored settings are not what this version understands; `problem` never holds a value. */
export interface DamagedCampaign {
  id: string;
  problem: string;
}

const RUNNING = {
  name: "running-campaigns",
  text: `select ${COLUMNS} from campaign where status = 'running' order by created_at, id`,
};

/** One that is damaged does not stop the others: `onDamaged` is told of it. */
export async function runningCampaigns(
  db: Db,
  onDamaged: (campaign: DamagedCampaign) => void = () => {},
): Promise<Campaign[]> {
  return (await rows<Campaign>(db, RUNNING)).flatMap((row) => {
    try {
      return [checked(row)];
    } catch (thrown) {
      onDamaged({ id: row.id, problem: messageOf(thrown) });
      return [];
    }
  });
}

/**
 * Draft or paused becomes running; a running one stays so.
 * @throws AppError `campaign_missing`, `campaign_not_ready`, `campaign_status`, `campaign_settings`
 */
export async function startCampaign(db: Db, name: string): Promise<Campaign> {
  const campaign = await campaignByName(db, name);
  const faults = campaign ? startFaults(campaign) : [];
  if (faults.length > 0)
    throw new AppError("campaign_not_ready", `Not started: ${faults.join("; ")}`, { name });
  return move(db, name, ["draft", "paused", "running"], "running");
}

/** No call is begun from here on; live calls go on to their end. Throws `campaign_status`. */
export const pauseCampaign = (db: Db, name: string) => move(db, name, ["running", "paused"], "paused");

/** For good: a stopped campaign does not start again. Throws `campaign_missing`. */
export const stopCampaign = (db: Db, name: string) =>
  move(db, name, ["draft", "running", "paused", "stopped"], "stopped");

/** The arrow is guarded by the statement itself: nobody can pass between the look and the step. */
async function move(db: Db, name: string, from: CampaignStatus[], to: CampaignStatus): Promise<Campaign> {
  const current = await campaignByName(db, name);
  if (current === null) throw new AppError("campaign_missing", `There is no campaign "${name}".`, { name });
  const row = await maybeRow<Campaign>(
    db,
    `update campaign set status = $3 where name = $1 and status = any($2) returning ${COLUMNS}`,
    [name, from, to],
  );
  if (row !== null) return checked(row);
  const message = `The campaign "${name}" is ${current.status} and cannot become ${to}.`;
  throw new AppError("campaign_status", message, { name, status: current.status });
}

/** @throws AppError `campaign_missing` */
export async function campaignStanding(db: Db, name: string): Promise<CampaignStanding> {
  const campaign = await campaignByName(db, name);
  if (campaign === null) throw new AppError("campaign_missing", `There is no campaign "${name}".`, { name });
  const counts = await rows<{ status: string; disposition: string; count: number }>(
    db,
    `select status, case when status in ('held', 'withdrawn') then status else disposition::text end as disposition,
       sum(visits)::int as count
     from visit_count where campaign_id = $1 group by 1, 2 having sum(visits) <> 0 order by 1, 2`,
    [campaign.id],
  );
  const { promised, next, found, falseAlarms, called, within48h } = await callCounts(db, campaign.id);
  const standing: CampaignStanding = {
    ...{ campaign, visits: 0, due: 0, calling: 0, dispositions: {} },
    callbacks: { promised, next },
    machines: { found, falseAlarms },
    timely: { called, within48h },
  };
  for (const { status, disposition, count } of counts) {
    standing.visits += count;
    if (status === "due") standing.due += count;
    if (status === "calling") standing.calling += count;
    standing.dispositions[disposition] = (standing.dispositions[disposition] ?? 0) + count;
  }
  return standing;
}

const callCounts = (db: Db, campaignId: string) =>
  oneRow<
    { promised: number; next: Date | null; found: number; falseAlarms: number } & CampaignStanding["timely"]
  >(
    db,
    `select promised.count as promised, promised.next, machines.found, machines."falseAlarms", timely.*
     from (select count(*)::int as count, min(c.due) as next
           from callback c join visit v on v.id = c.visit_id
           where v.campaign_id = $1 and c.state = 'promised') promised,
          (select count(k.machine_by)::int as found, (count(*) filter (where k.machine_false_alarm))::int as "falseAlarms"
           from call k join visit v on v.id = k.visit_id where v.campaign_id = $1) machines,
          (select count(*)::int as called,
             (count(*) filter (where first.dialed_at <= v.visit_at + interval '48 hours'))::int as "within48h"
           from visit v join lateral (select min(a.dialed_at) as dialed_at from attempt a where a.visit_id = v.id) first
             on first.dialed_at is not null
           where v.campaign_id = $1 and v.visit_at is not null and v.tried > 0) timely`,
    [campaignId],
  );

const checked = (row: Campaign): Campaign => ({
  ...row,
  settings: parseSettings(row.settings, row.name),
});
