/** What people do with a story: each act under its card's lock, and in the audit. */
import type { Pool } from "pg";
import type { AuditAction, AuditDetails } from "#access/audit.ts";
import type { SignedIn } from "#access/rights.ts";
import type { StoryWork } from "#web/room/listening/ports.ts";
import { writeAudit } from "./audit-log.ts";
import { placeOf } from "./listening-desk.ts";
import { entryOf } from "./listening-grants.ts";
import { inRoom } from "./room.ts";
import { changed, maybeRow, oneRow } from "./rows.ts";
import type { Tx } from "./transaction.ts";

interface Act {
  tx: Tx;
  who: SignedIn;
  story: { storyId: string; trust: string; unit: string };
  /** To be the last thing. */
  audit(action: AuditAction, details?: AuditDetails): Promise<void>;
}

export function createStoryWork(pool: Pool): StoryWork {
  const act = <T>(who: SignedIn, storyId: string, work: (act: Act) => Promise<T>): Promise<T | false> =>
    inRoom(pool, who.userId, async (tx) => {
      const story = await placeOf(tx, storyId);
      if (!story) return false;
      const audit: Act["audit"] = (action, details = {}) =>
        writeAudit(tx, { ...entryOf(who, story, action), details });
      return work({ tx, who, story, audit });
    });
  return {
    markHeard: (who, storyId, heard) => act(who, storyId, (it) => markHeard(it, heard)),
    note: (who, storyId, text) => act(who, storyId, (it) => note(it, text)),
    label: (who, storyId, label) => act(who, storyId, (it) => addLabel(it, label)),
    unlabel: (who, storyId, label) => act(who, storyId, (it) => removeLabel(it, label)),
    assign: (who, storyId, userId) => act(who, storyId, (it) => assign(it, userId)),
    correct: (who, storyId, { basedOn, text }) =>
      act(who, storyId, (it) => addVersion(it, basedOn, async () => ({ text, backTo: null }))),
    goBack: (who, storyId, { basedOn, backTo }) =>
      act(who, storyId, (it) => addVersion(it, basedOn, () => wordsOf(it, backTo))),
    saveClip: (who, storyId, clip) => act(who, storyId, (it) => saveClip(it, clip)),
    removeClip: (who, storyId, clipId) => act(who, storyId, (it) => removeClip(it, clipId)),
  };
}

const stamp = ({ story, who }: Act) => [story.storyId, story.trust, story.unit, who.userId, who.name];

async function markHeard({ tx, who, story, audit }: Act, heard: boolean): Promise<boolean> {
  const done = await changed(
    tx,
    `insert into story_work as w (story_id, trust, unit, heard_by, heard_by_name, heard_at)
     values ($1, $2, $3, $4, $5, case when $4::uuid is not null then clock_timestamp() end)
     on conflict (story_id) do update set heard_at = excluded.heard_at, heard_by = excluded.heard_by,
       heard_by_name = excluded.heard_by_name where (w.heard_at is null) <> (excluded.heard_at is null)`,
    [story.storyId, story.trust, story.unit, heard ? who.userId : null, heard ? who.name : null],
  );
  if (done > 0) await audit("heard", { state: heard ? "heard" : "not heard" });
  return true;
}

async function note(act: Act, text: string): Promise<boolean> {
  await act.tx.query(
    "insert into story_note (story_id, trust, unit, by_user, by_name, text) values ($1, $2, $3, $4, $5, $6)",
    [...stamp(act), text],
  );
  await act.audit("note");
  return true;
}

async function addLabel(act: Act, label: string): Promise<boolean> {
  const added = await changed(
    act.tx,
    `insert into story_label (story_id, trust, unit, by_user, by_name, label) values ($1, $2, $3, $4, $5, $6)
     on conflict do nothing`,
    [...stamp(act), label],
  );
  if (added > 0) await act.audit("label", { state: "given" });
  return true;
}

async function removeLabel(act: Act, label: string): Promise<boolean> {
  const removed = await changed(act.tx, "delete from story_label where story_id = $1 and label = $2", [
    act.story.storyId,
    label,
  ]);
  if (removed > 0) await act.audit("label", { state: "taken away" });
  return true;
}

async function assign(act: Act, userId: string | null): Promise<boolean | "stranger"> {
  const { tx, story, who } = act;
  const to = await maybeRow<{ name: string }>(tx, "select name from colleagues_for($1) where user_id = $2", [
    story.storyId,
    userId,
  ]);
  if (userId && !to) return "stranger";
  await tx.query(
    `insert into story_work (story_id, trust, unit, assigned_to, assigned_to_name, assigned_at, assigned_by_name)
     values ($1, $2, $3, $4, $5, case when $4::uuid is not null then clock_timestamp() end,
       case when $4::uuid is not null then $6 end)
     on conflict (story_id) do update set assigned_to = excluded.assigned_to, assigned_at = excluded.assigned_at,
       assigned_to_name = excluded.assigned_to_name, assigned_by_name = excluded.assigned_by_name`,
    [story.storyId, story.trust, story.unit, userId, to?.name ?? null, who.name],
  );
  await act.audit("assign", { userId });
  return true;
}

interface Version {
  text: string | null;
  backTo: number | null;
}

/** What a version said; version 0 is what the engine heard. */
async function wordsOf({ tx, story }: Act, version: number): Promise<Version | null> {
  if (version === 0) return { text: null, backTo: 0 };
  const found = await maybeRow<{ text: string | null }>(
    tx,
    "select text from story_correction where story_id = $1 and version = $2",
    [story.storyId, version],
  );
  return found && { text: found.text, backTo: found.text === null ? 0 : version };
}

/** Two who correct at once: the second is told, for the version's number is taken. */
async function addVersion(
  act: Act,
  basedOn: number,
  make: () => Promise<Version | null>,
): Promise<boolean | "outdated"> {
  const { newest } = await oneRow<{ newest: number }>(
    act.tx,
    "select coalesce(max(version), 0) as newest from story_correction where story_id = $1",
    [act.story.storyId],
  );
  const version = await make();
  if (newest !== basedOn || version === null) return "outdated";
  const added = await changed(
    act.tx,
    `insert into story_correction (story_id, trust, unit, by_user, by_name, version, text, back_to)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
    [...stamp(act), newest + 1, version.text, version.backTo],
  );
  if (added === 0) return "outdated";
  await act.audit(version.backTo === null ? "correct" : "restore-text", { version: newest + 1 });
  return true;
}

async function saveClip(act: Act, clip: { name: string; fromMs: number; toMs: number }): Promise<boolean> {
  const { fromMs, toMs } = clip;
  await act.tx.query(
    `insert into story_clip (story_id, trust, unit, by_user, by_name, name, from_ms, to_ms)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [...stamp(act), clip.name, fromMs, toMs],
  );
  await act.audit("clip", { state: "saved", fromMs, toMs });
  return true;
}

async function removeClip(act: Act, clipId: string): Promise<boolean> {
  const removed = await changed(act.tx, "delete from story_clip where story_id = $1 and id = $2", [
    act.story.storyId,
    clipId,
  ]);
  if (removed > 0) await act.audit("clip", { state: "removed" });
  return removed > 0;
}
