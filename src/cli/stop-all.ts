import { readSettings } from "#config.ts";
import { type Command, say } from "./command.ts";
import { defineCommand } from "./options.ts";
import type { Stopped } from "./ports.ts";
import { userName } from "./user-name.ts";
import { inWords } from "./why.ts";

const by = { value: "NAME", help: "who says so; your user name when not given" } as const;

export const stopAll: Command = defineCommand({
  name: "stop-all",
  summary:
    "Begin no more calls, of any campaign, on any machine, from this instant; calls going on come to their end.",
  options: {
    because: { value: "TEXT", help: "why, for those who wonder later; no names of patients", required: true },
    by,
  },
  notes: "It holds until `hearback resume-all`, over restarts too. Needs HEARBACK_DATABASE_URL.",
  examples: ['hearback stop-all --because "the greeting names the wrong hospital"'],
  run: async (_operands, given, io) => {
    const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
    try {
      const asked = { by: given.by ?? userName(), because: given.because };
      const stopped = await database.stopAll(asked);
      say(io.stdout, `No call begins any more, anywhere: ${inStaffsWords(stopped)}.`);
      say(io.stdout, "Go on with: hearback resume-all");
      return 0;
    } finally {
      await database.close();
    }
  },
});

export const resumeAll: Command = defineCommand({
  name: "resume-all",
  summary: "Let calls begin again after `hearback stop-all`.",
  options: { by },
  notes: "Needs HEARBACK_DATABASE_URL.",
  examples: ["hearback resume-all"],
  run: async (_operands, given, io) => {
    const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
    try {
      const was = await database.resumeAll({ by: given.by ?? userName() });
      say(io.stdout, was ? `Calls may begin again (${inStaffsWords(was)}).` : "Nothing was stopped.");
      return 0;
    } finally {
      await database.close();
    }
  },
});

const inStaffsWords = ({ at, by, because }: Stopped): string =>
  `stopped by ${by}, ${inWords(at, "Europe/London")}: ${because}`;
