/** Stories as files: sealing those of before, erasing one. It brings the database and the story store with it. */
import { readSettings } from "#config.ts";
import { createLogger, silentLogger } from "#lib/logger.ts";
import { writeAudit } from "#postgres/audit-log.ts";
import { proveKey } from "#postgres/data-key.ts";
import { createErasureRows } from "#postgres/erase-story.ts";
import { proveMasterKeys } from "#postgres/master-keys.ts";
import { assertMigrated } from "#postgres/migrate.ts";
import { createPlainStories } from "#postgres/plain-stories.ts";
import { createPool } from "#postgres/pool.ts";
import { assertReachable } from "#postgres/reachable.ts";
import { inTransaction } from "#postgres/transaction.ts";
import { eraseStory } from "#recording/erase-story.ts";
import { sealStories } from "#recording/seal-stories.ts";
import { createCiphers } from "#storage/ciphers.ts";
import { sealedKey } from "#storage/sealed-store.ts";
import { openStoryFolder, type StoryFolder } from "#story-folder.ts";
import { plainFiles } from "#verify/stories.ts";
import { byCommand } from "./by-command.ts";
import { type Io, say, UsageError } from "./command.ts";
import { defineGroup } from "./group.ts";
import { defineCommand } from "./options.ts";

type Pool = ReturnType<typeof createPool>;

const needs =
  "Needs HEARBACK_DATABASE_URL, HEARBACK_STORY_FOLDER, HEARBACK_DATA_KEY and, where there is one, HEARBACK_MASTER_KEY.";

const seal = defineCommand({
  name: "recordings seal",
  summary: "Seal the stories that lie in plain, as all did before version 0.1.0's end.",
  options: { "dry-run": { help: "only tell how many they are" } },
  notes: [
    "Each is sealed beside its plain file, read back, opened and compared; then its row; then the plain file is removed.",
    "Stopped half-way it is run again. serve may go on meanwhile, once every copy of it is of this version; a backup should not.",
    needs,
    "Status 1 where a story's file is missing or damaged: it is left as it is.",
  ].join("\n"),
  examples: ["hearback recordings seal --dry-run", "hearback recordings seal"],
  run: (_operands, given, io) =>
    withStories(io, async ({ pool, folder, storyFolder }) => {
      const rows = createPlainStories(pool);
      if (given["dry-run"]) {
        say(io.stdout, `${stories(await rows.count())} in plain.`);
        return 0;
      }
      const sealed = { disk: folder.disk, sealed: folder.storeOn(pool), sealedKey, rows };
      const progress = (done: number, of: number) => say(io.stderr, `${done} of ${of} sealed`);
      const left = await plainFiles(storyFolder);
      const done = await sealStories({ ...sealed, signal: io.signal, progress }, left);
      if (done.sealed + done.cleared > 0) await noteSealing(pool, done);
      for (const id of done.damaged) say(io.stderr, `MISSING or damaged, and left as it is: story ${id}`);
      if (done.cleared > 0) say(io.stdout, `${done.cleared} plain files of sealed stories removed.`);
      say(io.stdout, `${stories(done.sealed)} sealed.`);
      return done.damaged.length > 0 ? 1 : 0;
    }),
});

const noteSealing = (pool: Pool, { sealed, cleared }: { sealed: number; cleared: number }): Promise<void> =>
  inTransaction(pool, (tx) =>
    writeAudit(tx, {
      ...{ who: byCommand(), action: "seal", subject: null, trust: null, reason: null },
      details: { count: sealed, files: sealed + cleared },
    }),
  );

const erase = defineCommand({
  name: "recordings erase",
  summary: "Erase one story for good: its key, its file, its words and all that was made of it.",
  operands: ["STORY_ID"],
  options: {
    because: { value: "TEXT", help: "why, for the proof that stays; no names of patients", required: true },
    yes: { help: "yes, for good" },
  },
  notes: [
    "A proof stays: which story, when, by whom and why, and until when backups may still hold it (HEARBACK_BACKUP_DAYS).",
    "Results tell that visit anew, without a story: systems that have read the words before must erase them too.",
    needs,
  ].join("\n"),
  examples: [
    'hearback recordings erase 0197a000-0000-7000-8000-000000000001 --because "asked for by letter" --yes',
  ],
  run: ([storyId], given, io) =>
    withStories(io, async ({ pool, folder }) => {
      if (!given.yes) throw new UsageError("hearback recordings erase cannot be undone: say --yes");
      if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(storyId!))
        throw new UsageError(`${storyId} is no story's id`);
      const { backupDays } = readSettings(["backupDays"], io.env);
      const deps = {
        rows: createErasureRows(pool, { backupDays }),
        store: folder.storeOn(pool),
        logger: createLogger({ level: "warn" }),
      };
      const erasure = await eraseStory(deps, storyId!, { by: byCommand(), why: given.because });
      const { at, backupsUntil, fileGoneAt } = erasure;
      say(
        io.stdout,
        `Erased at ${at.toISOString()}; ${fileGoneAt ? "its file is gone" : "serve removes its file"}.`,
      );
      say(
        io.stdout,
        backupsUntil
          ? `Backups of before may hold it until ${backupsUntil.toISOString().slice(0, 10)}.`
          : "Backups of before hold it for as long as you keep them.",
      );
      return 0;
    }),
});

export const recordings = defineGroup({
  name: "recordings",
  summary: "Stories as files: seal those of before, erase one for good.",
  parts: [seal, erase],
  examples: [
    "hearback recordings seal",
    'hearback recordings erase STORY_ID --because "asked for by letter" --yes',
  ],
});

const stories = (count: number): string => (count === 1 ? "1 story" : `${count} stories`);

interface Opened {
  pool: Pool;
  folder: StoryFolder;
  storyFolder: string;
}

async function withStories(io: Io, work: (opened: Opened) => Promise<number>): Promise<number> {
  const keys = ["databaseUrl", "dataKey", "masterKey", "oldMasterKeys", "storyFolder"] as const;
  const settings = readSettings(keys, io.env);
  const pool = createPool({
    ...{ url: settings.databaseUrl, applicationName: "hearback recordings", maxConnections: 2 },
    logger: silentLogger,
  });
  try {
    await assertReachable(pool);
    await assertMigrated(pool);
    await proveKey(pool, createCiphers(settings.dataKey));
    const folder = await openStoryFolder(settings);
    await proveMasterKeys(pool, folder.masterKeys);
    return await work({ pool, folder, storyFolder: settings.storyFolder });
  } finally {
    await pool.end();
  }
}
