/** The bytes of releases: each content once, by its hash. */
import { changesBetween, type FileChange, hashOf, type ReleaseFiles } from "#release/files.ts";
import type { Author } from "#release/ports.ts";
import { ContentCache } from "./content-cache.ts";
import { type Db, rows } from "./rows.ts";

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

/** A house's prompts are ten megabytes, and most of them are the same from release to release. */
const cache = new ContentCache(32 * 1024 * 1024);

export async function contentsOf(db: Db, hashes: Hashes): Promise<ReleaseFiles> {
  const byHash = new Map([...hashes.values()].map((hash) => [hash, cache.get(hash)]));
  const unknown = [...byHash].filter(([, bytes]) => bytes === null).map(([hash]) => hash);
  const found = await rows<{ sha256: string; bytes: Buffer }>(
    db,
    "select sha256, bytes from housekeeping.release_content where sha256 = any($1)",
    [unknown],
  );
  for (const { sha256, bytes } of found) {
    const own = new Uint8Array(bytes);
    cache.keep(sha256, own);
    byHash.set(sha256, own);
  }
  return new Map(
    [...hashes].flatMap(([path, hash]) => {
      const bytes = byHash.get(hash);
      return bytes ? [[path, bytes] as const] : [];
    }),
  );
}

export const content = async (db: Db, hash: string): Promise<Uint8Array | null> =>
  (await contentsOf(db, new Map([["", hash]]))).get("") ?? null;

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
