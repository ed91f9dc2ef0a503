import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startPostgres } from "#rehearsal/postgres.ts";
import { makeTemplate } from "./database.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Of the test run's own Postgres; each test file makes a database of its own there (database.ts). */
    postgresUrl: string;
  }
}

/**
 * One Postgres for the whole test run, with one migrated database from which each test file takes a copy. It is npm's;
 * to run the same tests on another version, name the folder with its programs, such as Debian's:
 *
 *     TEST_POSTGRES_PROGRAMS=/usr/lib/postgresql/15/bin npx vitest run test/integration/postgres- test/integration/cli-
 *
 * Only tests read this: `hearback` itself takes any Postgres by its URL.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const programs = process.env.TEST_POSTGRES_PROGRAMS;
  const dir = mkdtempSync(join(tmpdir(), "hearback-test-"));
  const server = await startPostgres({ dir, durable: false, ...(programs ? { programs } : {}) });
  await makeTemplate(server.url);
  project.provide("postgresUrl", server.url);
  return async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  };
}
