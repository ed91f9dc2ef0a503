import type { Pool } from "pg";
import type { Role } from "#access/rights.ts";
import { makeSecret } from "#access/secret.ts";
import { sessionCookie } from "#web/room/who.ts";

/** A real session of a real account with one role, for real browsers: `name` and `value` of its cookie. */
export async function signedIn(
  pool: Pool,
  { role, trust, wards = [null] }: { role: Role; trust: string; wards?: (string | null)[] },
): Promise<{ userId: string; name: string; value: string }> {
  const { secret, sha256 } = makeSecret();
  const { rows } = await pool.query<{ id: string }>(
    `with account as (
       insert into housekeeping.user_account (email, name) values ($1, 'Sam Example') returning id),
     given as (
       insert into housekeeping.user_grant (user_id, role, trust, ward)
       select id, $2, $3, ward from account cross join unnest($4::text[]) ward),
     session as (
       insert into housekeeping.session (user_id, sha256, stage, way, expires_at)
       select id, $5, 'open', 'password', now() + interval '1 day' from account)
     select id from account`,
    [`${sha256.toString("hex").slice(0, 12)}@hearback.test`, role, trust, wards, sha256],
  );
  return { userId: rows[0]!.id, name: sessionCookie, value: secret };
}
