/**
 * A backup put back into an empty database and story folder. Everything is checked before anything is written, and the
 * rows come in one transaction, whose last act is to compare all of them with the backup.
 */
import { readFile } from "node:fs/promises";
import type { Pool } from "pg";
import { AppError } from "#lib/errors.ts";
import { opens } from "#postgres/master-keys.ts";
import { migrate } from "#postgres/migrate.ts";
import { changed } from "#postgres/rows.ts";
import {
  exportTable,
  importTable,
  isEmpty,
  listTables,
  schemaVersion,
  setCounters,
  type Table,
  withoutRules,
} from "#postgres/table-copy.ts";
import { inTransaction, type Tx } from "#postgres/transaction.ts";
import type { StoryStore } from "#recording/ports.ts";
import type { Ciphers } from "#storage/ciphers.ts";
import type { MasterKeys } from "#storage/master-key.ts";
import {
  linesOf,
  type Manifest,
  readManifest,
  sha256OfFile,
  storyFile,
  tableFile,
  tally,
} from "./manifest.ts";

export interface RestoreParts {
  pool: Pool;
  ciphers: Ciphers;
  masterKeys: MasterKeys;
  /** Files as they come. */
  store: Pick<StoryStore, "put">;
  progress(line: string): void;
}

export interface Restored {
  manifest: Manifest;
  /** Campaigns that were running: what was called after the backup is not known, and must not be called again. */
  paused: number;
}

/**
 * @throws AppError `backup_unreadable`, `backup_damaged`, `data_key_wrong`, `master_key_missing`, `database_not_empty`,
 *   `backup_of_other_version`, `restore_differs`
 */
export async function restoreBackup(parts: RestoreParts, folder: string): Promise<Restored> {
  const manifest = readManifest(folder);
  assertKey(manifest, parts.ciphers);
  await assertMasterKeys(manifest, parts.masterKeys);
  await assertWhole(manifest, folder);
  parts.progress("the backup is whole, and the data key fits");
  await migrate(parts.pool);
  await assertFits(manifest, parts.pool);
  const uris = await putStories(manifest, folder, parts);
  const paused = await inTransaction(parts.pool, async (tx) => {
    await tx.query("set local idle_in_transaction_session_timeout = 0; set local statement_timeout = 0");
    const tables = await listTables(tx);
    await withoutRules(tx, tables, async () => {
      for (const table of tables) await importTable(tx, table, linesOf(tableFile(folder, table.name)));
      await compare(tx, tables, manifest);
    });
    await setCounters(tx, manifest.counters);
    return settle(tx, uris);
  });
  return { manifest, paused };
}

function assertKey({ keyProof }: Manifest, ciphers: Ciphers): void {
  try {
    ciphers.decrypt("content", Buffer.from(keyProof, "hex"));
  } catch (cause) {
    const text =
      "HEARBACK_DATA_KEY is not the key of this backup: nothing was written. Give it the key of that time.";
    throw new AppError("data_key_wrong", text, {}, { cause });
  }
}

/** Without them the stories would come back as noise. A backup from before stories were sealed names none. */
async function assertMasterKeys({ masterKeys = [] }: Manifest, ours: MasterKeys): Promise<void> {
  for (const { keyId, proof } of masterKeys)
    if (!(await opens(ours, keyId, Buffer.from(proof, "hex"))))
      throw new AppError(
        "master_key_missing",
        `The stories of this backup need the master key ${keyId}: nothing was written. Give it as HEARBACK_MASTER_KEY ` +
          "or among HEARBACK_OLD_MASTER_KEYS.",
        { keyId },
      );
}

async function assertWhole({ tables, stories }: Manifest, folder: string): Promise<void> {
  const files = [
    ...tables.map(({ name, sha256 }) => ({ path: tableFile(folder, name), sha256 })),
    ...stories.map(({ key, sha256 }) => ({ path: storyFile(folder, key), sha256 })),
  ];
  for (const { path, sha256 } of files) {
    const found = await sha256OfFile(path).catch(() => "missing");
    if (found !== sha256)
      throw new AppError("backup_damaged", `${path} is not as it was written: nothing was restored.`);
  }
}

async function assertFits({ schema, tables }: Manifest, pool: Pool): Promise<void> {
  const here = await schemaVersion(pool);
  const names = (await listTables(pool)).map(({ name }) => name);
  const same = JSON.stringify([here, names]) === JSON.stringify([schema, tables.map(({ name }) => name)]);
  if (!same)
    throw new AppError(
      "backup_of_other_version",
      "The backup was made by another version of Hearback: restore it with that one, then upgrade.",
    );
  if (await isEmpty(pool, await listTables(pool))) return;
  throw new AppError("database_not_empty", "The database holds rows already: restore into an empty one.");
}

async function putStories({ stories }: Manifest, folder: string, { store, progress }: RestoreParts) {
  const uris: { key: string; uri: string }[] = [];
  for (const { key } of stories) {
    const { uri } = await store.put(key, await readFile(storyFile(folder, key)));
    uris.push({ key, uri });
  }
  progress(`${uris.length} stories put back, each read again`);
  return uris;
}

/** Reads every row back out: what differs now differs for ever. */
async function compare(tx: Tx, tables: readonly Table[], manifest: Manifest): Promise<void> {
  for (const [index, table] of tables.entries()) {
    const counted = tally();
    for await (const _ of counted.of(exportTable(tx, table)));
    const { rows, sha256 } = manifest.tables[index]!;
    const found = counted.result();
    if (found.rows !== rows || found.sha256 !== sha256)
      throw new AppError(
        "restore_differs",
        `${table.name} came back otherwise than it went: nothing was kept.`,
      );
  }
}

/** What must differ from the moment of the backup: where stories lie, who works on a job, and that nobody is rung yet. */
async function settle(tx: Tx, uris: { key: string; uri: string }[]): Promise<number> {
  await tx.query(
    `update story set uri = moved.uri from json_to_recordset($1::json) as moved (key text, uri text)
     where right(story.uri, length(moved.key) + 1) = '/' || moved.key and story.uri <> moved.uri`,
    [JSON.stringify(uris)],
  );
  await tx.query(
    "update graphile_worker._private_jobs set locked_at = null, locked_by = null where locked_by is not null",
  );
  await tx.query(
    "update graphile_worker._private_job_queues set locked_at = null, locked_by = null where locked_by is not null",
  );
  return changed(tx, "update campaign set status = 'paused' where status = 'running'");
}
