import type { Campaign } from "#campaign/campaign.ts";
import { defineCheck, type Finding, fault, ok } from "#doctor/check.ts";
import { withDatabase } from "#doctor/with-database.ts";
import { listCampaigns } from "#postgres/campaigns.ts";
import { readFlows, readPrompts } from "#storage/flow-files.ts";

/** A campaign lives on while prompts and flows are edited: each must still have what it names. */
export const campaigns = defineCheck({
  name: "campaigns",
  needs: ["databaseUrl", "promptFolder", "flowFolder"],
  run: ({ databaseUrl, promptFolder, flowFolder }) =>
    withDatabase(databaseUrl, async (pool) => {
      const living = (await listCampaigns(pool)).filter(({ status }) => status !== "stopped");
      const prompts = readPrompts(promptFolder, "en-GB");
      const flows = new Set(readFlows(flowFolder, prompts).keys());
      const faults = living.flatMap((campaign) => faultsOf(campaign, prompts.ids, flows));
      return faults.length > 0
        ? faults
        : [ok(`${living.length} of them have their flow and their spoken name`)];
    }),
});

function faultsOf(
  { name, settings }: Campaign,
  ids: ReadonlySet<string>,
  flows: ReadonlySet<string>,
): Finding[] {
  const faults: Finding[] = [];
  if (!ids.has(settings.spokenName))
    faults.push(
      fault(
        `"${name}" is to say "${settings.spokenName}", and there is no such prompt`,
        "record it (prompts/README.md), or make the campaign anew with another --spoken-name",
      ),
    );
  if (!flows.has(settings.flow))
    faults.push(
      fault(
        `"${name}" follows the flow "${settings.flow}", and there is none`,
        "put it back into the folder",
      ),
    );
  return faults;
}
