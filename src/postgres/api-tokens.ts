import type { Pool } from "pg";
import type { AuditWho } from "#access/audit.ts";
import type { LiveToken, TokenBook, TokenRecord } from "#access/ports.ts";
import { AppError } from "#lib/errors.ts";
import { writeAudit } from "./audit-log.ts";
import { maybeRow, rows } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

const COLUMNS = `id, name, prefix, scopes, created_at as "createdAt", expires_at as "expiresAt",
  revoked_at as "revokedAt", last_used_at as "lastUsedAt"`;

const FIND = {
  name: "find-token",
  text: `select id, name, sha256, scopes from housekeeping.api_token
    where prefix = $1 and revoked_at is null and (expires_at is null or expires_at > clock_timestamp())`,
};

/** A write a minute a token, however often it is used. */
const USED = {
  name: "token-used",
  text: `update housekeeping.api_token set last_used_at = clock_timestamp()
    where id = $1 and (last_used_at is null or last_used_at < clock_timestamp() - interval '1 minute')`,
};

/** @param who makes and revokes them, for the audit; null where nothing is real */
export const createTokenBook = (pool: Pool, who: AuditWho | null = null): TokenBook => ({
  create: ({ name, prefix, sha256, scopes, expiresAt }) =>
    inTransaction(pool, async (tx) => {
      const made = await maybeRow<TokenRecord>(
        tx,
        `insert into housekeeping.api_token (name, prefix, sha256, scopes, expires_at) values ($1, $2, $3, $4, $5)
         on conflict (name) where revoked_at is null do nothing returning ${COLUMNS}`,
        [name, prefix, sha256, scopes, expiresAt],
      );
      if (made === null) {
        const message = `There is a token "${name}" already: revoke it first, or choose another name.`;
        throw new AppError("token_exists", message, { name });
      }
      const details = { scopes: scopes.join(" "), expiresAt: expiresAt?.toISOString() ?? null };
      if (who) await writeAudit(tx, { who, action: "token-create", ...of(made), details });
      return made;
    }),
  list: () =>
    rows<TokenRecord>(pool, `select ${COLUMNS} from housekeeping.api_token order by created_at, id`),
  revoke: (name) =>
    inTransaction(pool, async (tx) => {
      const revoked = await maybeRow<TokenRecord>(
        tx,
        `update housekeeping.api_token set revoked_at = clock_timestamp() where name = $1 and revoked_at is null
         returning ${COLUMNS}`,
        [name],
      );
      if (revoked === null) throw new AppError("token_missing", `There is no token "${name}".`, { name });
      if (who) await writeAudit(tx, { who, action: "token-revoke", ...of(revoked), details: {} });
      return revoked;
    }),
  find: (prefix) => maybeRow<LiveToken>(pool, FIND, [prefix]),
  used: async (id) => {
    await pool.query({ ...USED, values: [id] });
  },
});

const of = ({ id }: TokenRecord) => ({ subject: { kind: "token", id }, trust: null, reason: null });
