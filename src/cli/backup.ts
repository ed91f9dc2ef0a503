import { writeBackup } from "#backup/write-backup.ts";
import { readSettings } from "#config.ts";
import { systemClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/logger.ts";
import { tell } from "#postgres/acts.ts";
import { pendingMigrations } from "#postgres/migrate.ts";
import { createPool } from "#postgres/pool.ts";
import { createCiphers } from "#storage/ciphers.ts";
import { byCommand } from "./by-command.ts";
import { say } from "./command.ts";
import { defineCommand } from "./options.ts";

export const backup = defineCommand({
  name: "backup",
  summary: "Write every row and every story into a new folder, all as of one moment; serve may go on.",
  operands: ["DIR"],
  options: {},
  notes: [
    "Needs HEARBACK_DATABASE_URL and HEARBACK_DATA_KEY, and must reach the stories' folder.",
    "The data key and the master key are not in the backup: keep them apart. Stories are in it sealed, transcripts in plain.",
    "Status 1 where audio is missing or damaged; the rest is written all the same.",
  ].join("\n"),
  examples: ["hearback backup /backup/hearback-2026-11-21"],
  run: async ([folder], _given, io) => {
    const { databaseUrl: url, dataKey } = readSettings(["databaseUrl", "dataKey"], io.env);
    const pool = createPool({
      url,
      applicationName: "hearback backup",
      maxConnections: 2,
      as: "owner",
      logger: silentLogger,
    });
    try {
      const parts = { pool, ciphers: createCiphers(dataKey), clock: systemClock };
      const progress = (line: string) => say(io.stderr, line);
      const told = { action: "export", details: { kind: "backup" } } as const;
      // One of an older version has no audit yet.
      if ((await pendingMigrations(pool)).length === 0) await tell(pool, byCommand(), told);
      const { manifest, lost } = await writeBackup({ ...parts, progress }, folder!);
      for (const key of lost) say(io.stderr, `MISSING or damaged in the story folder: ${key}`);
      say(io.stdout, `The backup of ${manifest.madeAt} is in ${folder}.`);
      return lost.length > 0 ? 1 : 0;
    } finally {
      await pool.end();
    }
  },
});
