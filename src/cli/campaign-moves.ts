import type { Campaign } from "#campaign/campaign.ts";
import { readSettings } from "#config.ts";
import { type Command, type Io, say } from "./command.ts";
import { findCampaign } from "./find-campaign.ts";
import { defineCommand } from "./options.ts";
import { refuseUnspoken } from "./refuse-unspoken.ts";

interface Move {
  name: string;
  to: "running" | "paused" | "stopped";
  summary: string;
  told: string;
  notes: string;
  /** Throws what stands against it. */
  check?(campaign: Campaign, io: Io): Promise<void>;
}

const move = ({ name, to, summary, told, notes, check }: Move): Command =>
  defineCommand({
    name: `campaign ${name}`,
    summary,
    operands: ["NAME"],
    options: {},
    notes,
    examples: [`hearback campaign ${name} outpatients-may`],
    run: async ([campaign], _given, io) => {
      const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
      try {
        const found = await findCampaign(database, campaign!);
        await check?.(found, io);
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
  notes: "Needs HEARBACK_DATABASE_URL, and the folders of prompts and flows as `campaign create` does.",
  check: async ({ name, settings, rehearsal, release }, { services, env }) => {
    // One with a release of its own was looked at with that when somebody chose it.
    if (release) return;
    const folders = readSettings(["promptFolder", "flowFolder"], env);
    await refuseUnspoken(settings, {
      ...{ services, folders, heading: "Not started:", forPatients: !rehearsal, campaign: name },
    });
  },
});

export const pause = move({
  name: "pause",
  to: "paused",
  summary: "Begin no more calls for a campaign; calls going on come to their end.",
  told: "no call begins until it is started again.",
  notes: "Needs HEARBACK_DATABASE_URL.",
});

export const stop = move({
  name: "stop",
  to: "stopped",
  summary: "End a campaign for good; calls going on come to their end.",
  told: "it does not start again.",
  notes: "Needs HEARBACK_DATABASE_URL.",
});
