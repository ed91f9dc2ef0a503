/** The master key of the stories: which are in use, and another for all. It brings the database and the keys with it. */
import { readSettings } from "#config.ts";
import { silentLogger } from "#lib/logger.ts";
import { masterKeysInUse } from "#postgres/master-keys.ts";
import { assertMigrated } from "#postgres/migrate.ts";
import { createPool } from "#postgres/pool.ts";
import { assertReachable } from "#postgres/reachable.ts";
import { rotateKeys } from "#postgres/rotate-keys.ts";
import { createMasterKeys, type MasterKeys } from "#storage/master-key.ts";
import { byCommand } from "./by-command.ts";
import { type Io, say } from "./command.ts";
import { defineGroup } from "./group.ts";
import { defineCommand } from "./options.ts";

type Pool = ReturnType<typeof createPool>;

const needs =
  "Needs HEARBACK_DATABASE_URL, HEARBACK_DATA_KEY, HEARBACK_MASTER_KEY and HEARBACK_OLD_MASTER_KEYS (where there are).";

const status = defineCommand({
  name: "keys status",
  summary: "Which master keys wrap how many stories' keys, and whether each is at hand.",
  options: { json: { help: "for programs: one JSON object" } },
  notes: [needs, "Status 1 where a key that is needed is not among the settings."].join("\n"),
  examples: ["hearback keys status"],
  run: (_operands, given, io) =>
    withKeys(io, async (pool, masters) => {
      const keys = (await masterKeysInUse(pool, masters)).map((key) => ({
        ...key,
        current: key.keyId === masters.keyId,
      }));
      if (given.json) say(io.stdout, JSON.stringify({ current: masters.keyId, keys }, null, 2));
      else {
        for (const { keyId, stories, fits, current } of keys)
          say(
            io.stdout,
            `${keyId}  ${count(stories)}  ${current ? "wraps new ones" : "of before: hearback keys rotate"}${fits ? "" : "; NOT AT HAND"}`,
          );
        if (!keys.some(({ current }) => current))
          say(io.stdout, `${masters.keyId}  wraps new ones, and none yet`);
      }
      return keys.every(({ fits }) => fits) ? 0 : 1;
    }),
});

const rotate = defineCommand({
  name: "keys rotate",
  summary: "Wrap every story's key with the master key of now; the stories themselves are not touched.",
  options: {},
  notes: [
    "1. Give the new key as HEARBACK_MASTER_KEY and the one of before among HEARBACK_OLD_MASTER_KEYS, to every copy of serve,",
    "   and restart them one after the other: both keys are read. 2. Run this; stopped half-way it is run again. 3. Take the",
    "   old key out of the settings once this says that it wraps nothing any more. Backups of before still need it.",
    needs,
  ].join("\n"),
  examples: ["hearback keys rotate"],
  run: (_operands, _given, io) =>
    withKeys(io, async (pool, masters) => {
      const progress = (done: number, of: number) => say(io.stderr, `${done} of ${of} keys wrapped anew`);
      const { rewrapped, retired, damaged } = await rotateKeys(pool, masters, { by: byCommand(), progress });
      for (const id of damaged) say(io.stderr, `DAMAGED: the key of story ${id} does not unwrap`);
      say(io.stdout, `${count(rewrapped)} wrapped with ${masters.keyId}.`);
      for (const keyId of retired) say(io.stdout, `${keyId} wraps nothing any more.`);
      const left = (await masterKeysInUse(pool, masters)).filter(({ keyId }) => keyId !== masters.keyId);
      for (const { keyId, stories } of left)
        say(
          io.stdout,
          `${keyId} still wraps ${count(stories)}: is a serve going on with it? Then run this again.`,
        );
      return damaged.length + left.length > 0 ? 1 : 0;
    }),
});

export const keys = defineGroup({
  name: "keys",
  summary: "The master key that wraps the keys of the stories: look, and change it.",
  parts: [status, rotate],
  examples: ["hearback keys status", "hearback keys rotate"],
});

const count = (stories: number): string => (stories === 1 ? "1 story's key" : `${stories} stories' keys`);

async function withKeys(io: Io, work: (pool: Pool, masters: MasterKeys) => Promise<number>): Promise<number> {
  const settings = readSettings(["databaseUrl", "dataKey", "masterKey", "oldMasterKeys"], io.env);
  const pool = createPool({
    ...{ url: settings.databaseUrl, applicationName: "hearback keys", maxConnections: 2 },
    logger: silentLogger,
  });
  try {
    await assertReachable(pool);
    await assertMigrated(pool);
    return await work(pool, createMasterKeys(settings));
  } finally {
    await pool.end();
  }
}
