/** The two roles as which Hearback works. They own nothing; they belong to the whole server, not to one database. */
import type { Pool } from "pg";
import { AppError } from "#lib/errors.ts";
import { oneRow } from "./rows.ts";

/** Serve, the API and the commands: every row, and no table's shape. */
export const APP_ROLE = "hearback_app";
/** The pages: the rows that are their user's to see (migration 0021). The app takes it on for as long as a page takes. */
export const ROOM_ROLE = "hearback_room";

interface Standing {
  app: boolean;
  room: boolean;
  user: string;
}

/**
 * Makes both, and lets the user who migrates work as them. Other databases of the server may be at it just now.
 * @throws AppError `roles_missing`, with what an administrator is to run
 */
export async function ensureRoles(pool: Pool): Promise<void> {
  const { app, room, user } = await oneRow<Standing>(
    pool,
    `select exists (select from pg_roles where rolname = $1) as app, quote_ident(current_user) as user,
       exists (select from pg_roles where rolname = $2) as room`,
    [APP_ROLE, ROOM_ROLE],
  );
  try {
    if (!app) await once(pool, `create role ${APP_ROLE} nologin`);
    if (!room) await once(pool, `create role ${ROOM_ROLE} nologin`);
    await join(pool, ROOM_ROLE, APP_ROLE, APP_ROLE);
    await join(pool, APP_ROLE, "current_user", user);
  } catch (cause) {
    if ((cause as { code?: string }).code !== "42501") throw cause;
    const statements = [
      ...[`create role ${APP_ROLE} nologin;`, `create role ${ROOM_ROLE} nologin;`],
      `grant ${ROOM_ROLE} to ${APP_ROLE};`,
      `grant ${APP_ROLE}, ${ROOM_ROLE} to ${user} with admin option;`,
    ];
    const text = `The database user ${user} may not make Hearback's roles. Let an administrator of Postgres run, once, what of this is missing:\n  ${statements.join("\n  ")}`;
    throw new AppError("roles_missing", text, {}, { cause });
  }
}

/** `set`: may become it. Since Postgres 16 a member need not. */
async function join(pool: Pool, role: string, member: string, named: string): Promise<void> {
  const { is } = await oneRow<{ is: boolean }>(
    pool,
    `select pg_has_role(${member === "current_user" ? member : `'${member}'`}, '${role}',
       case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end) as is`,
  );
  if (!is) await once(pool, `grant ${role} to ${named}`);
}

/** There already; a duplicate key; "tuple concurrently updated". */
const clashes = new Set(["42710", "23505", "XX000"]);

/** Where somebody else was quicker, it is done; and what was not, a second run does. */
async function once(pool: Pool, sql: string): Promise<void> {
  for (let tries = 5; ; tries -= 1) {
    try {
      await pool.query(sql);
      return;
    } catch (thrown) {
      const { code = "" } = thrown as { code?: string };
      if (code === "42710") return;
      if (!clashes.has(code) || tries === 0) throw thrown;
    }
  }
}

/** What the server says to a session that asks for the app's role and does not get it; null for anything else. */
export function roleRefused(code: string | undefined, message: string): AppError | null {
  if (!message.includes(`"${APP_ROLE}"`)) return null;
  if (code === "42501") {
    const text = `The database's user may not work as ${APP_ROLE}; let an administrator run: grant ${APP_ROLE} to the user of HEARBACK_DATABASE_URL`;
    return new AppError("database_user_no_member", text);
  }
  const text = `The database's server has no role ${APP_ROLE} yet; run, as the owner of the tables: hearback migrate`;
  return new AppError("database_behind", text, { pending: ["roles"] });
}
