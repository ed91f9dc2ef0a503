/** What commands and other systems do, each act in one transaction with its line of the audit. */
import type { Pool } from "pg";
import type { AuditEntry, AuditWho } from "#access/audit.ts";
import type { Campaign, NewCampaign } from "#campaign/campaign.ts";
import type { Pinned } from "#campaign/campaign-release.ts";
import type { ChangedTransfers, TransferChange } from "#campaign/transfers.ts";
import type { CampaignsSpoken } from "#release/campaigns-spoken.ts";
import type { ReleaseFiles } from "#release/files.ts";
import type { OptOutDesk, OptOutRow, VisitRow } from "#web/ports.ts";
import { writeAudit } from "./audit-log.ts";
import { pinCampaign, pinToLookAt } from "./campaign-release.ts";
import { changeTransfer, detailsOf, removeTransfer } from "./campaign-transfers.ts";
import { campaignByName, createCampaign, pauseCampaign, startCampaign, stopCampaign } from "./campaigns.ts";
import type { Ciphers } from "./ciphers.ts";
import { addOptOut, withdrawOptOut } from "./opt-outs.ts";
import { maybeRow } from "./rows.ts";
import { resumeAll, type Stopped, stopAll } from "./stop-switch.ts";
import { inTransaction, type Tx } from "./transaction.ts";
import { moveVisit, type VisitMove } from "./visit-desk.ts";

type Told = Pick<AuditEntry, "action"> & Partial<AuditEntry>;

const nothingMore = { subject: null, trust: null, reason: null, details: {} };

/** @param work says what the audit is to tell; null: nothing happened */
async function audited<T>(
  pool: Pool,
  who: AuditWho,
  work: (tx: Tx) => Promise<{ result: T; told: Told | null }>,
): Promise<T> {
  return inTransaction(pool, async (tx) => {
    const { result, told } = await work(tx);
    if (told) await writeAudit(tx, { ...nothingMore, who, ...told });
    return result;
  });
}

/** An act that is nothing but being told: what is read, before its first byte goes out. */
export const tell = (pool: Pool, who: AuditWho, told: Told): Promise<void> =>
  audited(pool, who, async () => ({ result: undefined, told }));

/** Files are no rows: told first and changed last, so that where either fails neither is. @param work changes them */
export const changeFiles = (
  pool: Pool,
  who: AuditWho,
  told: readonly Told[],
  work: () => void,
): Promise<void> =>
  inTransaction(pool, async (tx) => {
    for (const one of told) await writeAudit(tx, { ...nothingMore, who, ...one });
    work();
  });

export const makeCampaign = (pool: Pool, who: AuditWho, campaign: NewCampaign): Promise<Campaign> =>
  audited(pool, who, async (tx) => {
    const result = await createCampaign(tx, campaign);
    const { id, trust, status: state, unit } = result;
    const subject = { kind: "campaign", id };
    return { result, told: { action: "campaign-create", subject, trust, details: { state, unit } } };
  });

/** Which release it runs on from now on. @param release null: what is live */
export async function pin(
  pool: Pool,
  who: AuditWho,
  { campaign, release, spoken }: { campaign: Campaign; release: number | null; spoken: CampaignsSpoken },
): Promise<Pinned> {
  const asked = await pinToLookAt(pool, campaign, release);
  const unspoken = asked ? await spoken(asked.files, [asked.needs]) : [];
  if (unspoken.length > 0) return { kind: "refused", because: unspoken };
  return audited(pool, who, async (tx) => {
    const { id, trust, release: from = null } = campaign;
    const result = await pinCampaign(tx, campaign, release);
    const subject = { kind: "campaign", id };
    const told: Told = { action: "campaign-release", subject, trust, details: { from, to: release } };
    return { result, told: result.kind === "pinned" ? told : null };
  });
}

/** @throws AppError `campaign_settings`, `transfer_missing`, `number_refused` */
export const setTransfer = (
  pool: Pool,
  who: AuditWho,
  campaign: Campaign,
  { target, change }: { target: string; change: TransferChange },
): Promise<ChangedTransfers> =>
  audited(pool, who, async (tx) => {
    const result = await changeTransfer(tx, campaign, target, change);
    const told = result.fields.length > 0 ? ofTransfer(campaign, detailsOf(target, result)) : null;
    return { result, told };
  });

/** @returns what stands against it; none: it is removed. @throws AppError `transfer_missing` */
export const dropTransfer = (
  pool: Pool,
  who: AuditWho,
  campaign: Campaign,
  { target, folders }: { target: string; folders: () => Promise<ReleaseFiles> },
): Promise<string[]> =>
  audited(pool, who, async (tx) => {
    const result = await removeTransfer(tx, campaign, target, folders);
    const told = ofTransfer(campaign, { kind: "remove", label: target });
    return { result, told: result.length === 0 ? told : null };
  });

const ofTransfer = ({ id, trust }: Campaign, details: AuditEntry["details"]): Told => ({
  ...{ action: "campaign-transfer", subject: { kind: "campaign", id }, trust, details },
});

const moves = { running: startCampaign, paused: pauseCampaign, stopped: stopCampaign };

/** @throws AppError `campaign_missing`, `campaign_status`, `campaign_not_ready` */
export const moveCampaign = (
  pool: Pool,
  who: AuditWho,
  name: string,
  to: keyof typeof moves,
): Promise<Campaign> =>
  audited(pool, who, async (tx) => {
    const before = await campaignByName(tx, name);
    const result = await moves[to](tx, name);
    const details = { from: before?.status ?? null, to };
    const subject = { kind: "campaign", id: result.id };
    return { result, told: { action: "campaign-move", subject, trust: result.trust, details } };
  });

/** @param by whom the visit's history names */
export const moveVisitOf = (
  pool: Pool,
  who: AuditWho,
  visitId: string,
  { how, by }: { how: VisitMove; by: string },
): Promise<VisitRow> =>
  audited(pool, who, async (tx) => {
    const result = await moveVisit(tx, visitId, how, by);
    const trust = await trustOf(tx, "visit", visitId);
    return { result, told: { action: `visit-${how}`, subject: { kind: "visit", id: visitId }, trust } };
  });

export const noteOptOut = (
  pool: Pool,
  who: AuditWho,
  ciphers: Ciphers,
  optOut: Parameters<OptOutDesk["add"]>[0],
): ReturnType<OptOutDesk["add"]> =>
  audited(pool, who, async (tx) => {
    const result = await addOptOut(tx, ciphers, optOut);
    return { result, told: result.isNew ? ofOptOut("opt-out", result.optOut) : null };
  });

/** @throws AppError `opt_out_missing` */
export const takeBackOptOut = (pool: Pool, who: AuditWho, id: string): Promise<OptOutRow> =>
  audited(pool, who, async (tx) => {
    const result = await withdrawOptOut(tx, id);
    return { result, told: ofOptOut("opt-out-withdraw", result) };
  });

const ofOptOut = (action: Told["action"], { id, trust, scope }: OptOutRow): Told => ({
  ...{ action, subject: { kind: "opt-out", id }, trust, details: { kind: scope } },
});

export const stopEverything = (
  pool: Pool,
  who: AuditWho,
  asked: { by: string; because: string },
): Promise<Stopped> =>
  audited(pool, who, async (tx) => ({
    result: await stopAll(tx, asked),
    told: { action: "stop-all", reason: asked.because },
  }));

export const resumeEverything = (pool: Pool, who: AuditWho, asked: { by: string }): Promise<Stopped | null> =>
  audited(pool, who, async (tx) => {
    const result = await resumeAll(tx, asked);
    return { result, told: result && { action: "resume-all" } };
  });

/** So long a listener may go back and forth in a story, and it is one listen. */
const listenMinutes = 15;

/** Each listen once, however many pieces of the sound are fetched; before the first of them goes out. */
export const tellListen = (pool: Pool, who: AuditWho, storyId: string): Promise<void> =>
  audited(pool, who, async (tx) => {
    await tx.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`listen ${who.id} ${storyId}`]);
    const told = await maybeRow(
      tx,
      `select from housekeeping.audit_entry where subject_kind = 'story' and subject_id = $1 and who_id = $2
         and action = 'listen' and at > clock_timestamp() - make_interval(mins => $3) limit 1`,
      [storyId, who.id, listenMinutes],
    );
    if (told) return { result: undefined, told: null };
    const trust = await trustOf(tx, "story", storyId);
    return { result: undefined, told: { action: "listen", subject: { kind: "story", id: storyId }, trust } };
  });

const trustOf = async (tx: Tx, table: "visit" | "story", id: string): Promise<string | null> =>
  (await maybeRow<{ trust: string }>(tx, `select trust from ${table} where id = $1`, [id]))?.trust ?? null;
