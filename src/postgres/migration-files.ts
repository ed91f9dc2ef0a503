import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "#lib/errors.ts";

/** An index that is made while others read and write the table. */
export interface ConcurrentIndex {
  name: string;
  /** With its schema, where the file names one. */
  table: string;
  sql: string;
}

export interface Migration {
  name: string;
  sql: string;
  checksum: string;
  /** Null: all of the file in one transaction. */
  concurrently: readonly ConcurrentIndex[] | null;
}

export const migrationFolder = join(import.meta.dirname, "migrations");

/** The first line of a file that runs outside a transaction, an index at a time. */
const mark = /^-- concurrently\b/;
const indexStatement =
  /^create\s+(?:unique\s+)?index\s+concurrently\s+([a-z_][a-z0-9_]*)\s+on\s+((?:[a-z_]+\.)?[a-z_][a-z0-9_]*)\s/i;

/**
 * In the order in which they run.
 * @throws AppError `migration_unusable` where a file that is marked says more than "create index concurrently"
 */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_[a-z_]+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name), "utf8");
      const checksum = createHash("sha256").update(sql).digest("hex");
      return { name, sql, checksum, concurrently: mark.test(sql) ? indexesOf(name, sql) : null };
    }),
  );
}

function indexesOf(file: string, text: string): ConcurrentIndex[] {
  const statements = text
    .replace(/--.*$/gm, "")
    .split(";")
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
  return statements.map((sql) => {
    const [, name, table] = indexStatement.exec(sql) ?? [];
    if (name && table) return { name: name.toLowerCase(), table, sql };
    const text = `${file} is marked "-- concurrently", and may hold nothing but "create index concurrently NAME on TABLE ...": write "${sql.slice(0, 60)}" into a file of its own.`;
    throw new AppError("migration_unusable", text, { name: file });
  });
}
