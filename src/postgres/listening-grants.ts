/** Who may hear a story just now: grants of fifteen minutes, bound to a session. All within `inRoom`. */
import type { AuditAction, AuditWho } from "#access/audit.ts";
import type { SignedIn } from "#access/rights.ts";
import { AppError } from "#lib/errors.ts";
import type { ListeningGrant } from "#web/room/listening/ports.ts";
import { writeAudit } from "./audit-log.ts";
import { maybeRow, oneRow } from "./rows.ts";
import type { Tx } from "./transaction.ts";

const GOOD_FOR = "15 minutes";
/** A page that is opened has at least so long. */
const GOOD_YET = "5 minutes";
/** More than anybody can hear: somebody fetches stories by the dozen. */
const MOST_A_MINUTE = 60;
const MOST_AN_HOUR = 600;

export const userOf = ({ userId, name }: SignedIn): AuditWho => ({ kind: "user", id: userId, name });

export const goodGrant = (tx: Tx, who: SignedIn, storyId: string): Promise<ListeningGrant | null> =>
  maybeRow<ListeningGrant>(
    tx,
    `select id, expires_at as "expiresAt" from listening_grant
     where user_id = $1 and made_at > clock_timestamp() - interval '${GOOD_FOR}' and session_id = $2 and story_id = $3
       and kind = 'room' and expires_at > clock_timestamp() + interval '${GOOD_YET}' order by expires_at desc limit 1`,
    [who.userId, who.sessionId, storyId],
  );

export interface NewGrant {
  who: SignedIn;
  story: { storyId: string; trust: string; unit: string };
  kind: "room" | "glass";
}

/**
 * To be the last in its transaction, as `writeAudit`.
 * @param audit as what the audit has it
 * @throws AppError `too_many_grants`
 */
export async function makeGrant(
  tx: Tx,
  { who, story, kind }: NewGrant,
  audit: { action: AuditAction; reason: string | null } | null,
): Promise<ListeningGrant> {
  const made = await oneRow<{ minute: number; hour: number }>(
    tx,
    `select count(*) filter (where made_at > clock_timestamp() - interval '1 minute')::int as minute,
       count(*)::int as hour
     from listening_grant where user_id = $1 and made_at > clock_timestamp() - interval '1 hour'`,
    [who.userId],
  );
  if (made.minute >= MOST_A_MINUTE || made.hour >= MOST_AN_HOUR)
    throw new AppError("too_many_grants", "more stories were opened than anybody can hear");
  await tx.query(
    "delete from listening_grant where user_id = $1 and made_at < clock_timestamp() - interval '1 day'",
    [who.userId],
  );
  const grant = await oneRow<ListeningGrant>(
    tx,
    `insert into listening_grant (story_id, trust, unit, kind, user_id, session_id, expires_at)
     values ($1, $2, $3, $4, $5, $6, clock_timestamp() + interval '${GOOD_FOR}') returning id, expires_at as "expiresAt"`,
    [story.storyId, story.trust, story.unit, kind, who.userId, who.sessionId],
  );
  if (audit) await writeAudit(tx, { ...entryOf(who, story, audit.action), reason: audit.reason });
  return grant;
}

/** The first use is the listen in the audit, committed before a byte is sent. */
export async function useGrant(tx: Tx, who: SignedIn, grantId: string): Promise<{ storyId: string } | null> {
  const good = "id = $1 and user_id = $2 and session_id = $3 and expires_at > clock_timestamp()";
  const values = [grantId, who.userId, who.sessionId];
  const first = await maybeRow<{ storyId: string; trust: string }>(
    tx,
    `update listening_grant set begun_at = clock_timestamp() where ${good} and begun_at is null
     returning story_id as "storyId", trust`,
    values,
  );
  if (first) await writeAudit(tx, entryOf(who, first, "listen"));
  return (
    first ??
    maybeRow<{ storyId: string }>(
      tx,
      `select story_id as "storyId" from listening_grant where ${good}`,
      values,
    )
  );
}

/** An entry about a story, without a reason. */
export const entryOf = (
  who: SignedIn,
  { storyId, trust }: { storyId: string; trust: string },
  action: AuditAction,
) => ({
  ...{ who: userOf(who), action, trust, reason: null },
  ...{ subject: { kind: "story", id: storyId }, details: {} },
});
