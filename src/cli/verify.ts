import { readSettings } from "#config.ts";
import { systemClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/logger.ts";
import { auditHead } from "#postgres/audit-log.ts";
import { proveKey } from "#postgres/data-key.ts";
import { assertMigrated } from "#postgres/migrate.ts";
import { createPool } from "#postgres/pool.ts";
import { assertReachable } from "#postgres/reachable.ts";
import { createCiphers } from "#storage/ciphers.ts";
import { readAnchor } from "#verify/audit-chain.ts";
import { readInvites } from "#verify/invites.ts";
import type { Verified } from "#verify/verified.ts";
import { verify as runVerify } from "#verify/verify.ts";
import { type Io, say, UsageError } from "./command.ts";
import { defineCommand } from "./options.ts";

export const verify = defineCommand({
  name: "verify",
  summary: "Check the whole history: nobody rung twice or at the wrong time, no key and no story lost.",
  options: {
    json: { help: "for programs: one JSON object" },
    settled: { help: "nothing is to be under way any more: whatever is still open is told, too" },
    invites: { value: "FILE", help: "what a far end says that rang: lines of time,number,call id" },
    "audit-head": { value: "N:HASH", help: "the audit's end as it was told before: it must still be there" },
    "database-only": { help: "do not read the stories' files" },
  },
  notes: [
    "Changes nothing; may be run while serve rings. Rows are named by their ids, never by a person's number.",
    "It tells the audit's end: note that somewhere else, and nobody can cut the audit short unseen.",
    "Needs HEARBACK_DATABASE_URL and HEARBACK_STORY_FOLDER, with --invites HEARBACK_DATA_KEY, too.",
    "Status 0: all holds. Status 1: something does not.",
  ].join("\n"),
  examples: ["hearback verify", "hearback verify --json | jq '.broken[] | .rows[].id'"],
  run: async (_operands, given, io) => {
    const { databaseUrl: url } = readSettings(["databaseUrl"], io.env);
    const storyFolder = given["database-only"] ? null : readSettings(["storyFolder"], io.env).storyFolder;
    const ciphers = given.invites ? createCiphers(readSettings(["dataKey"], io.env).dataKey) : null;
    const auditAnchor = given["audit-head"] === undefined ? null : readAnchor(given["audit-head"]);
    if (given["audit-head"] !== undefined && auditAnchor === null)
      throw new UsageError("--audit-head is not N:HASH, as an earlier run of verify told it");
    const pool = createPool({
      url,
      applicationName: "hearback verify",
      maxConnections: 2,
      logger: silentLogger,
    });
    try {
      await assertReachable(pool);
      await assertMigrated(pool);
      if (ciphers) await proveKey(pool, ciphers);
      const farEnd = ciphers && given.invites ? { invites: readInvites(given.invites), ciphers } : null;
      const asked = { pool, storyFolder, auditAnchor, settled: given.settled, now: systemClock.now() };
      const found = await runVerify({ ...asked, ...(farEnd ? { farEnd } : {}) }, (one) =>
        given.json ? undefined : tell(one, io),
      );
      const broken = found.filter((one) => one.broken > 0);
      const head = await auditHead(pool);
      const end = head && `${head.n}:${head.hash}`;
      if (given.json) {
        const checked = found.map(({ name }) => name);
        say(io.stdout, JSON.stringify({ checked, broken, auditHead: end }, null, 2));
      } else if (end) say(io.stdout, `The audit ends at ${end}`);
      return broken.length > 0 ? 1 : 0;
    } finally {
      await pool.end();
    }
  },
});

function tell({ name, says, broken, rows }: Verified, { stdout }: Io): void {
  say(stdout, `${broken === 0 ? "ok    " : "BROKEN"} ${name.padEnd(8)} ${says}`);
  for (const { id, what } of rows) say(stdout, `         ${id}  ${what}`);
  if (broken > rows.length) say(stdout, `         and ${broken - rows.length} more`);
}
