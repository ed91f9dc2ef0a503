/** The first run without Docker, as docker/README.md has it: secrets and roles, the database, migrate, and commands after. */
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { newName } from "#lib/ids.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { unitBelow, writeSecrets } from "../support/systemd.ts";

const folder = mkdtempSync(join(tmpdir(), "hearback-first-run-"));
const secrets = join(folder, "etc/secrets");
const server = inject("postgresUrl");
const name = newName("first").replace("-", "_");
const database = { DATABASE_HOST: "localhost", DATABASE_NAME: name + new URL(server).search };
let admin: pg.Client;

beforeAll(async () => {
  mkdirSync(join(folder, "opt"));
  symlinkSync(repositoryFile("."), join(folder, "opt/a"));
  writeFileSync(join(folder, "hearback@.service"), unitBelow(folder));
  admin = new pg.Client({ connectionString: server });
  await admin.connect();
});
afterAll(async () => {
  await admin.query(`drop database if exists ${name} with (force)`);
  await admin.query("drop owned by hearback_owner");
  await admin.query("drop role hearback_owner");
  await admin.end();
  rmSync(folder, { recursive: true, force: true });
});

const hearback = (...args: string[]) => {
  const { stdout, stderr, status } = spawnSync(repositoryFile("docker/systemd/hearback"), args, {
    env: { PATH: process.env.PATH, UNIT: join(folder, "hearback@.service") },
    encoding: "utf8",
  });
  return { stdout, stderr, status };
};
const contents = () => readdirSync(secrets).map((file) => [file, readFileSync(join(secrets, file), "utf8")]);

it("makes secrets that root alone reads, once", async () => {
  const { sql } = writeSecrets(secrets, database);
  const first = contents();
  expect(first).toHaveLength(7);
  expect(new Set(first.map(([, value]) => value)).size).toBe(7);
  for (const [file] of first) expect(statSync(join(secrets, file!)).mode & 0o777).toBe(0o600);
  expect(statSync(secrets).mode & 0o777).toBe(0o700);
  expect(writeSecrets(secrets, database)).toMatchObject({ sql, told: expect.not.stringContaining("made ") });
  expect(contents()).toEqual(first);
  await admin.query(sql);
  await admin.query(sql);
});

it("migrates as an owner who is no superuser, and works as one who owns nothing", async () => {
  await admin.query(`create database ${name} owner hearback_owner`);
  writeFileSync(join(folder, "etc/hearback.env"), "HEARBACK_PUBLIC_URL=https://hearback.trust.example\n");
  const migrated = hearback("migrate");
  expect(migrated.stderr).toBe("");
  expect(migrated.stdout).toMatch(/\d+ migrations ran\.\n$/);
  const added = hearback(
    "user",
    "add",
    "w.okonjo@trust.example",
    "--name",
    "Wilhelmina Okonjo",
    "--role",
    "governance",
  );
  expect(added.stdout).toMatch(/^https:\/\/hearback\.trust\.example\/invitation\/\S+\n$/);
  const backup = join(folder, "backup");
  expect(hearback("backup", backup)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining(`is in ${backup}.`),
  });
  const { rows } = await admin.query(
    `select pg_has_role('hearback_serve', 'hearback_owner', 'member') as owner, rolsuper or rolcreaterole as more
     from pg_roles where rolname in ('hearback_owner', 'hearback_serve')`,
  );
  expect(rows).toEqual([1, 2].map(() => ({ owner: false, more: false })));
});
