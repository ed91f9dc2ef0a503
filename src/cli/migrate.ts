import { readSettings } from "#config.ts";
import { say } from "./command.ts";
import { defineCommand } from "./options.ts";

export const migrate = defineCommand({
  name: "migrate",
  summary: "Bring the database's tables up to date. What is there already stays; run it after every update.",
  options: {},
  notes: "Needs HEARBACK_DATABASE_URL.",
  examples: ["HEARBACK_DATABASE_URL=postgres://hearback:secret@db/hearback hearback migrate"],
  run: async (_operands, _given, io) => {
    const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env), { behind: true });
    try {
      const ran = await database.migrate((line) => say(io.stderr, line));
      for (const name of ran) say(io.stdout, `ran ${name}`);
      say(io.stdout, ran.length === 0 ? "The database is up to date." : `${ran.length} migrations ran.`);
      return 0;
    } finally {
      await database.close();
    }
  },
});
