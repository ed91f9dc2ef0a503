import type { Pool } from "pg";
import { readFolders } from "#app-voices.ts";
import { createReleaseDesk } from "#postgres/releases.ts";
import { inTransaction } from "#postgres/transaction.ts";
import type { ReleaseFiles } from "#release/files.ts";
import type { Author, ReleaseDesk } from "#release/ports.ts";

export const sam: Author = { kind: "user", id: "u1", name: "Sam Example" };

/** What is shipped, where no release was published yet. */
export const shippedFiles = (): ReleaseFiles =>
  readFolders({ flowFolder: "dialplans/flows", promptFolder: "prompts" });

/** Without checks: what is published is the test's to make sound. */
export const uncheckedDesk = (pool: Pool, folders = shippedFiles): ReleaseDesk =>
  createReleaseDesk({
    within: (work) => inTransaction(pool, work),
    folders,
    check: async () => ({ faults: [], tests: { failed: [], uncovered: [], passed: 0 } }),
  });

/** The draft as it stands was walked, and all was well. */
export async function walked(pool: Pool, folders = shippedFiles): Promise<string> {
  const desk = uncheckedDesk(pool, folders);
  const { digest } = await desk.draft();
  await desk.keepWalk({ digest, passed: true, by: sam, report: { goldenCalls: [] } });
  return digest;
}

/** What the draft holds becomes the next release; a canary until it is approved. */
export async function publishDraft(pool: Pool, share = 0.05, folders = shippedFiles): Promise<number> {
  const digest = await walked(pool, folders);
  const published = await uncheckedDesk(pool, folders).publish({ note: "for a test", digest, share }, sam);
  if (published.kind === "refused") throw new Error(published.obstacles.join("; "));
  return published.number;
}
