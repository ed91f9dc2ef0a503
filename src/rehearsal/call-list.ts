/** A campaign among pretend people, one visit each, made as an operator makes one: by its list. */
import type { Pool } from "pg";
import type { Campaign, CampaignSettings } from "#campaign/campaign.ts";
import { importVisits } from "#campaign/import-visits.ts";
import { createCampaign } from "#postgres/campaigns.ts";
import { createVisitLists } from "#postgres/visits.ts";
import type { Ciphers } from "#storage/ciphers.ts";
import { dramaNumber } from "./drama-numbers.ts";

export interface CallList {
  name: string;
  settings: CampaignSettings;
  /** Visits, V-0 and so on, in the order of their numbers. */
  calls: number;
}

/** Nobody is called before it is started. @throws where the list is not taken whole */
export async function createCallList(pool: Pool, ciphers: Ciphers, list: CallList): Promise<Campaign> {
  const { name, settings, calls } = list;
  const campaign = await createCampaign(pool, {
    ...{ name, trust: "northfield", unit: "", rehearsal: true, settings },
  });
  const rows = Array.from({ length: calls }, (_, index) => `V-${index},${dramaNumber(index)}`);
  const report = await importVisits({
    ...{ campaignId: campaign.id, visits: createVisitLists(pool, ciphers), encoding: "utf-8" },
    bytes: (async function* () {
      yield Buffer.from(["visit_ref,phone", ...rows].join("\n"));
    })(),
    ...{ timeZone: settings.callingHours.timeZone, now: new Date(), keep: [], skipBad: null },
    guard: { rehearsal: true, allowNumbers: new Set<string>() },
  });
  if (report.kind !== "imported" || report.added !== calls)
    throw new Error(`the list of ${calls} visits was not imported whole: ${JSON.stringify(report)}`);
  return campaign;
}
