import { restoreBackup } from "#backup/restore-backup.ts";
import { readSettings } from "#config.ts";
import { silentLogger } from "#lib/logger.ts";
import { createPool } from "#postgres/pool.ts";
import { createCiphers } from "#storage/ciphers.ts";
import { createLocalStore } from "#storage/local-disk.ts";
import { createMasterKeys } from "#storage/master-key.ts";
import { say } from "./command.ts";
import { defineCommand } from "./options.ts";

export const restore = defineCommand({
  name: "restore",
  summary:
    "Put a backup back into an empty database and story folder, and compare every row and story with it.",
  operands: ["DIR"],
  options: {},
  notes: [
    "Needs HEARBACK_DATABASE_URL, HEARBACK_DATA_KEY and HEARBACK_MASTER_KEY (those of the backup) and HEARBACK_STORY_FOLDER.",
    "Running campaigns come back paused: who was called after the backup, or opted out, is not known any more.",
  ].join("\n"),
  examples: ["hearback restore /backup/hearback-2026-11-21"],
  run: async ([folder], _given, io) => {
    const settings = readSettings(
      ["databaseUrl", "dataKey", "masterKey", "oldMasterKeys", "storyFolder"],
      io.env,
    );
    const { databaseUrl: url, dataKey, storyFolder } = settings;
    const pool = createPool({
      url,
      applicationName: "hearback restore",
      maxConnections: 2,
      as: "owner",
      logger: silentLogger,
    });
    try {
      const store = await createLocalStore(storyFolder);
      const progress = (line: string) => say(io.stderr, line);
      const keys = { ciphers: createCiphers(dataKey), masterKeys: createMasterKeys(settings) };
      const parts = { pool, ...keys, store, progress };
      const { manifest, paused } = await restoreBackup(parts, folder!);
      const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
      say(
        io.stdout,
        `Restored as of ${manifest.madeAt}: ${rows} rows, ${manifest.stories.length} stories, all equal.`,
      );
      if (paused > 0)
        say(
          io.stdout,
          `${paused} campaigns that were running are paused. Before you start them, hold back whoever was called or ` +
            "opted out since then: Asterisk's own record (cdr-csv/Master.csv) names the calls.",
        );
      return 0;
    } finally {
      await pool.end();
    }
  },
});
