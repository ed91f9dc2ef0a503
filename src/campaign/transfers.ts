/** The list of those whom flows may put callers through to, and how staff change it. Pure. */
import { AppError } from "#lib/errors.ts";
import { type CallingHours, defaultCallingHours, hoursFaults } from "./calling-hours.ts";
import type { Campaign, CampaignSettings, TransferTarget } from "./campaign.ts";
import { parseSettings } from "./campaign-settings.ts";
import { usualTalkMinutes } from "./longest-call.ts";
import { mayDial } from "./phone-number.ts";

/** What is not given stays as it is. */
export interface TransferChange {
  /** As somebody writes it; a target that is new needs one. */
  number?: string | undefined;
  /** Null: the campaign's calling hours, and none of its own. */
  open?: CallingHours["days"] | null | undefined;
  talkMinutes?: number | undefined;
  /** E.164: beside drama numbers, what a target of a rehearsal may have. */
  allowNumbers?: readonly string[];
}

/** Of a target, what became different. */
export type TransferField = "number" | "open" | "talkMinutes";

export interface ChangedTransfers {
  settings: CampaignSettings;
  isNew: boolean;
  /** Empty: it was so already. */
  fields: TransferField[];
}

/** A target's name has a letter, so that it is no number. */
export const targetName = /^(?=.*[a-z])[a-z0-9-]{1,64}$/;

type Of = Pick<Campaign, "name" | "settings" | "rehearsal">;

/**
 * A target set or added, by the rules by which a campaign is made.
 * @throws AppError `campaign_settings` (never with the number), `transfer_missing`, `number_refused`
 */
export function withTransfer(of: Of, target: string, change: TransferChange): ChangedTransfers {
  const { name, settings, rehearsal } = of;
  const before = targetOf(settings, target);
  // A name is told in the audit, where no number may stand.
  if (!before && !targetName.test(target))
    throw refused("a target's name has a letter, and none but a-z, 0-9 and hyphens");
  const number = change.number ?? before?.number;
  if (number === undefined) throw missing(of, target, `to add it, say its number: ${target}=NUMBER`);
  const open = change.open === undefined ? before?.open : (change.open ?? undefined);
  const talkMinutes = change.talkMinutes ?? before?.talkMinutes ?? usualTalkMinutes;
  const wanted = { number, talkMinutes, ...(open && { open }) };
  const changed = parseSettings(
    { ...settings, transfers: { ...settings.transfers, [target]: wanted } },
    name,
  );
  const now = changed.transfers[target]!;
  if (change.open) refuseWrongHours(changed);
  const allowed = mayDial(now.number, { rehearsal, allowNumbers: new Set(change.allowNumbers) });
  if (change.number !== undefined && !allowed.ok) throw refused(allowed.because);
  return { settings: changed, isNew: !before, fields: differing(before, now) };
}

/**
 * To be asked when settings are written, not when they are read: hours that were taken before anybody looked at them stop
 * no campaign.
 * @throws AppError `campaign_settings`
 */
export function refuseWrongHours({ transfers }: CampaignSettings): void {
  const lines = Object.entries(transfers).flatMap(([target, { open }]) =>
    open
      ? hoursFaults({ ...defaultCallingHours, days: open }).map(
          (fault) => `  transfers.${target}.open: ${fault}`,
        )
      : [],
  );
  if (lines.length === 0) return;
  const of = "The hours of whom callers are put through to are wrong:";
  throw new AppError("campaign_settings", `${of}\n${lines.join("\n")}`);
}

/** @throws AppError `transfer_missing` */
export function withoutTransfer(of: Of, target: string): CampaignSettings {
  if (!targetOf(of.settings, target)) throw missing(of, target, "there is nothing to remove");
  const { [target]: _, ...transfers } = of.settings.transfers;
  return { ...of.settings, transfers };
}

/** Names that are those of every object, such as "constructor", are no target's. */
const targetOf = ({ transfers }: CampaignSettings, target: string): TransferTarget | undefined =>
  Object.hasOwn(transfers, target) ? transfers[target] : undefined;

function differing(before: TransferTarget | undefined, now: TransferTarget): TransferField[] {
  const fields: TransferField[] = ["number", "open", "talkMinutes"];
  return fields.filter((field) => JSON.stringify(before?.[field]) !== JSON.stringify(now[field]));
}

const refused = (because: string) => new AppError("number_refused", `Nothing was changed: ${because}`);

function missing({ name, settings }: Of, target: string, remedy: string): AppError {
  const names = Object.keys(settings.transfers);
  const there = names.length > 0 ? `it has: ${names.join(", ")}` : "it has none";
  const told = `The campaign "${name}" has no target "${target}" (${there}); ${remedy}`;
  return new AppError("transfer_missing", told);
}
