/** Which release new calls get. All moves go one after the other, each with its event and its entry in the audit. */
import { type CanaryFigures, callsWanted } from "#release/canary.ts";
import { digestOfHashes } from "#release/files.ts";
import type { Author, Moved, ReleaseEvent, ReleaseState, Seen } from "#release/ports.ts";
import { writeAudit } from "./audit-log.ts";
import { lockReleases, type OpenDraft } from "./release-draft.ts";
import { authorValues } from "./release-files.ts";
import { changed, type Db, maybeRow, oneRow } from "./rows.ts";
import type { Tx } from "./transaction.ts";

export interface Standing {
  live: number | null;
  canary: { number: number; share: number; since: Date } | null;
}

/** What new calls get just now. */
export async function standing(db: Db): Promise<Standing> {
  const { live, ...canary } = await oneRow<{
    live: number | null;
    number: number | null;
    share: number;
    since: Date;
  }>(
    db,
    `select l.number as live, c.number, c.share, c.published_at as since from (select) one
     left join housekeeping.release l on l.state = 'live' left join housekeeping.release c on c.state = 'canary'`,
  );
  const { number, share, since } = canary;
  return { live, canary: number === null ? null : { number, share, since } };
}

export interface NewRelease {
  draft: OpenDraft;
  note: string;
  share: number;
  author: Author;
}

/** The draft as the next release, with the lock held. @returns its number */
export async function insertRelease(tx: Tx, { draft, note, share, author }: NewRelease): Promise<number> {
  const files = [...draft.hashes].map(([path, hash]) => ({ path, hash }));
  const { number } = await oneRow<{ number: number }>(
    tx,
    `insert into housekeeping.release (number, state, share, digest, based_on, note, author_kind, author_id, author_name)
     select coalesce(max(number), 0) + 1, 'canary', $1, $2, $3, $4, $5, $6, $7 from housekeeping.release
     returning number`,
    [share, digestOfHashes(files), draft.basedOn, note, ...authorValues(author)],
  );
  await tx.query(
    `insert into housekeeping.release_file (release, path, sha256)
     select $1, f.path, f.hash from unnest($2::text[], $3::text[]) as f (path, hash)`,
    [number, files.map(({ path }) => path), files.map(({ hash }) => hash)],
  );
  await tx.query(
    `update housekeeping.release_draft set closed_at = clock_timestamp(), closed_as = $1 where open`,
    [number],
  );
  await happened(tx, number, "publish", author, note);
  await audit(tx, author, "release-publish", number, note, { count: files.length });
  return number;
}

/** New calls get the canary, all of them. `kind`: a person said so, or its figures did. */
export async function giveToAll(
  tx: Tx,
  number: number,
  { kind, why, figures }: { kind: "approve" | "all"; why: string; figures: CanaryFigures | null },
  author: Author,
): Promise<Moved> {
  await lockReleases(tx);
  const { live, canary } = await standing(tx);
  if (canary?.number !== number)
    return { kind: "refused", because: `release ${number} is no canary that could be given to all` };
  await move(tx, live, "live", "former");
  await move(tx, number, "canary", "live");
  await happened(tx, number, kind, author, why, figures);
  await audit(tx, author, "release-approve", number, why, { kind });
  return { kind: "done", live: number };
}

export const approvedAfter = (calls: number): string => `approved after ${calls} of ${callsWanted} calls`;

interface WayBack {
  why: string;
  figures: CanaryFigures | null;
  seen?: Seen | undefined;
  /** What running campaigns lack for a release that is to come back, a sentence each; null: the folders. */
  lacking?(release: number | null): Promise<string[]>;
}

/** @param to null: the canary ends, or the release that was live before comes back */
export async function rollBack(
  tx: Tx,
  to: number | null,
  { why, figures, seen, lacking = async () => [] }: WayBack,
  author: Author,
): Promise<Moved> {
  await lockReleases(tx);
  const { live, canary } = await standing(tx);
  if (seen && (seen.live !== live || seen.canary !== (canary?.number ?? null)))
    return { kind: "refused", because: "the releases were moved since you looked: see how they stand now" };
  const target = to ?? (canary ? live : await liveBefore(tx, live));
  const refusal = await whyNot(tx, to, target, live, canary?.number ?? null);
  if (refusal !== null) return { kind: "refused", because: refusal };
  const lacks = live === target ? [] : await lacking(target);
  if (lacks.length > 0)
    return { kind: "refused", because: `${nameOf(target)} cannot come back as it is: ${lacks.join("; ")}` };
  const left = [...(canary ? [canary.number] : []), ...(live !== null && live !== target ? [live] : [])];
  if (canary) await move(tx, canary.number, "canary", "withdrawn");
  if (live !== target) {
    await move(tx, live, "live", "withdrawn");
    await move(tx, target, ["former", "withdrawn"], "live");
  }
  for (const number of left) await rolledBack(tx, number, { author, why, figures });
  if (target !== null && target !== live) await happened(tx, target, "restore", author, why);
  await audit(tx, author, "release-rollback", left[0] ?? target ?? 0, why, {
    from: left[0] ?? null,
    to: target,
  });
  return { kind: "done", live: target };
}

const nameOf = (release: number | null): string =>
  release === null ? "what the folders hold" : `release ${release}`;

async function whyNot(
  tx: Tx,
  to: number | null,
  target: number | null,
  live: number | null,
  canary: number | null,
): Promise<string | null> {
  if (live === null && canary === null && to === null) return "no release was published yet";
  if (to !== null && to === canary) return `release ${to} is the canary: approve it, or roll back to another`;
  if (to !== null && to === live && canary === null) return `release ${to} is live already`;
  const there = "select from housekeeping.release where number = $1";
  if (target !== null && !(await maybeRow(tx, there, [target]))) return `there is no release ${target}`;
  return null;
}

/** The one that was given to all last, of those that were not rolled back; null: the folders. */
export async function liveBefore(tx: Db, live: number | null): Promise<number | null> {
  const row = await maybeRow<{ number: number }>(
    tx,
    `select r.number from housekeeping.release r where r.state = 'former' and r.number is distinct from $1
     order by (select max(e.id) from housekeeping.release_event e
       where e.release = r.number and e.kind in ('approve', 'all', 'restore')) desc limit 1`,
    [live],
  );
  return row?.number ?? null;
}

async function move(
  tx: Tx,
  number: number | null,
  from: ReleaseState | ReleaseState[],
  to: ReleaseState,
): Promise<void> {
  if (number === null) return;
  await changed(
    tx,
    `update housekeeping.release set state = $3, moved_at = clock_timestamp()
     where number = $1 and state = any ($2)`,
    [number, [from].flat(), to],
  );
}

/** Whether it did harm is written down with it: campaigns that are pinned to it go by that. */
async function rolledBack(
  tx: Tx,
  number: number,
  { author, why, figures }: { author: Author; why: string; figures: CanaryFigures | null },
): Promise<void> {
  await tx.query(
    `insert into housekeeping.release_event (release, kind, author_kind, author_id, author_name, why, figures, harmed)
     values ($1, 'rollback', $2, $3, $4, $5, $6,
       housekeeping.release_fell_silent($1)
       or exists (select from housekeeping.release_trouble where release = $1 and kind = 'missing-prompt'))`,
    [number, ...authorValues(author), why, figures && JSON.stringify(figures)],
  );
}

async function happened(
  tx: Tx,
  number: number,
  kind: ReleaseEvent["kind"],
  author: Author,
  why: string,
  figures: CanaryFigures | null = null,
): Promise<void> {
  await tx.query(
    `insert into housekeeping.release_event (release, kind, author_kind, author_id, author_name, why, figures)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [number, kind, ...authorValues(author), why, figures && JSON.stringify(figures)],
  );
}

type ReleaseAction = "release-publish" | "release-approve" | "release-rollback";

const audit = (
  tx: Tx,
  who: Author,
  action: ReleaseAction,
  number: number,
  reason: string,
  details: Record<string, string | number | null>,
) =>
  writeAudit(tx, {
    ...{ who, action, details },
    subject: { kind: "release", id: String(number) },
    trust: null,
    reason: reason.slice(0, 1_000),
  });
