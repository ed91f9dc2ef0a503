import type { Identity, NewSession } from "#access/door-ports.ts";
import { lockLive } from "./accounts.ts";
import { changed, maybeRow } from "./rows.ts";
import { openSession } from "./sessions.ts";
import type { Tx } from "./transaction.ts";

/**
 * Whom another's sign-in service has named: by its own id for them, or, the first time, by the e-mail address that it has
 * verified. An address that was given to somebody else since opens nothing.
 */
export async function openByIdentity(
  tx: Tx,
  { issuer, subject, email }: Identity,
  session: NewSession,
): Promise<"opened" | "unknown" | "another"> {
  const userId = (await knownTo(tx, issuer, subject)) ?? (email === null ? null : await withEmail(tx, email));
  if (userId === null) return "unknown";
  const { name } = await lockLive(tx, userId);
  await tx.query(
    "insert into housekeeping.oidc_identity (issuer, subject, user_id) values ($1, $2, $3) on conflict do nothing",
    [issuer, subject, userId],
  );
  const bound = await changed(
    tx,
    "select from housekeeping.oidc_identity where issuer = $1 and subject = $2 and user_id = $3",
    [issuer, subject, userId],
  );
  if (bound === 0) return "another";
  // Whoever signs in elsewhere needs no password here.
  await tx.query("delete from housekeeping.invitation where user_id = $1", [userId]);
  await openSession(tx, { userId, name, way: "oidc", method: "oidc" }, session);
  return "opened";
}

async function knownTo(tx: Tx, issuer: string, subject: string): Promise<string | null> {
  const found = await maybeRow<{ id: string }>(
    tx,
    `select a.id from housekeeping.oidc_identity o
     join housekeeping.user_account a on a.id = o.user_id and a.ended_at is null
     where o.issuer = $1 and o.subject = $2`,
    [issuer, subject],
  );
  return found?.id ?? null;
}

/** An account must mean something already: who has no role does not come in by this door. */
async function withEmail(tx: Tx, email: string): Promise<string | null> {
  const found = await maybeRow<{ id: string }>(
    tx,
    `select id from housekeeping.user_account a where email = $1 and ended_at is null
       and exists (select from housekeeping.user_grant g where g.user_id = a.id)`,
    [email],
  );
  return found?.id ?? null;
}
