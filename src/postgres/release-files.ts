/** The bytes of releases: each content once, by its hash. */
import { changesBetween, type FileChange, hashOf, type ReleaseFiles } from "#release/files.ts";
import type { Author } from "#release/ports.ts";
import { type Db, maybeRow, rows } from "./rows.ts";

/** Path to hash. */
export type Hashes = ReadonlyMap<string, string>;

/** @returns the hashes of what is there now */
export async function putContent(db: Db, contents: Iterable<Uint8Array>): Promise<string[]> {
  const hashes: string[] = [];
  for (const bytes of contents) {
    const hash = hashOf(bytes);
    await db.query(
      "insert into housekeeping.release_content (sha256, bytes) values ($1, $2) on conflict do nothing",
      [hash, Buffer.from(bytes)],
    );
    hashes.push(hash);
  }
  return hashes;
}

/** Null where there is no such release. */
export async function hashesOfRelease(db: Db, release: number): Promise<Hashes | null> {
  const found = await rows<{ path: string; sha256: string }>(
    db,
    `select f.path, f.sha256 from housekeeping.release_file f where f.release = $1 order by f.path collate "C"`,
    [release],
  );
  return found.length > 0 ? new Map(found.map(({ path, sha256 }) => [path, sha256])) : null;
}

export async function contentsOf(db: Db, hashes: Hashes): Promise<ReleaseFiles> {
  const found = await rows<{ sha256: string; bytes: Buffer }>(
    db,
    "select sha256, bytes from housekeeping.release_content where sha256 = any($1)",
    [[...new Set(hashes.values())]],
  );
  const byHash = new Map(found.map(({ sha256, bytes }) => [sha256, new Uint8Array(bytes)]));
  return new Map(
    [...hashes].flatMap(([path, hash]) => {
      const bytes = byHash.get(hash);
      return bytes ? [[path, bytes] as const] : [];
    }),
  );
}

export async function content(db: Db, hash: string): Promise<Uint8Array | null> {
  const sql = "select bytes from housekeeping.release_content where sha256 = $1";
  const row = await maybeRow<{ bytes: Buffer }>(db, sql, [hash]);
  return row && new Uint8Array(row.bytes);
}

/** Null where there is no such release. */
export async function filesOfRelease(db: Db, release: number): Promise<ReleaseFiles | null> {
  const hashes = await hashesOfRelease(db, release);
  return hashes && contentsOf(db, hashes);
}

export const differenceOf = (from: Hashes, to: Hashes): FileChange[] => changesBetween(from, to);

export interface AuthorRow {
  author_kind: Author["kind"];
  author_id: string;
  author_name: string | null;
}

export const authorOf = (row: AuthorRow): Author => ({
  kind: row.author_kind,
  id: row.author_id,
  name: row.author_name,
});
export const authorValues = ({ kind, id, name }: Author): [string, string, string | null] => [kind, id, name];
