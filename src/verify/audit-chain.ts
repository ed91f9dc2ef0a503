/** The audit from its first row to its last: each must follow from the one before it. */
import { createHash } from "node:crypto";
import { rows } from "#postgres/rows.ts";
import type { Tx } from "#postgres/transaction.ts";
import type { BrokenRow } from "./verified.ts";

/** A row that was the last at some time, as `hearback verify` told it then: whatever came before it must still be there. */
export interface AuditAnchor {
  n: number;
  /** 64 hex digits. */
  hash: string;
}

/** "N:HASH", as it was told; null for anything else. */
export function readAnchor(text: string): AuditAnchor | null {
  const [, n, hash] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(text.trim()) ?? [];
  return n && hash ? { n: Number(n), hash } : null;
}

interface Row {
  n: string;
  hash: Buffer;
  /** What the hash covers beside n, as text. */
  fields: (string | null)[];
}

const WALK = `declare audit no scroll cursor for
  select n, hash, array[to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), who_kind, who_id, who_name, action,
    subject_kind, subject_id, trust, reason, details::text] as fields
  from housekeeping.audit_entry order by n`;
const batch = 1_000;

/** As housekeeping.audit_field has it (migration 0022). */
const field = (value: string | null): string =>
  value === null ? "-" : `${Buffer.byteLength(value)}:${value}`;

const hashOf = (before: Buffer, { n, fields }: Row): Buffer =>
  createHash("sha256")
    .update(before)
    .update([n, ...fields].map(field).join(""))
    .digest();

/** Worked out here, not by the database's own function: who could change the rows could change that, too. */
export async function* brokenAudit(tx: Tx, anchor: AuditAnchor | null): AsyncGenerator<BrokenRow> {
  let last = 0;
  let before: Buffer = Buffer.alloc(0);
  await tx.query(WALK);
  for (;;) {
    const found = await rows<Row>(tx, `fetch ${batch} from audit`);
    for (const row of found) {
      const n = Number(row.n);
      if (n !== last + 1) yield { id: row.n, what: `${n - last - 1} rows before it are gone` };
      else if (!hashOf(before, row).equals(row.hash))
        yield { id: row.n, what: "changed, put in or moved: it does not follow from the row before it" };
      if (n === anchor?.n && row.hash.toString("hex") !== anchor.hash)
        yield { id: row.n, what: "it is not what was noted: it, or something before it, was written anew" };
      last = n;
      before = row.hash;
    }
    if (found.length < batch) break;
  }
  await tx.query("close audit");
  if (anchor && anchor.n > last)
    yield { id: String(anchor.n), what: `it was noted, and is gone: the audit ends at ${last}` };
}
