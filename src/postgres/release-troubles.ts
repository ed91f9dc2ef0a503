import { type Db, maybeRow } from "./rows.ts";

/** What went wrong with a release; `subject`: the prompt and its language, or the instance. */
export interface ReleaseTrouble {
  /** Null: the folders. */
  release: number | null;
  kind: "missing-prompt" | "not-loaded";
  subject: string;
}

/**
 * Prompts that a call should have heard, and Asterisk did not play, by its channel: of the release that the call keeps.
 * @returns what the call spoke; null where no call of ours has that channel
 */
export async function noteUnheard(
  db: Db,
  channelId: string,
  prompts: readonly string[],
): Promise<{ release: number | null; language: string } | null> {
  const call = await maybeRow<{ release: number | null; language: string }>(db, CALL_ON, [channelId]);
  if (!call) return null;
  for (const prompt of prompts)
    await noteTrouble(db, {
      ...{ release: call.release, kind: "missing-prompt" as const },
      subject: `${prompt} (${call.language})`,
    });
  return call;
}

/** One that we rang has its channel in its attempt, one that rang us in its call: each is found by an index of its own. */
const CALL_ON = `
  select k.release, coalesce(k.flow_state ->> 'language', '') as language
  from (select c.release, c.flow_state, c.answered_at from attempt a join call c on c.attempt_id = a.id
      where a.channel_id = $1
    union all
    select release, flow_state, answered_at from call where channel_id = $1) k
  order by k.answered_at desc limit 1`;

export async function noteTrouble(db: Db, { release, kind, subject }: ReleaseTrouble): Promise<void> {
  await db.query("insert into housekeeping.release_trouble (release, kind, subject) values ($1, $2, $3)", [
    release,
    kind,
    subject,
  ]);
}
