import { defineCheck, fault, NotChecked, ok, warning } from "#doctor/check.ts";
import { withDatabase } from "#doctor/with-database.ts";
import { maybeRow, oneRow } from "#postgres/rows.ts";
import { assertServerVersion } from "#postgres/server-version.ts";

interface Server {
  version: string;
  encoding: string;
  /** Null for a Unix socket. */
  address: string | null;
  loopback: boolean;
}

const SERVER = `select current_setting('server_version') as version, current_setting('server_encoding') as encoding,
  host(inet_server_addr()) as address, coalesce(inet_server_addr() <<= '127.0.0.0/8' or inet_server_addr() = '::1', true)
  as loopback`;

export const postgres = defineCheck({
  name: "postgres",
  needs: ["databaseUrl"],
  run: ({ databaseUrl }) =>
    withDatabase(
      databaseUrl,
      async (pool) => {
        await assertServerVersion(pool);
        const server = await oneRow<Server>(pool, SERVER);
        const ssl = await maybeRow<{ ssl: boolean; version: string }>(
          pool,
          "select ssl, version from pg_stat_ssl where pid = pg_backend_pid()",
        );
        return [wayOf(server, ssl?.ssl ? ssl.version : null, databaseUrl), ...encodingOf(server)];
      },
      { migrated: false },
    ).catch((thrown) => {
      if (!(thrown instanceof NotChecked)) throw thrown;
      return [
        fault(thrown.message, "check HEARBACK_DATABASE_URL, and that Postgres runs there and lets us in"),
      ];
    }),
});

function wayOf({ version, address, loopback }: Server, tls: string | null, url: string) {
  const reached = `Postgres ${version}`;
  if (address === null) return ok(`${reached}, by a Unix socket`);
  if (tls === null && loopback) return ok(`${reached}, on this machine`);
  if (tls === null)
    return fault(
      `${reached} is reached over the network without TLS: passwords and answers can be read on the way`,
      "add ?sslmode=verify-full to HEARBACK_DATABASE_URL",
    );
  if (new URL(url).searchParams.get("sslmode") === "verify-full") return ok(`${reached}, by ${tls}`);
  return warning(
    `${reached} is reached by ${tls}, and its certificate is not checked as strictly as it could be`,
    "say ?sslmode=verify-full in HEARBACK_DATABASE_URL",
  );
}

const encodingOf = ({ encoding }: Server) =>
  encoding === "UTF8"
    ? []
    : [fault(`the database's encoding is ${encoding}`, "make it anew: create database ... encoding 'UTF8'")];
