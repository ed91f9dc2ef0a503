import { readSettings } from "#config.ts";
import { type Command, say } from "./command.ts";
import { findCampaign } from "./find-campaign.ts";
import { defineCommand } from "./options.ts";

interface Move {
  name: string;
  to: "running" | "paused" | "stopped";
  summary: string;
  told: string;
}

const move = ({ name, to, summary, told }: Move): Command =>
  defineCommand({
    name: `campaign ${name}`,
    summary,
    operands: ["NAME"],
    options: {},
    notes: "Needs HEARBACK_DATABASE_URL.",
    examples: [`hearback campaign ${name} outpatients-may`],
    run: async ([campaign], _given, io) => {
      const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
      try {
        await findCampaign(database, campaign!);
        const moved = await database.moveCampaign(campaign!, to);
        say(io.stdout, `Campaign "${moved.name}" is ${moved.status}: ${told}`);
        return 0;
      } finally {
        await database.close();
      }
    },
  });

export const start = move({
  name: "start",
  to: "running",
  summary: "Let a campaign ring, inside its calling hours, wherever `hearback serve` runs.",
  told: "telephones may ring within its calling hours.",
});

export const pause = move({
  name: "pause",
  to: "paused",
  summary: "Begin no more calls for a campaign; calls going on come to their end.",
  told: "no call begins until it is started again.",
});

export const stop = move({
  name: "stop",
  to: "stopped",
  summary: "End a campaign for good; calls going on come to their end.",
  told: "it does not start again.",
});
