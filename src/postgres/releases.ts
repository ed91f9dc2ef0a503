/** The desk of releases, for pages and commands. Every act is one transaction, with its entry in the audit. */

import { areOwnHooks, hooksPath } from "#dialplan/own-hooks.ts";
import type { CampaignsSpoken } from "#release/campaigns-spoken.ts";
import { canaryShare } from "#release/canary.ts";
import { digestOf, hashOf } from "#release/files.ts";
import { obstaclesTo } from "#release/obstacles.ts";
import type {
  Author,
  CheckFiles,
  CheckResult,
  Publish,
  Published,
  ReleaseDesk,
  Save,
  Saved,
  WalkReport,
} from "#release/ports.ts";
import { writeAudit } from "./audit-log.ts";
import { runningNeeds } from "./campaign-release.ts";
import { flowsAmong, targetsGone, textsOf } from "./campaign-transfers.ts";
import { liveState } from "./release-canary.ts";
import {
  bringBack,
  digestOfDraft,
  discard,
  type Folders,
  filesOfDraft,
  isWithdrawn,
  lockReleases,
  openDraft,
  readDraft,
  replaceAll,
  saveFiles,
  thrownAway,
} from "./release-draft.ts";
import { type AuthorRow, authorOf, authorValues } from "./release-files.ts";
import { approvedAfter, giveToAll, insertRelease, liveBefore, rollBack, standing } from "./release-moves.ts";
import { diffOf, fileAt, filesAt, listReleases, showRelease } from "./release-read.ts";
import { beginFrom, undo, versionOf, versionsOf } from "./release-saves.ts";
import { type Db, maybeRow } from "./rows.ts";
import type { Tx } from "./transaction.ts";

export interface ReleaseDeskParts {
  /** A transaction as whoever asks: `inRoom`, or `inTransaction`. */
  within<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  folders: Folders;
  check: CheckFiles;
  /** Whether running campaigns could be held with a draft; absent: that is not asked. */
  spoken?: CampaignsSpoken;
}

export function createReleaseDesk(parts: ReleaseDeskParts): ReleaseDesk {
  const { within, folders } = parts;
  return {
    list: () => within(listReleases),
    show: (number) => within((tx) => showRelease(tx, number)),
    filesOf: (place) => within((tx) => filesAt(tx, folders, place)),
    file: (place, path) => within((tx) => fileAt(tx, folders, place, path)),
    diff: (from, to) => within((tx) => diffOf(tx, folders, from, to)),
    draft: () => within((tx) => readDraft(tx, folders)),
    saveFile: (save, author) => within((tx) => saveAudited(tx, folders, [save], author)),
    saveFiles: (saves, author) => within((tx) => saveAudited(tx, folders, saves, author)),
    versionsOf: (path) => within((tx) => versionsOf(tx, path)),
    versionOf: (path, sha256) => within((tx) => versionOf(tx, folders, path, sha256)),
    beginFrom: (release, author) =>
      within(async (tx) => {
        const begun = await beginFrom(tx, folders, release, author);
        if (begun.kind === "begun")
          await told(tx, author, "release-save", { count: begun.paths.length, from: release });
        return begun;
      }),
    replaceAll: (files, author) =>
      within(async (tx) => {
        const { length } = await replaceAll(tx, folders, files, author);
        if (length > 0) await told(tx, author, "release-save", { count: length });
        return length;
      }),
    undo: (save, author, only) =>
      within(async (tx) => {
        const undone = await undo(tx, save, only);
        if (undone.kind === "undone") await told(tx, author, "release-undo", { count: undone.paths.length });
        return undone;
      }),
    discard: (author) =>
      within(async (tx) => {
        if (await discard(tx)) await told(tx, author, "release-discard", {});
      }),
    thrownAway: () => within(thrownAway),
    bringBack: (draft, author) =>
      within(async (tx) => {
        const back = await bringBack(tx, draft);
        if (back) await told(tx, author, "release-bring-back", {});
        return back;
      }),
    check: () => checkDraft(parts),
    keepWalk: (report) => within((tx) => keepWalk(tx, report)),
    lastWalk: () =>
      within(async (tx) => {
        const draft = await openDraft(tx, folders);
        return lastWalk(tx, { digest: digestOfDraft(draft), hooks: draft.hashes.get(hooksPath) });
      }),
    publish: (publish, author) => publishDraft(parts, publish, author),
    state: () => within(liveState),
    liveBefore: () => within(async (tx) => liveBefore(tx, (await standing(tx)).live)),
    approve: (number, author) =>
      within(async (tx) => {
        await lockReleases(tx);
        const { canary } = await liveState(tx);
        const figures = canary?.figures ?? null;
        const why = approvedAfter(figures?.canary.calls ?? 0);
        return giveToAll(tx, number, { kind: "approve", why, figures }, author);
      }),
    rollback: (to, reason, author, seen) =>
      within(async (tx) => {
        const { canary } = await liveState(tx);
        const lacking = async (release: number | null) =>
          targetsGone(tx, release === null ? folders() : await textsOf(tx, release));
        return rollBack(tx, to, { why: reason, figures: canary?.figures ?? null, seen, lacking }, author);
      }),
  };
}

async function saveAudited(tx: Tx, folders: Folders, saves: Save[], author: Author): Promise<Saved> {
  const saved = await saveFiles(tx, folders, saves, author);
  const changed = saves.filter(({ bytes, expectedHash }) => (bytes && hashOf(bytes)) !== expectedHash);
  if (saved.kind === "saved")
    for (const { path } of changed) await told(tx, author, "release-save", { path });
  return saved;
}

/** What everybody hears who rings us. */
const greetingFile = "flows/ring-back.yaml";
const noGreeting = `there is no ${greetingFile}: whoever rings us would hear an apology; put it back from its earlier saves`;

async function checkDraft({ within, folders, check, spoken }: ReleaseDeskParts): Promise<CheckResult> {
  const files = await within(async (tx) => filesOfDraft(tx, await openDraft(tx, folders), folders));
  const found = await check(files);
  const digest = digestOf(files);
  const hooks = files.get(hooksPath);
  const unspoken = spoken
    ? [...(files.has(greetingFile) ? [] : [noGreeting]), ...(await spoken(files, await within(runningNeeds)))]
    : [];
  return {
    digest,
    ...found,
    unspoken,
    walk: await within((tx) => lastWalk(tx, { digest, hooks: hooks && hashOf(hooks) })),
  };
}

/** Looked at without a transaction, which takes seconds; and then published only if nothing changed meanwhile. */
async function publishDraft(
  parts: ReleaseDeskParts,
  { note, digest, share = canaryShare, despite }: Publish,
  author: Author,
): Promise<Published> {
  const { within, folders } = parts;
  const refused = (...obstacles: string[]): Published => ({ kind: "refused", obstacles });
  if (note.trim() === "") return refused("the note is missing: what changed, and why");
  const checked = await checkDraft(parts);
  const obstacles = obstaclesTo(checked);
  if (checked.digest !== digest) return refused(changedMeanwhile);
  if (obstacles.length > 0) return { kind: "refused", obstacles, checked };
  return within(async (tx) => {
    await lockReleases(tx);
    const { live, canary } = await standing(tx);
    if (canary)
      return refused(`release ${canary.number} is the canary still: approve it, or roll it back, first`);
    const draft = await openDraft(tx, folders);
    if (digestOfDraft(draft) !== digest) return refused(changedMeanwhile);
    if (despite !== draft.basedOn && (await isWithdrawn(tx, draft.basedOn)))
      return refused(rolledBackSince(draft.basedOn!));
    if (draft.id === null || (live !== null && (await sameAs(tx, live, digest))))
      return refused(live === null ? noDraft : `nothing differs from release ${live}, which is live`);
    // Of the list staff may have taken somebody off since the check.
    const gone = await targetsGone(tx, await flowsAmong(tx, draft.hashes));
    if (gone.length > 0) return refused(...gone);
    const number = await insertRelease(tx, { draft, note: note.trim(), share, author });
    return { kind: "published", number };
  });
}

const changedMeanwhile = "the draft was changed meanwhile: look at it again";
const rolledBackSince = (base: number) =>
  `the draft was begun from release ${base}, which was rolled back since, and holds all that it changed: say that this is meant, or throw the draft away`;
const noDraft = "there is no draft: save a change, or run hearback release draft --from FOLDER";

const sameAs = async (db: Db, number: number, digest: string): Promise<boolean> =>
  (await maybeRow(db, "select from housekeeping.release where number = $1 and digest = $2", [
    number,
    digest,
  ])) !== null;

async function keepWalk(tx: Tx, { digest, passed, by, report }: Omit<WalkReport, "at">): Promise<void> {
  await tx.query(
    `insert into housekeeping.release_walk (digest, passed, author_kind, author_id, author_name, report)
     values ($1, $2, $3, $4, $5, $6)`,
    [digest, passed, ...authorValues(by), JSON.stringify(report)],
  );
}

/** What was walked: the files, and of these the hooks of the dialplan, by hash; without any, the house's own. */
interface Walked {
  digest: string;
  hooks: string | undefined;
}

/** An older Hearback's does not count where it should have telephoned by the files' own hooks, which that did not do. */
async function lastWalk(db: Db, { digest, hooks }: Walked): Promise<WalkReport | null> {
  const row = await maybeRow<AuthorRow & Pick<WalkReport, "passed" | "at" | "report">>(
    db,
    `select passed, at, report, author_kind, author_id, author_name from housekeeping.release_walk
     where digest = $1 and (report ? 'goldenCalls' or not $2) order by id desc limit 1`,
    [digest, areOwnHooks(hooks)],
  );
  return row && { digest, passed: row.passed, at: row.at, by: authorOf(row), report: row.report };
}

const told = (
  tx: Tx,
  who: Author,
  action: "release-save" | "release-undo" | "release-discard" | "release-bring-back",
  details: { path?: string; count?: number; from?: number },
) =>
  writeAudit(tx, {
    ...{ who, action, details, trust: null, reason: null },
    subject: { kind: "release", id: "draft" },
  });
