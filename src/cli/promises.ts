import { promiseStanding } from "#campaign/promises.ts";
import { readSettings } from "#config.ts";
import { systemClock } from "#lib/clock.ts";
import { say } from "./command.ts";
import { columns, defineCommand } from "./options.ts";
import type { Promised } from "./ports.ts";
import { inWords } from "./why.ts";

const brokenSinceMs = 7 * 24 * 60 * 60_000;

export const promises = defineCommand({
  name: "promises",
  summary:
    "Calls promised to patients: what is due, what is late, and what was broken in the last seven days.",
  options: { json: { help: "for programs: a JSON array" } },
  notes:
    "A promise is kept when the call is made within five minutes of its time. Exit status 1 where one is late or broken, so that a monitor can ask. Needs HEARBACK_DATABASE_URL.",
  examples: ["hearback promises"],
  run: async (_operands, given, io) => {
    const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
    try {
      const now = systemClock.now();
      const found = await database.promises(new Date(now.getTime() - brokenSinceMs));
      if (given.json) say(io.stdout, JSON.stringify(found, null, 2));
      else for (const line of promiseLines(found, now)) say(io.stdout, line);
      return found.some((promised) => isLate(promised, now) || promised.state === "broken") ? 1 : 0;
    } finally {
      await database.close();
    }
  },
});

const isLate = (promised: Promised, now: Date): boolean => promiseStanding(promised, now) === "late";

function promiseLines(found: readonly Promised[], now: Date): string[] {
  if (found.length === 0) return ["Nothing is promised, and nothing was broken in the last seven days."];
  return columns(
    found.map((promised) => [
      `${inWords(promised.due, promised.timeZone)}  ${promised.visitRef} (${promised.campaign})`,
      standing(promised, now),
    ]),
  );
}

function standing(promised: Promised, now: Date): string {
  if (promised.state === "broken") return "BROKEN";
  if (promised.beingCalled) return "being called now";
  const minutes = Math.round((promised.due.getTime() - now.getTime()) / 60_000);
  if (isLate(promised, now)) return `LATE by ${-minutes} min`;
  return minutes > 0 ? `due in ${minutes} min` : "due now";
}
