import { tellVisit } from "#campaign/tell-visit.ts";
import { readSettings } from "#config.ts";
import { systemClock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import { say } from "./command.ts";
import { defineCommand } from "./options.ts";

export const why = defineCommand({
  name: "why",
  summary: "Tell everything that was decided about a visit: why it was called, why not, and when next.",
  operands: ["REF"],
  options: {
    campaign: { value: "NAME", help: "of this campaign only" },
    json: { help: "for programs: a JSON array, one object a visit" },
  },
  notes: "REF is the visit's reference, as in the list (visit_ref). Needs HEARBACK_DATABASE_URL.",
  examples: ["hearback why E-20261120-0042", "hearback why E-20261120-0042 --campaign outpatients-may"],
  run: async ([ref], given, io) => {
    const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
    try {
      const histories = await database.histories(ref!, given.campaign ?? null);
      if (histories.length === 0) {
        const where = given.campaign ? ` in the campaign "${given.campaign}"` : "";
        throw new AppError("visit_missing", `There is no visit "${ref}"${where}.`);
      }
      if (given.json) {
        say(io.stdout, JSON.stringify(histories, null, 2));
        return 0;
      }
      for (const [index, history] of histories.entries()) {
        if (index > 0) say(io.stdout, "");
        const { timeZone } = history.campaign.settings.callingHours;
        const options = { now: systemClock.now(), say: (moment: Date) => inWords(moment, timeZone) };
        for (const line of tellVisit(history, options)) say(io.stdout, line);
      }
      return 0;
    } finally {
      await database.close();
    }
  },
});

/** "Fri 20 Nov 2026, 10:02:05" */
export const inWords = (moment: Date, timeZone: string): string =>
  moment.toLocaleString("en-GB", {
    timeZone,
    ...({ weekday: "short", day: "2-digit", month: "short", year: "numeric" } as const),
    ...({ hour: "2-digit", minute: "2-digit", second: "2-digit" } as const),
  });
