/** A Postgres that is reached by TLS only, as on another machine. */
import dns from "node:dns";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import tls from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { postgres as check } from "#doctor/checks/postgres.ts";
import { silentLogger as logger } from "#lib/logger.ts";
import { migrate } from "#postgres/migrate.ts";
import { createPool } from "#postgres/pool.ts";
import { type Ports, reservePorts } from "#rehearsal/asterisk/ports.ts";
import { type RehearsalPostgres, startPostgres } from "#rehearsal/postgres.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { giveToRunUser } from "#rehearsal/run-user.ts";
import { told } from "../unit/doctor/told.ts";

const trusted = tls.getCACertificates();
const ca = readFileSync(repositoryFile("test/fixtures/tls/loopback.pem"), "utf8");

let dir: string;
let ports: Ports;
let server: RehearsalPostgres;

beforeAll(async () => {
  mkdirSync(repositoryFile(".hearback/test"), { recursive: true });
  dir = mkdtempSync(repositoryFile(".hearback/test/postgres-tls-"));
  ports = await reservePorts({ maxCalls: 1 });
  const file = (name: string) => join(dir, name);
  writeFileSync(file("hba"), "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n");
  for (const name of ["loopback.pem", "loopback-key.pem"])
    copyFileSync(repositoryFile(`test/fixtures/tls/${name}`), file(name));
  for (const name of ["hba", "loopback.pem", "loopback-key.pem"]) chmodSync(file(name), 0o600);
  chmodSync(dir, 0o755);
  giveToRunUser(file("hba"), file("loopback.pem"), file("loopback-key.pem"));
  server = await startPostgres({
    dir: file("data"),
    durable: false,
    settings: {
      ...{ listen_addresses: "127.0.0.1", port: String(ports.sip), hba_file: file("hba"), ssl: "on" },
      ...{ ssl_cert_file: file("loopback.pem"), ssl_key_file: file("loopback-key.pem") },
    },
  });
  const socket = createPool({
    url: server.url.replace("localhost/", `localhost:${ports.sip}/`),
    applicationName: "test",
    as: "owner",
    logger,
  });
  await socket.query("alter role hearback password 'only-for-this-test'");
  await socket.end();
  tls.setDefaultCACertificates([...trusted, ca]);
  // The server is not at ::1, which "localhost" may name first.
  dns.setDefaultResultOrder("ipv4first");
}, 60_000);

afterAll(async () => {
  tls.setDefaultCACertificates(trusted);
  await server?.stop();
  ports?.release();
  rmSync(dir, { recursive: true, force: true });
});

const urlOf = (host: string, sslmode: string) =>
  `postgres://hearback:only-for-this-test@${host}:${ports.sip}/postgres?sslmode=${sslmode}`;

test("is migrated and used by TLS, its certificate and name checked, and the doctor says so", async () => {
  const pool = createPool({
    url: urlOf("127.0.0.1", "verify-full"),
    applicationName: "test",
    as: "owner",
    logger,
  });
  expect((await migrate(pool)).length).toBeGreaterThan(10);
  const { rows } = await pool.query("select ssl from pg_stat_ssl where pid = pg_backend_pid()");
  expect(rows).toEqual([{ ssl: true }]);
  await pool.end();
  const [line] = await told(check, { HEARBACK_DATABASE_URL: urlOf("127.0.0.1", "verify-full") });
  expect(line).toMatch(/^ok: Postgres \d+\S*, by TLSv1\.[23]$|^ok: Postgres .* by TLSv1\.[23]/);
});

test("is refused under another name than its certificate's, without TLS, and where nobody vouches for it", async () => {
  const refusal = async (url: string) => {
    const pool = createPool({ url, applicationName: "test", as: "owner", logger });
    const why = await pool.query("select 1").then(
      () => "let in",
      (error: Error & { code?: string }) => error.code ?? error.message,
    );
    await pool.end();
    return why;
  };
  expect(await refusal(urlOf("localhost", "verify-full"))).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  expect(await refusal(urlOf("127.0.0.1", "disable"))).toBe("28000");
  tls.setDefaultCACertificates(trusted);
  expect(await refusal(urlOf("127.0.0.1", "verify-full"))).toMatch(/SELF_SIGNED|UNABLE_TO/);
  tls.setDefaultCACertificates([...trusted, ca]);
});
