/** Which release a campaign runs on: the pin, what became of it, and what running campaigns need of a new release. */
import type { Campaign } from "#campaign/campaign.ts";
import type { CampaignRelease, Pinned, ReleaseChoice, RolledBack } from "#campaign/campaign-release.ts";
import { checkSettings } from "#campaign/campaign-settings.ts";
import type { CampaignNeeds } from "#release/campaigns-spoken.ts";
import type { ReleaseFiles } from "#release/files.ts";
import type { ReleaseState } from "#release/ports.ts";
import { lockReleases } from "./release-draft.ts";
import { filesOfRelease } from "./release-files.ts";
import { type Db, maybeRow, oneRow, rows } from "./rows.ts";
import type { Tx } from "./transaction.ts";

/** SQL: a campaign's release for its new calls; null: what is live. Of a row of `campaign`. */
export const PIN = "case when release is not null then housekeeping.pin_of(release) end";

/** As the app: coordinators have no right to releases themselves. */
export async function releaseOfCampaign(db: Db, campaignId: string): Promise<CampaignRelease> {
  const { pinned, live } = await oneRow<Pick<CampaignRelease, "pinned" | "live">>(
    db,
    `select c.release as pinned, (select number from housekeeping.release where state = 'live') as live
     from campaign c where c.id = $1`,
    [campaignId],
  );
  const choices = await rows<ReleaseChoice>(
    db,
    `select number, published_at as "publishedAt", note from housekeeping.release
     where state in ('live', 'former') order by number desc`,
  );
  return { pinned, live, choices, rolledBack: pinned === null ? null : await rolledBackOf(db, pinned) };
}

const rolledBackOf = (db: Db, release: number): Promise<RolledBack | null> =>
  maybeRow<RolledBack>(
    db,
    `select e.why, housekeeping.pin_of(r.number) is null as harmed
     from housekeeping.release r join housekeeping.release_event e on e.release = r.number and e.kind = 'rollback'
     where r.number = $1 and r.state = 'withdrawn' order by e.id desc limit 1`,
    [release],
  );

/** What a release is looked at with, before a campaign is pinned to it; null: it could not be pinned anyway, or needs no look. */
export interface PinToLookAt {
  files: ReleaseFiles;
  needs: CampaignNeeds;
}

/** The look itself takes seconds, and so is no part of a transaction. */
export async function pinToLookAt(
  db: Db,
  campaign: Campaign,
  release: number | null,
): Promise<PinToLookAt | null> {
  if (release === null || whyNotPinned(release, await stateOf(db, release)) !== null) return null;
  return { files: (await filesOfRelease(db, release))!, needs: await needsOf(db, campaign) };
}

/**
 * Calls that are going on, and visits that were answered, keep theirs. Within a transaction, as the app.
 * @param release looked at already; null: what is live, from now on
 */
export async function pinCampaign(tx: Tx, { id }: Campaign, release: number | null): Promise<Pinned> {
  await lockReleases(tx);
  const why = release === null ? null : whyNotPinned(release, await stateOf(tx, release));
  if (why !== null) return { kind: "refused", because: [why] };
  await tx.query("update campaign set release = $2 where id = $1", [id, release]);
  return { kind: "pinned", release };
}

const stateOf = async (db: Db, release: number): Promise<ReleaseState | null> =>
  (
    await maybeRow<{ state: ReleaseState }>(db, "select state from housekeeping.release where number = $1", [
      release,
    ])
  )?.state ?? null;

function whyNotPinned(release: number, state: ReleaseState | null): string | null {
  if (state === null)
    return `there is no release ${release}; the list of releases tells those that there are`;
  if (state === "withdrawn")
    return `release ${release} was rolled back: take another, or publish what was right in it anew`;
  if (state === "canary") return `release ${release} is the canary still: give it to all first, or wait`;
  return null;
}

async function needsOf(db: Db, { id, name, rehearsal, settings }: Campaign): Promise<CampaignNeeds> {
  const { languages } = await oneRow<{ languages: string[] }>(
    db,
    `select array(select distinct language from visit
       where campaign_id = $1 and status in ('due', 'calling') and language is not null order by 1) as languages`,
    [id],
  );
  return { name, rehearsal, settings, languages };
}

/** Of campaigns that would get the next release. One whose settings cannot be read makes no calls. */
export async function runningNeeds(db: Db): Promise<CampaignNeeds[]> {
  const found = await rows<CampaignNeeds>(db, "select * from housekeeping.running_campaigns()");
  return found.flatMap(({ name, rehearsal, settings, languages }) => {
    const checked = checkSettings(settings);
    return "settings" in checked ? [{ name, rehearsal, settings: checked.settings, languages }] : [];
  });
}
