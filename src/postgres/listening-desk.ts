/** One story with all that was done to it, as the one who opens it may see it. */
import type { Pool } from "pg";
import type { SignedIn } from "#access/rights.ts";
import type {
  Clip,
  Colleague,
  ListeningDesk,
  ListeningGrant,
  OpenedStory,
  StoryBehindGlass,
} from "#web/room/listening/ports.ts";
import { goodGrant, makeGrant, useGrant } from "./listening-grants.ts";
import { inRoom } from "./room.ts";
import { maybeRow, rows } from "./rows.ts";
import type { Tx } from "./transaction.ts";

export function createListeningDesk(pool: Pool): ListeningDesk {
  return {
    open: (who, storyId) => inRoom(pool, who.userId, (tx) => open(tx, who, storyId)),
    brief: (who, storyId) =>
      inRoom(pool, who.userId, (tx) => maybeRow<StoryBehindGlass>(tx, BRIEF, [storyId])),
    useGrant: (who, grantId) => inRoom(pool, who.userId, (tx) => useGrant(tx, who, grantId)),
    clip: (who, storyId, clipId) =>
      inRoom(pool, who.userId, (tx) =>
        maybeRow<Clip>(tx, `select ${CLIP} from story_clip where id = $1 and story_id = $2`, [
          clipId,
          storyId,
        ]),
      ),
    keepLevels: (who, storyId, levels) =>
      inRoom(pool, who.userId, async (tx) => {
        await tx.query(
          `insert into story_peaks (story_id, trust, unit, levels)
           select story_id, trust, unit, $2 from story_card where story_id = $1 on conflict do nothing`,
          [storyId, Buffer.from(levels)],
        );
      }),
    colleagues: (who, storyId) =>
      inRoom(pool, who.userId, (tx) =>
        rows<Colleague>(tx, `select user_id as "userId", name from colleagues_for($1)`, [storyId]),
      ),
    labelsInUse: (who, storyId) => inRoom(pool, who.userId, (tx) => labelsInUse(tx, storyId)),
  };
}

/** A story that is theirs to hear, locked by nothing; null where there is none. */
export const placeOf = (tx: Tx, storyId: string) =>
  maybeRow<{ storyId: string; trust: string; unit: string }>(
    tx,
    `select story_id as "storyId", trust, unit from story_card where story_id = $1`,
    [storyId],
  );

const grantFor = async (
  tx: Tx,
  who: SignedIn,
  story: { storyId: string; trust: string; unit: string },
): Promise<ListeningGrant> =>
  (await goodGrant(tx, who, story.storyId)) ??
  makeGrant(tx, { who, story, kind: "room" }, { action: "read-story", reason: null });

const BRIEF = `select c.story_id as "storyId", c.trust, c.told_at as "toldAt", c.duration_ms as "durationMs",
    concat_ws(', ', nullif(p.ward, ''), nullif(p.service, ''), nullif(p.site, '')) as place
  from story_card c join place p on p.id = c.place_id where c.story_id = $1`;

const CLIP = `id, name, from_ms as "fromMs", to_ms as "toMs", by_name as "byName", at`;

const STORY = `select c.story_id as "storyId", c.call_id as "callId", c.trust, c.unit, p.site, p.ward, p.service, c.channel,
    c.told_at as "toldAt", c.duration_ms as "durationMs", c.truncated, c.language, c.rating,
    c.share_consent as "shareConsent", s.levels,
    w.heard_at as "heardAt", w.heard_by_name as "heardByName", w.assigned_to as "assignedTo",
    w.assigned_to_name as "assignedToName", w.assigned_at as "assignedAt", w.assigned_by_name as "assignedByName",
    array(select l.label from story_label l where l.story_id = c.story_id order by l.label) as labels
  from story_card c join place p on p.id = c.place_id
  left join story_work w on w.story_id = c.story_id
  left join story_peaks s on s.story_id = c.story_id
  where c.story_id = $1`;

interface StoryRow
  extends Pick<
    OpenedStory,
    | "storyId"
    | "callId"
    | "trust"
    | "unit"
    | "site"
    | "ward"
    | "service"
    | "channel"
    | "toldAt"
    | "durationMs"
    | "truncated"
    | "language"
    | "rating"
    | "shareConsent"
    | "labels"
    | "levels"
  > {
  heardAt: Date | null;
  heardByName: string;
  assignedTo: string | null;
  assignedToName: string;
  assignedAt: Date;
  assignedByName: string;
}

async function open(tx: Tx, who: SignedIn, storyId: string): Promise<OpenedStory | null> {
  const row = await maybeRow<StoryRow>(tx, STORY, [storyId]);
  if (!row) return null;
  const { heardAt, heardByName, assignedTo, assignedToName, assignedAt, assignedByName, ...story } = row;
  return {
    ...story,
    heard: heardAt && { byName: heardByName, at: heardAt },
    assigned: assignedTo
      ? { userId: assignedTo, name: assignedToName, at: assignedAt, byName: assignedByName }
      : null,
    transcript: await maybeRow(tx, TRANSCRIPT, [storyId]),
    corrections: await rows(tx, CORRECTIONS, [storyId]),
    parts: await rows(tx, PARTS, [storyId]),
    keys: await rows(tx, KEYS, [row.callId]),
    notes: await rows(tx, NOTES, [storyId]),
    flag: await maybeRow(tx, FLAG, [storyId]),
    clips: await rows(tx, `select ${CLIP} from story_clip where story_id = $1 order by from_ms, id`, [
      storyId,
    ]),
    grant: await grantFor(tx, who, row),
  };
}

const TRANSCRIPT = `select state, engine, model, coalesce(rough, false) as rough, text,
    coalesce(words, '[]') as words from transcript where story_id = $1 and current`;
const CORRECTIONS = `select version, text, back_to as "backTo", by_name as "byName", at
  from story_correction where story_id = $1 order by version`;
const PARTS = `select start_ms as "startMs", duration_ms as "durationMs", created_at as "begunAt" from recording
  where story_id = $1 and state = 'stored' and duration_ms > 0 order by part`;
const KEYS = `select digit, step, pressed_at as "pressedAt" from key_press where call_id = $1 order by sequence`;
const NOTES = `select id, text, by_name as "byName", at from story_note where story_id = $1 order by id`;
const FLAG = `select id, reason, flagged_at as "flaggedAt", flagged_by_name as "flaggedByName", owner_name as "ownerName"
  from urgent_flag where story_id = $1 and closed_at is null`;

const MOST_OFFERED = 50;

async function labelsInUse(tx: Tx, storyId: string): Promise<string[]> {
  const found = await rows<{ label: string }>(
    tx,
    `select u.label from story_label_used u join story_card c on c.story_id = $1 and c.trust = u.trust
     where not (u.label = any (c.labels)) order by u.stories desc, u.label limit ${MOST_OFFERED}`,
    [storyId],
  );
  return found.map(({ label }) => label);
}
