/**
 * A backup of everything that a hospital could lose: the rows as of one moment, and the stories. It is written into a
 * folder of its own; the data key and the master keys are not in it, only proofs by which the right ones are known.
 * Stories are copied as they lie there: sealed.
 */
import { createWriteStream } from "node:fs";
import { chmod, copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import type { Pool } from "pg";
import type { Clock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import { proveKey } from "#postgres/data-key.ts";
import { proofs } from "#postgres/master-keys.ts";
import { rows } from "#postgres/rows.ts";
import { exportTable, listTables, readCounters, schemaVersion, type Table } from "#postgres/table-copy.ts";
import { inTransaction, type Tx } from "#postgres/transaction.ts";
import type { Ciphers } from "#storage/ciphers.ts";
import { type Manifest, manifestFile, sha256OfFile, storyFile, tableFile, tally } from "./manifest.ts";

export interface BackupParts {
  pool: Pool;
  ciphers: Ciphers;
  clock: Clock;
  progress(line: string): void;
}

/** What was backed up, and the audio that was not there to be backed up, by its key. */
export interface BackupDone {
  manifest: Manifest;
  lost: string[];
}

/** @throws AppError `backup_folder_taken`, `data_key_wrong`; those of the disk and the database as they are */
export async function writeBackup(parts: BackupParts, folder: string): Promise<BackupDone> {
  await makeFolders(folder);
  await proveKey(parts.pool, parts.ciphers);
  const madeAt = parts.clock.now().toISOString();
  const copied = await inTransaction(parts.pool, async (tx) => {
    await tx.query("set transaction isolation level repeatable read, read only");
    // A slow disk is no reason to give up.
    await tx.query("set local idle_in_transaction_session_timeout = 0; set local statement_timeout = 0");
    const tables: Manifest["tables"] = [];
    for (const table of await listTables(tx)) tables.push(await writeTable(tx, folder, table));
    const stories = await storiesIn(tx);
    const masterKeys = (await proofs(tx)).map(({ keyId, proof }) => ({
      keyId,
      proof: proof.toString("hex"),
    }));
    return { tables, stories, masterKeys, counters: await readCounters(tx), schema: await schemaVersion(tx) };
  });
  parts.progress(`${copied.tables.reduce((sum, { rows }) => sum + rows, 0)} rows written`);
  const { kept, lost } = await copyStories(folder, copied.stories, parts);
  const keyProof = parts.ciphers.encrypt("content", madeAt).toString("hex");
  const { tables, counters, schema, masterKeys } = copied;
  const known = { format: 1, madeAt, schema, keyProof, masterKeys, counters } as const;
  const manifest: Manifest = { ...known, tables, stories: kept };
  await writeFile(manifestFile(folder), JSON.stringify(manifest, null, 1), { mode: 0o600 });
  return { manifest, lost };
}

async function makeFolders(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0)
    throw new AppError(
      "backup_folder_taken",
      `${folder} is not empty: each backup needs a folder of its own.`,
    );
  for (const name of ["tables", "stories"]) await mkdir(join(folder, name), { mode: 0o700 });
}

async function writeTable(tx: Tx, folder: string, table: Table) {
  const counted = tally();
  const lines = counted.of(exportTable(tx, table));
  const texts = Readable.from(lines).map((line: string) => `${line}\n`);
  await pipeline(texts, createWriteStream(tableFile(folder, table.name), { mode: 0o600 }));
  return { name: table.name, ...counted.result() };
}

interface StoredStory {
  uri: string;
  sha256: string;
  bytes: number;
}

const storiesIn = (tx: Tx): Promise<StoredStory[]> =>
  rows<StoredStory>(
    tx,
    "select uri, sha256, bytes::float8 as bytes from story where audio = 'stored' order by uri",
  );

/**
 * Stored audio never changes but once, when it is sealed, so that it can be copied after the rows; each copy is read again.
 */
async function copyStories(folder: string, stories: StoredStory[], { progress }: BackupParts) {
  const kept: Manifest["stories"] = [];
  const lost: string[] = [];
  for (const { uri, sha256, bytes } of stories) {
    const from = fileURLToPath(uri);
    const key = basename(from);
    const to = storyFile(folder, key);
    const copied = await copyFile(from, to).then(
      () => sha256OfFile(to),
      () => null,
    );
    if (copied === sha256) {
      await chmod(to, 0o600);
      kept.push({ key, bytes, sha256 });
    } else lost.push(key);
    if (kept.length % 1_000 === 0) progress(`${kept.length} of ${stories.length} stories copied`);
  }
  progress(`${kept.length} stories copied`);
  return { kept, lost };
}
