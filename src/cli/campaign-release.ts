import type { CampaignRelease } from "#campaign/campaign-release.ts";
import { readSettings } from "#config.ts";
import { say, UsageError } from "./command.ts";
import { findCampaign } from "./find-campaign.ts";
import { defineCommand } from "./options.ts";

export const release = defineCommand({
  name: "campaign release",
  summary: "Run a campaign on one release of flows and prompts, or on what is live; or tell which.",
  operands: ["NAME", "[N|live]"],
  options: {},
  notes: [
    "Without N it tells what the campaign runs on. A release that was rolled back, or is a canary, cannot be taken. Where",
    "the one it runs on is rolled back, the campaign keeps it; but one whose calls heard nothing, or lacked a prompt,",
    "nobody keeps: new calls get what is live. Needs HEARBACK_DATABASE_URL.",
  ].join("\n"),
  examples: ["hearback campaign release outpatients-may 7", "hearback campaign release outpatients-may live"],
  run: async ([name, word], _given, io) => {
    const wanted = word === undefined ? undefined : releaseIn(word);
    const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
    try {
      const campaign = await findCampaign(database, name!);
      if (wanted !== undefined) {
        const pinned = await database.pinCampaign(campaign, wanted);
        if (pinned.kind === "refused") {
          say(io.stderr, ["Refused:", ...pinned.because].join("\n  "));
          return 1;
        }
      }
      for (const line of linesOf(campaign.name, await database.campaignRelease(campaign)))
        say(io.stdout, line);
      return 0;
    } finally {
      await database.close();
    }
  },
});

/** Null: what is live. @throws UsageError */
function releaseIn(word: string): number | null {
  if (word === "live") return null;
  if (/^[1-9]\d{0,8}$/.test(word)) return Number(word);
  throw new UsageError(`"${word}" is neither a release's number nor live: hearback release list tells them`);
}

function linesOf(name: string, { pinned, rolledBack, live }: CampaignRelease): string[] {
  const now = live === null ? "what the folders hold: no release is live" : `release ${live}, which is live`;
  if (pinned === null) return [`Campaign "${name}" runs on ${now}, and on its canary.`];
  if (!rolledBack) return [`Campaign "${name}" runs on release ${pinned}, whatever is live.`];
  const why = `Release ${pinned} was rolled back: ${rolledBack.why}`;
  const leave = `hearback campaign release ${/^[\w.-]+$/.test(name) ? name : `"${name}"`} live`;
  return rolledBack.harmed
    ? [`Campaign "${name}" was to run on release ${pinned}, and gets ${now}.`, why]
    : [`Campaign "${name}" runs on release ${pinned} STILL. To leave it: ${leave}`, why];
}
