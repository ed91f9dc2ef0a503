import type { CanaryFigures } from "#release/canary.ts";
import type { FileChange, ReleaseFiles } from "#release/files.ts";
import type { Place, Release, ReleaseEvent, ReleaseState, ReleaseSummary } from "#release/ports.ts";
import { type Folders, filesOfDraft, openDraft } from "./release-draft.ts";
import {
  type AuthorRow,
  authorOf,
  content,
  differenceOf,
  filesOfRelease,
  type Hashes,
  hashesOfRelease,
} from "./release-files.ts";
import { type Db, maybeRow, rows } from "./rows.ts";

interface Row extends AuthorRow {
  number: number;
  state: ReleaseState;
  published_at: Date;
  note: string;
  based_on: number | null;
  digest: string;
  calls: number;
}

const SUMMARY = "select r.*, housekeeping.release_calls(r.number) as calls from housekeeping.release r";

const summaryOf = (row: Row): ReleaseSummary => ({
  ...{ number: row.number, state: row.state, author: authorOf(row), publishedAt: row.published_at },
  ...{ note: row.note, basedOn: row.based_on, digest: row.digest, calls: row.calls },
});

/** Newest first. */
export const listReleases = async (db: Db): Promise<ReleaseSummary[]> =>
  (await rows<Row>(db, `${SUMMARY} order by r.number desc`)).map(summaryOf);

export async function showRelease(db: Db, number: number): Promise<Release | null> {
  const row = await maybeRow<Row>(db, `${SUMMARY} where r.number = $1`, [number]);
  if (!row) return null;
  const events = await rows<
    AuthorRow & Pick<ReleaseEvent, "kind" | "at" | "why"> & { figures: CanaryFigures | null }
  >(
    db,
    `select kind, at, why, figures, author_kind, author_id, author_name from housekeeping.release_event
     where release = $1 order by id`,
    [number],
  );
  const before = row.based_on === null ? null : await hashesOfRelease(db, row.based_on);
  const hashes = (await hashesOfRelease(db, number)) ?? new Map<string, string>();
  return {
    ...summaryOf(row),
    difference: differenceOf(before ?? new Map<string, string>(), hashes),
    history: events.map((event) => ({
      ...{ kind: event.kind, at: event.at, why: event.why, figures: event.figures },
      by: authorOf(event),
    })),
  };
}

const hashesAt = async (db: Db, folders: Folders, place: Place): Promise<Hashes | null> =>
  place === "draft" ? (await openDraft(db, folders)).hashes : hashesOfRelease(db, place);

export const filesAt = async (db: Db, folders: Folders, place: Place): Promise<ReleaseFiles | null> =>
  place === "draft" ? filesOfDraft(db, await openDraft(db, folders), folders) : filesOfRelease(db, place);

export async function fileAt(
  db: Db,
  folders: Folders,
  place: Place,
  path: string,
): Promise<Uint8Array | null> {
  const hash = (await hashesAt(db, folders, place))?.get(path);
  if (hash === undefined) return null;
  return (await content(db, hash)) ?? (place === "draft" ? (folders().get(path) ?? null) : null);
}

export async function diffOf(db: Db, folders: Folders, from: Place, to: Place): Promise<FileChange[] | null> {
  const [before, after] = [await hashesAt(db, folders, from), await hashesAt(db, folders, to)];
  return before && after && differenceOf(before, after);
}
