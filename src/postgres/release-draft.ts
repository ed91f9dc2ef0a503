/**
 * The one draft of the house: what it was begun from, and each save as a row over it. Whoever saves says what they saw,
 * so that nobody's work is lost under somebody else's.
 */
import { randomUUID } from "node:crypto";
import {
  digestOfHashes,
  hashesOf,
  hashOf,
  isReleasePath,
  largestFile,
  type ReleaseFiles,
} from "#release/files.ts";
import type { Author, Draft, DraftChange, LastSave, Save, Saved, ThrownAway } from "#release/ports.ts";
import {
  type AuthorRow,
  authorOf,
  authorValues,
  contentsOf,
  differenceOf,
  type Hashes,
  hashesOfRelease,
  putContent,
} from "./release-files.ts";
import { changed, type Db, maybeRow, oneRow, rows } from "./rows.ts";
import type { Tx } from "./transaction.ts";

export interface OpenDraft {
  /** Null: nothing was saved yet. */
  id: string | null;
  basedOn: number | null;
  base: Hashes;
  /** With the saves over it. */
  hashes: Hashes;
  saves: SaveRow[];
}

interface SaveRow extends AuthorRow {
  batch: string;
  path: string;
  sha256: string | null;
  at: Date;
}

/** What calls say before there is any release; path to bytes. */
export type Folders = () => ReleaseFiles;

/** Moves of releases and of the draft, one after the other. */
export const lockReleases = (tx: Tx) => tx.query("select pg_advisory_xact_lock(4832773230)");

export async function openDraft(db: Db, folders: Folders): Promise<OpenDraft> {
  const draft = await maybeRow<DraftRow>(
    db,
    `select id, based_on as "basedOn", base from housekeeping.release_draft where open`,
  );
  const latest = draft ? null : await maybeRow<{ number: number }>(db, LATEST);
  const basedOn = draft ? draft.basedOn : (latest?.number ?? null);
  const base = await baseOf(db, basedOn, draft?.base ?? null, folders);
  const saves = draft
    ? await rows<SaveRow>(
        db,
        `select batch, path, sha256, at, author_kind, author_id, author_name from housekeeping.release_save
         where draft = $1 and undone_at is null order by id`,
        [draft.id],
      )
    : [];
  return { id: draft?.id ?? null, basedOn, base, saves, hashes: withSaves(base, saves) };
}

interface DraftRow {
  id: string;
  basedOn: number | null;
  base: Record<string, string> | null;
}

async function baseOf(db: Db, basedOn: number | null, base: DraftRow["base"], folders: Folders) {
  if (basedOn !== null) return (await hashesOfRelease(db, basedOn)) ?? new Map<string, string>();
  return base ? new Map(Object.entries(base)) : hashesOf(folders());
}

/** What a new draft begins from: the canary too is somebody's latest work. */
const LATEST =
  "select number from housekeeping.release where state in ('canary', 'live') order by state = 'live', number desc limit 1";

function withSaves(base: Hashes, saves: SaveRow[]): Hashes {
  const hashes = new Map(base);
  for (const { path, sha256 } of saves) {
    if (sha256 === null) hashes.delete(path);
    else hashes.set(path, sha256);
  }
  return hashes;
}

export const digestOfDraft = ({ hashes }: OpenDraft): string =>
  digestOfHashes([...hashes].map(([path, hash]) => ({ path, hash })));

/** The folders' own bytes are in the database only once something was saved over them. */
export const filesOfDraft = async (db: Db, { id, hashes, basedOn }: OpenDraft, folders: Folders) =>
  id === null && basedOn === null ? folders() : contentsOf(db, hashes);

export async function readDraft(db: Db, folders: Folders): Promise<Draft> {
  const draft = await openDraft(db, folders);
  return {
    basedOn: draft.basedOn,
    files: await filesOfDraft(db, draft, folders),
    digest: digestOfDraft(draft),
    changes: changesOf(draft),
    savedAt: draft.saves.at(-1)?.at ?? null,
    lastSave: lastSaveOf(draft),
    baseWithdrawn: await isWithdrawn(db, draft.basedOn),
  };
}

function lastSaveOf({ saves }: OpenDraft): LastSave | null {
  const last = saves.at(-1);
  if (!last) return null;
  const paths = saves.filter(({ batch }) => batch === last.batch).map(({ path }) => path);
  return { id: last.batch, paths: paths.sort(), author: authorOf(last), at: last.at };
}

export const isWithdrawn = async (db: Db, release: number | null): Promise<boolean> =>
  release !== null &&
  (await maybeRow(db, "select from housekeeping.release where number = $1 and state = 'withdrawn'", [
    release,
  ])) !== null;

function changesOf({ base, hashes, saves }: OpenDraft): DraftChange[] {
  return differenceOf(base, hashes).flatMap((change) => {
    const save = saves.findLast(({ path }) => path === change.path);
    return save ? [{ ...change, save: save.batch, author: authorOf(save), at: save.at }] : [];
  });
}

export async function saveFiles(tx: Tx, folders: Folders, saves: Save[], author: Author): Promise<Saved> {
  const because = saves.map(whyNot).find((why) => why !== null);
  if (because) return { kind: "refused", because };
  await lockReleases(tx);
  const draft = await openDraft(tx, folders);
  const hashes: (string | null)[] = [];
  for (const { path, bytes, expectedHash } of saves) {
    const there = draft.hashes.get(path) ?? null;
    if (there !== expectedHash) {
      const last = draft.saves.findLast((one) => one.path === path);
      return { kind: "conflict", path, hash: there, by: last ? authorOf(last) : null, at: last?.at ?? null };
    }
    hashes.push(bytes && hashOf(bytes));
  }
  const changing = saves.flatMap(({ path, bytes, expectedHash }, i) =>
    hashes[i] === expectedHash ? [] : [{ path, bytes, hash: hashes[i] ?? null }],
  );
  if (changing.length > 0) {
    await putContent(
      tx,
      changing.flatMap(({ bytes }) => bytes ?? []),
    );
    await addSaves(tx, await beginDraft(tx, draft, folders), changing, author);
  }
  return { kind: "saved", hash: hashes[0] ?? null };
}

function whyNot({ path, bytes }: Save): string | null {
  if (!isReleasePath(path)) return `a release has no file at ${path}`;
  return bytes && bytes.length > largestFile ? `${path} is larger than ${largestFile} bytes` : null;
}

/** A draft of the folders keeps what they hold now: they may be others tomorrow. */
export async function beginDraft(tx: Tx, draft: OpenDraft, folders: Folders): Promise<string> {
  if (draft.id !== null) return draft.id;
  if (draft.basedOn === null) await putContent(tx, folders().values());
  const { id } = await oneRow<{ id: string }>(
    tx,
    "insert into housekeeping.release_draft (based_on, base) values ($1, $2) returning id",
    [draft.basedOn, draft.basedOn === null ? JSON.stringify(Object.fromEntries(draft.base)) : null],
  );
  return id;
}

export async function addSaves(
  tx: Tx,
  draft: string,
  saves: { path: string; hash: string | null }[],
  author: Author,
): Promise<void> {
  await tx.query(
    `insert into housekeeping.release_save (draft, batch, path, sha256, author_kind, author_id, author_name)
     select $1, $2, s.path, s.hash, $3, $4, $5 from unnest($6::text[], $7::text[]) as s (path, hash)`,
    [
      ...[draft, randomUUID(), ...authorValues(author)],
      ...[saves.map(({ path }) => path), saves.map(({ hash }) => hash)],
    ],
  );
}

/** @returns the paths that changed */
export async function replaceAll(
  tx: Tx,
  folders: Folders,
  files: ReleaseFiles,
  author: Author,
): Promise<string[]> {
  await lockReleases(tx);
  const draft = await openDraft(tx, folders);
  const differing = differenceOf(draft.hashes, hashesOf(files));
  if (differing.length === 0) return [];
  await putContent(
    tx,
    differing.flatMap(({ path }) => files.get(path) ?? []),
  );
  const saves = differing.map(({ path, to }) => ({ path, hash: to }));
  await addSaves(tx, await beginDraft(tx, draft, folders), saves, author);
  return differing.map(({ path }) => path);
}

/** Of the newest draft, where it became no release and none is open. */
export const thrownAway = (db: Db): Promise<ThrownAway | null> =>
  maybeRow<ThrownAway>(
    db,
    `select d.id, d.closed_at as at, count(distinct s.path)::int as files
     from housekeeping.release_draft d
     join housekeeping.release_save s on s.draft = d.id and s.undone_at is null
     where d.closed_as is null and not d.open
       and not exists (select from housekeeping.release_draft n where n.begun_at > d.begun_at)
     group by d.id`,
  );

/** @returns whether it was that one still */
export async function bringBack(tx: Tx, draft: string): Promise<boolean> {
  await lockReleases(tx);
  if ((await thrownAway(tx))?.id !== draft) return false;
  const sql = "update housekeeping.release_draft set closed_at = null where id = $1 and not open";
  return (await changed(tx, sql, [draft])) > 0;
}

/** @returns whether there was one */
export async function discard(tx: Tx): Promise<boolean> {
  await lockReleases(tx);
  const sql = "update housekeeping.release_draft set closed_at = clock_timestamp() where open";
  return (await changed(tx, sql)) > 0;
}
