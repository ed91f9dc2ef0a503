import { dispositions } from "#call/disposition.ts";
import type { CampaignStanding } from "#campaign/campaign.ts";
import { readSettings } from "#config.ts";
import { say } from "./command.ts";
import { findCampaign } from "./find-campaign.ts";
import { columns, defineCommand } from "./options.ts";

export const status = defineCommand({
  name: "campaign status",
  summary: "How a campaign stands, or all of them: visits by disposition, promised calls, machines.",
  operands: ["[NAME]"],
  options: { json: { help: "for programs: a JSON array, one object a campaign" } },
  notes: "Needs HEARBACK_DATABASE_URL.",
  examples: ["hearback campaign status outpatients-may"],
  run: async ([name], given, io) => {
    const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
    try {
      const campaigns = name ? [await findCampaign(database, name)] : await database.campaigns();
      const standings: CampaignStanding[] = [];
      for (const campaign of campaigns) standings.push(await database.standing(campaign.name));
      if (given.json) say(io.stdout, JSON.stringify(standings.map(asJson), null, 2));
      else for (const line of standingLines(standings)) say(io.stdout, line);
      return 0;
    } finally {
      await database.close();
    }
  },
});

function standingLines(standings: CampaignStanding[]): string[] {
  if (standings.length === 0) return ["There is no campaign yet; create one with: hearback campaign create"];
  return standings.flatMap((standing, index) => [...(index > 0 ? [""] : []), ...linesOf(standing)]);
}

/** The FFT asks within 48 hours of the visit; lists without times cannot tell. */
const timelyLine = ({ called, within48h }: CampaignStanding["timely"]): string[] =>
  called === 0
    ? []
    : [
        `  first called within 48 hours of the visit: ${within48h} of ${called} (${Math.round((100 * within48h) / called)} %)`,
      ];

function linesOf({
  campaign,
  visits,
  due,
  calling,
  dispositions: counts,
  callbacks,
  machines,
  timely,
}: CampaignStanding): string[] {
  const title = `${campaign.name}: ${campaign.status}${campaign.rehearsal ? " (rehearsal)" : ""}`;
  const met = dispositions.filter((word) => (counts[word] ?? 0) > 0);
  const next = callbacks.next
    ? `, the next at ${localTime(callbacks.next, campaign.settings.callingHours.timeZone)}`
    : "";
  return [
    title,
    `  ${visits} visits, ${due} still to be called, ${calling} on the line now`,
    ...columns(met.map((word) => [word, String(counts[word]).padStart(7)])).map((line) => `  ${line}`),
    `  promised calls: ${callbacks.promised}${next}`,
    ...timelyLine(timely),
    `  answering machines: ${machines.found}, of which ${machines.falseAlarms} were people after all`,
  ];
}

const localTime = (moment: Date, timeZone: string): string =>
  moment.toLocaleString("en-GB", { timeZone, dateStyle: "medium", timeStyle: "short" });

/** Numbers and names that a program may rely on. */
const asJson = ({ campaign, ...standing }: CampaignStanding) => ({
  name: campaign.name,
  status: campaign.status,
  rehearsal: campaign.rehearsal,
  ...standing,
});
