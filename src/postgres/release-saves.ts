/** What the draft's files were before: each save with its author, taking one back, and a draft of an earlier release. */
import type { Author, Begun, FileVersion, Undone } from "#release/ports.ts";
import { addSaves, beginDraft, discard, type Folders, lockReleases, openDraft } from "./release-draft.ts";
import { type AuthorRow, authorOf, content, differenceOf, hashesOfRelease } from "./release-files.ts";
import { type Db, maybeRow, rows } from "./rows.ts";
import type { Tx } from "./transaction.ts";

/** In any release, draft or save there ever was. */
export const EVERY_HASH = `
  select f.sha256 from housekeeping.release_file f where f.path = $1
  union select s.sha256 from housekeeping.release_save s where s.path = $1 and s.sha256 is not null
  union select d.base ->> $1 from housekeeping.release_draft d where d.base ? $1`;

interface VersionRow extends AuthorRow {
  sha256: string | null;
  at: Date;
  release: number | null;
  undone: boolean;
}

/** A file's saves, and the releases that had it otherwise than the one they were made from; newest first. */
export async function versionsOf(db: Db, path: string): Promise<FileVersion[]> {
  const found = await rows<VersionRow>(
    db,
    `select * from (
       select s.sha256, s.at, s.author_kind, s.author_id, s.author_name, null::int as release,
         s.undone_at is not null as undone
       from housekeeping.release_save s where s.path = $1
       union all
       select f.sha256, r.published_at, r.author_kind, r.author_id, r.author_name, r.number, false
       from housekeeping.release_file f join housekeeping.release r on r.number = f.release
       where f.path = $1 and not exists (select from housekeeping.release_file b
         where b.release = r.based_on and b.path = f.path and b.sha256 = f.sha256)
       union all
       select d.base ->> $1, d.begun_at - interval '1 millisecond', null, null, null, null, false
       from housekeeping.release_draft d where d.base ? $1
     ) v order by at desc, release nulls last`,
    [path],
  );
  return found.map((row) => ({
    ...{ sha256: row.sha256, at: row.at, release: row.release, undone: row.undone },
    author: row.author_kind === null ? null : authorOf(row),
  }));
}

/** The folders' own are in the database only once something was saved over them. */
export async function versionOf(
  db: Db,
  folders: Folders,
  path: string,
  sha256: string,
): Promise<Uint8Array | null> {
  const { hashes, basedOn, id } = await openDraft(db, folders);
  if (hashes.get(path) === sha256 && id === null && basedOn === null) return folders().get(path) ?? null;
  const known = await rows<{ sha256: string }>(db, EVERY_HASH, [path]);
  return known.some((one) => one.sha256 === sha256) ? content(db, sha256) : null;
}

/**
 * Of the open draft, as long as nobody saved over what is taken back since.
 * @param only of the save's files; null: all of them
 */
export async function undo(tx: Tx, save: string, only: string | null = null): Promise<Undone> {
  await lockReleases(tx);
  const over = await maybeRow<AuthorRow & { path: string; at: Date }>(
    tx,
    `select o.path, o.at, o.author_kind, o.author_id, o.author_name from housekeeping.release_save s
     join housekeeping.release_draft d on d.id = s.draft and d.open
     join housekeeping.release_save o on o.draft = s.draft and o.path = s.path and o.id > s.id and o.undone_at is null
     where s.batch::text = $1 and s.undone_at is null and s.path = coalesce($2, s.path) order by o.id desc limit 1`,
    [save, only],
  );
  if (over) return { kind: "covered", path: over.path, by: authorOf(over), at: over.at };
  const undone = await rows<{ path: string }>(
    tx,
    `update housekeeping.release_save set undone_at = clock_timestamp()
     where undone_at is null and batch::text = $1 and path = coalesce($2, path)
       and draft = (select d.id from housekeeping.release_draft d where d.open)
     returning path`,
    [save, only],
  );
  if (undone.length === 0) return { kind: "missing" };
  return { kind: "undone", paths: undone.map(({ path }) => path).sort() };
}

/** Begun over what is live, so that what would change for calls is what the draft shows. */
export async function beginFrom(tx: Tx, folders: Folders, release: number, author: Author): Promise<Begun> {
  await lockReleases(tx);
  const refused = (because: string): Begun => ({ kind: "refused", because });
  const wanted = await hashesOfRelease(tx, release);
  if (!wanted) return refused(`there is no release ${release}`);
  const open = await openDraft(tx, folders);
  const changes = differenceOf(open.base, open.hashes).length;
  if (changes > 0)
    return refused(
      `the draft changes ${changes === 1 ? "one file" : `${changes} files`} already: publish it, or throw it away, first`,
    );
  await discard(tx);
  const draft = await openDraft(tx, folders);
  const differing = differenceOf(draft.hashes, wanted);
  if (differing.length === 0) return refused(`new calls get what release ${release} holds already`);
  const saves = differing.map(({ path, to }) => ({ path, hash: to }));
  await addSaves(tx, await beginDraft(tx, draft, folders), saves, author);
  return { kind: "begun", paths: saves.map(({ path }) => path) };
}
