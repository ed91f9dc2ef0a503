/** Which dialplan is in force on each Asterisk; the Asterisks are the house's, and no trust's. */
import type { Pool } from "pg";
import type { AuditEntry } from "#access/audit.ts";
import type { DialplanGoing, DialplanInForce } from "#release/dialplan-in-force.ts";
import { writeAudit } from "./audit-log.ts";
import { rows } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

const KEEP = `
  insert into housekeeping.dialplan_in_force (node, digest, version, works, by, note, at)
  values ($1, $2, $3, $4, $5, $6, $7)
  on conflict (node) do update set digest = excluded.digest, version = excluded.version, works = excluded.works,
    by = excluded.by, note = excluded.note, at = excluded.at`;

/** Before anything lies there: should the act be broken off, dialplansGoing knows of it. */
export const tellIntent = (pool: Pool, act: AuditEntry): Promise<void> =>
  inTransaction(pool, (tx) => writeAudit(tx, act));

/** By node: of each what was told last is an intent. */
export const dialplansGoing = (pool: Pool): Promise<DialplanGoing[]> =>
  rows(
    pool,
    `select node, version, by, since from (
       select distinct on (subject_id) subject_id as node, coalesce(who_name, who_id) as by, at as since,
         (details ->> 'version')::int as version, details ->> 'outcome' as outcome
       from housekeeping.audit_entry
       where subject_kind = 'node' and action in ('dialplan-apply', 'dialplan-put-back', 'node-remove')
       order by subject_id, n desc) last
     where outcome = 'going' order by node`,
  );

/** What an act left there, told with it. */
export const tellDialplan = (pool: Pool, act: AuditEntry, left: DialplanInForce): Promise<void> =>
  inTransaction(pool, async (tx) => {
    const { node, digest, version, works, by, note, at } = left;
    await tx.query(KEEP, [node, digest, version, works, by, note, at]);
    await writeAudit(tx, act);
  });

/** By node; one where nothing was ever put in force by a command is not among them. */
export const dialplansInForce = (pool: Pool): Promise<DialplanInForce[]> =>
  rows(
    pool,
    "select node, digest, version, works, by, note, at from housekeeping.dialplan_in_force order by node",
  );
