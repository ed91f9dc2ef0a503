/** Campaigns as the coordinators of a trust see and move them. */
import type { Pool } from "pg";
import type { AuditAction } from "#access/audit.ts";
import type { Campaign } from "#campaign/campaign.ts";
import { checkSettings } from "#campaign/campaign-settings.ts";
import type { CampaignsSpoken } from "#release/campaigns-spoken.ts";
import type { CampaignLine, CampaignRoom } from "#web/room/campaigns/ports.ts";
import { pinCampaign, pinToLookAt, releaseOfCampaign } from "./campaign-release.ts";
import { changeTransfer, detailsOf } from "./campaign-transfers.ts";
import { campaignStanding, createCampaign, pauseCampaign, startCampaign, stopCampaign } from "./campaigns.ts";
import { inTrust, onCampaign } from "./coordinating.ts";
import { inRoom } from "./room.ts";
import { maybeRow, rows } from "./rows.ts";
import { diallingStopped, resumeAll, stopAll } from "./stop-switch.ts";

const moves = { running: startCampaign, paused: pauseCampaign, stopped: stopCampaign };

export const createCampaignRoom = (pool: Pool, spoken: CampaignsSpoken): CampaignRoom => ({
  list: (who) =>
    inRoom(pool, who.userId, async (tx) => {
      const found = await rows<Line>(tx, LIST);
      return found.map(lineOf);
    }),
  standing: (who, campaignId) =>
    inRoom(pool, who.userId, async (tx) => {
      const sql = `select c.name from campaign c where c.id = $1 and ${THEIRS}`;
      const found = await maybeRow<{ name: string }>(tx, sql, [campaignId]);
      return found && campaignStanding(tx, found.name);
    }),
  create: (who, campaign) =>
    inTrust(pool, who, campaign.trust, async (tx) => {
      const result = await createCampaign(tx, campaign);
      return { result, audit: told("campaign-create", result, { state: result.status, unit: result.unit }) };
    }),
  move: (who, campaignId, { to, reason }) =>
    onCampaign(pool, who, campaignId, async (tx, { name, status }) => {
      const result = await moves[to](tx, name);
      return {
        result,
        audit: { ...told("campaign-move", result, { from: status, to: result.status }), reason },
      };
    }),
  release: (who, campaignId) =>
    onCampaign(pool, who, campaignId, async (tx) => ({
      result: await releaseOfCampaign(tx, campaignId),
      audit: null,
    })),
  pin: async (who, campaignId, release) => {
    const asked = await onCampaign(pool, who, campaignId, async (tx, campaign) => ({
      ...{ result: { look: await pinToLookAt(tx, campaign, release) }, audit: null },
    }));
    if (!asked) return null;
    const unspoken = asked.look ? await spoken(asked.look.files, [asked.look.needs], "page") : [];
    if (unspoken.length > 0) return { kind: "refused", because: unspoken };
    return onCampaign(pool, who, campaignId, async (tx, campaign) => {
      const result = await pinCampaign(tx, campaign, release);
      const details = { from: campaign.release ?? null, to: release };
      const audit = { ...told("campaign-release", campaign, {}), details };
      return { result, audit: result.kind === "pinned" ? audit : null };
    });
  },
  setTransfer: (who, campaignId, target, change) =>
    onCampaign(pool, who, campaignId, async (tx, campaign) => {
      const result = await changeTransfer(tx, campaign, target, change);
      const audit = { ...told("campaign-transfer", campaign, {}), details: detailsOf(target, result) };
      return { result, audit: result.fields.length > 0 ? audit : null };
    }),
  stopped: (who) => inRoom(pool, who.userId, (tx) => diallingStopped(tx)),
  stopAll: async (who, because) => {
    await inTrust(pool, who, null, async (tx) => {
      await stopAll(tx, { by: who.name, because });
      return { result: null, audit: { action: "stop-all", subject: null, reason: because, details: {} } };
    });
  },
  resumeAll: async (who, because) => {
    await inTrust(pool, who, null, async (tx) => {
      await resumeAll(tx, { by: who.name });
      return { result: null, audit: { action: "resume-all", subject: null, reason: because, details: {} } };
    });
  },
});

const told = (action: AuditAction, { id }: Campaign, details: Record<string, string>) => ({
  ...{ action, subject: { kind: "campaign", id }, reason: null, details },
});

const THEIRS = "c.trust = any ((select room_trusts('coordinator'))::text[])";

interface Line extends Campaign {
  visits: number;
  due: number;
  calling: number;
  answered: number;
  promised: number;
}

const LIST = `
  select c.id, c.name, c.trust, c.unit, c.status, c.rehearsal, c.settings, coalesce(v.visits, 0) as visits,
    coalesce(v.due, 0) as due, coalesce(v.calling, 0) as calling, coalesce(v.answered, 0) as answered,
    coalesce(b.promised, 0) as promised
  from campaign c
  left join (
    select campaign_id, sum(visits)::int as visits, (sum(visits) filter (where status = 'due'))::int as due,
      (sum(visits) filter (where status = 'calling'))::int as calling,
      (sum(visits) filter (where status = 'done' and disposition in ('completed', 'partial')))::int as answered
    from visit_count group by campaign_id) v on v.campaign_id = c.id
  left join (
    select w.campaign_id, count(*)::int as promised from callback p join visit w on w.id = p.visit_id
    where p.state = 'promised' group by w.campaign_id) b on b.campaign_id = c.id
  where ${THEIRS} order by c.created_at desc, c.id desc`;

/** One whose settings are damaged does not take the list away. */
function lineOf({ visits, due, calling, answered, promised, settings, ...campaign }: Line): CampaignLine {
  const checked = checkSettings(settings);
  const readable = "settings" in checked ? checked.settings : null;
  return { campaign: { ...campaign, settings: readable }, visits, due, calling, answered, promised };
}
