import { readSettings } from "#config.ts";
import { systemClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/logger.ts";
import { proveKey } from "#postgres/data-key.ts";
import { assertMigrated } from "#postgres/migrate.ts";
import { createPool } from "#postgres/pool.ts";
import { assertReachable } from "#postgres/reachable.ts";
import { createCiphers } from "#storage/ciphers.ts";
import { readInvites } from "#verify/invites.ts";
import type { Verified } from "#verify/verified.ts";
import { verify as runVerify } from "#verify/verify.ts";
import { type Io, say } from "./command.ts";
import { defineCommand } from "./options.ts";

export const verify = defineCommand({
  name: "verify",
  summary: "Check the whole history: nobody rung twice or at the wrong time, no key and no story lost.",
  options: {
    json: { help: "for programs: one JSON object" },
    settled: { help: "nothing is to be under way any more: whatever is still open is told, too" },
    invites: { value: "FILE", help: "what a far end says that rang: lines of time,number,call id" },
    "database-only": { help: "do not read the stories' files" },
  },
  notes: [
    "Changes nothing; may be run while serve rings. Rows are named by their ids, never by a person's number.",
    "Needs HEARBACK_DATABASE_URL and HEARBACK_STORY_FOLDER, with --invites HEARBACK_DATA_KEY, too.",
    "Status 0: all holds. Status 1: something does not.",
  ].join("\n"),
  examples: ["hearback verify", "hearback verify --json | jq '.broken[] | .rows[].id'"],
  run: async (_operands, given, io) => {
    const { databaseUrl: url } = readSettings(["databaseUrl"], io.env);
    const storyFolder = given["database-only"] ? null : readSettings(["storyFolder"], io.env).storyFolder;
    const ciphers = given.invites ? createCiphers(readSettings(["dataKey"], io.env).dataKey) : null;
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
      const found = await runVerify(
        { pool, storyFolder, settled: given.settled, now: systemClock.now(), ...(farEnd ? { farEnd } : {}) },
        (one) => (given.json ? undefined : tell(one, io)),
      );
      const broken = found.filter((one) => one.broken > 0);
      if (given.json)
        say(io.stdout, JSON.stringify({ checked: found.map(({ name }) => name), broken }, null, 2));
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
