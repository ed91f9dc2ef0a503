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

/** One Postgres for the whole test run, with one migrated database from which each test file takes a copy. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(tmpdir(), "hearback-test-"));
  const server = await startPostgres({ dir, durable: false });
  await makeTemplate(server.url);
  project.provide("postgresUrl", server.url);
  return async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  };
}
