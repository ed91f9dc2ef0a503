/** The list of those whom a campaign's flows may put callers through to: changed under live calls, each of which keeps its own. */
import type { AuditDetails } from "#access/audit.ts";
import type { Campaign } from "#campaign/campaign.ts";
import {
  type ChangedTransfers,
  type TransferChange,
  withoutTransfer,
  withTransfer,
} from "#campaign/transfers.ts";
import { readFlows } from "#flow/check/check-flows.ts";
import { greeting, nobodyThere, putsAnybodyThrough } from "#release/campaigns-spoken.ts";
import type { ReleaseFiles } from "#release/files.ts";
import { PIN, runningNeeds } from "./campaign-release.ts";
import { campaignById } from "./campaigns.ts";
import { lockReleases } from "./release-draft.ts";
import { contentsOf, type Hashes, hashesOfRelease } from "./release-files.ts";
import { WAITS } from "./ring-back.ts";
import { type Db, rows } from "./rows.ts";
import type { Tx } from "./transaction.ts";

/** Within a transaction. @throws AppError as withTransfer */
export async function changeTransfer(
  tx: Tx,
  { id }: Campaign,
  target: string,
  change: TransferChange,
): Promise<ChangedTransfers> {
  const changed = withTransfer(await locked(tx, id), target, change);
  if (changed.fields.length > 0) await keep(tx, id, changed.settings.transfers);
  return changed;
}

/** For the audit: which target, and what of it; never its number. */
export const detailsOf = (label: string, { isNew, fields }: ChangedTransfers): AuditDetails => ({
  ...{ kind: isNew ? "add" : "change", label, field: fields.join(", ") },
});

/**
 * Within a transaction.
 * @param folders what calls say where no release is live
 * @returns what stands against it, a sentence each; none: it is removed
 * @throws AppError `transfer_missing`
 */
export async function removeTransfer(
  tx: Tx,
  { id }: Campaign,
  target: string,
  folders: () => Promise<ReleaseFiles>,
): Promise<string[]> {
  // No release goes live between the look and the step.
  await lockReleases(tx);
  const campaign = await locked(tx, id);
  const { transfers } = withoutTransfer(campaign, target);
  const because = await namedBy(tx, campaign, target, folders);
  if (because.length === 0) await keep(tx, id, transfers);
  return because;
}

/** Two who change the same list go one after the other; visits may be added and called meanwhile. */
async function locked(tx: Tx, id: string): Promise<Campaign> {
  await tx.query("select from campaign where id = $1 for no key update", [id]);
  return (await campaignById(tx, id))!;
}

const keep = (tx: Tx, id: string, transfers: Campaign["settings"]["transfers"]) =>
  tx.query("update campaign set settings = jsonb_set(settings, '{transfers}', $2) where id = $1", [
    id,
    JSON.stringify(transfers),
  ]);

async function namedBy(
  db: Db,
  { id, settings }: Campaign,
  target: string,
  folders: () => Promise<ReleaseFiles>,
): Promise<string[]> {
  const found: string[] = [];
  for (const release of await releasesOf(db, id)) {
    const { flows } = readFlows(release === null ? await folders() : await textsOf(db, release));
    const where = release === null ? "in the folders" : `of release ${release}`;
    for (const name of new Set([settings.flow, greeting])) {
      const steps = Object.values(flows.get(name)?.steps ?? {});
      if (!steps.some((step) => step.kind === "transfer" && step.to === target)) continue;
      found.push(
        `the flow "${name}" ${where} puts callers through to "${target}"; give it another number, or take the step ` +
          "out of the flow first",
      );
    }
  }
  return found;
}

/**
 * All that a call of this campaign may be held by, now or next: its own release, or the live one and its canary, and
 * those that visits keep since their first answer, or calls that are going on. Null: the folders.
 */
async function releasesOf(db: Db, campaignId: string): Promise<(number | null)[]> {
  const found = await rows<{ release: number | null }>(
    db,
    `with pin as (select ${PIN} as release from campaign where id = $1)
     select release from pin where release is not null
     union select l.number from pin left join housekeeping.release l on l.state = 'live' where pin.release is null
     union select c.number from pin join housekeeping.release c on c.state = 'canary' where pin.release is null
     union select k.release from visit v join call k on k.visit_id = v.id join housekeeping.release r on r.number = k.release
       where v.campaign_id = $1 and (v.status in ('calling', 'held') or ${WAITS})
         and (r.state <> 'withdrawn' or k.ended_at is null)
     order by 1 desc nulls last`,
    [campaignId],
  );
  return found.map(({ release }) => release);
}

export const textsOf = async (db: Db, release: number): Promise<ReleaseFiles> =>
  flowsAmong(db, (await hashesOfRelease(db, release)) ?? new Map());

/** Without the sounds, which are many and name nobody. */
export const flowsAmong = (db: Db, hashes: Hashes): Promise<ReleaseFiles> =>
  contentsOf(db, new Map([...hashes].filter(([path]) => path.startsWith("flows/"))));

/**
 * With the lock of releases held, so that no target is removed meanwhile.
 * @returns whom these flows put callers through to, and a running campaign that would get them has no number for
 */
export async function targetsGone(db: Db, files: ReleaseFiles): Promise<string[]> {
  const { flows } = readFlows(files);
  return putsAnybodyThrough(flows) ? nobodyThere(flows, await runningNeeds(db)) : [];
}
