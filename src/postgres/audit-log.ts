/** The audit: written inside the act it tells of, read by page, exported whole. */
import {
  type AuditDetails,
  type AuditEntry,
  type AuditFilter,
  type AuditRecord,
  type AuditWho,
  auditFault,
} from "#access/audit.ts";
import { csvLine } from "#campaign/rejects.ts";
import { AppError } from "#lib/errors.ts";
import { type Db, maybeRow, rows } from "./rows.ts";
import type { Tx } from "./transaction.ts";

const WRITE = {
  name: "write-audit",
  text: "select housekeeping.write_audit($1, $2, $3, $4, $5, $6, $7, $8, $9)",
};

/**
 * To be the last thing in the transaction of the act: from here until it ends nobody else's audit can be written, and
 * a row locked after it could wait for somebody who waits for us.
 * @throws AppError `audit_refused` where the entry holds what the audit does not keep: nothing of the act is committed
 */
export async function writeAudit(tx: Tx, entry: AuditEntry): Promise<void> {
  const fault = auditFault(entry);
  if (fault) throw new AppError("audit_refused", fault, { action: entry.action });
  const { who, action, subject, trust, reason, details } = entry;
  const values = [who.kind, who.id, who.name, action, subject?.kind ?? null, subject?.id ?? null];
  await tx.query({ ...WRITE, values: [...values, trust, reason, JSON.stringify(details)] });
}

interface Row {
  n: string;
  at: Date;
  who_kind: AuditWho["kind"];
  who_id: string;
  who_name: string | null;
  action: AuditRecord["action"];
  subject_kind: string | null;
  subject_id: string | null;
  trust: string | null;
  reason: string | null;
  details: AuditDetails;
  hash: Buffer;
}

const MATCHES = `($1::text is null or who_id = $1) and ($2::text[] is null or action = any ($2))
  and ($3::text is null or (subject_kind = $3 and subject_id = $4))
  and ($5::timestamptz is null or at >= $5) and ($6::timestamptz is null or at < $6)
  and ($7::text is null or trust = $7)`;

const valuesOf = ({ whoId, actions, subject, from, until, trust }: AuditFilter): unknown[] => [
  ...[whoId ?? null, actions ?? null, subject?.kind ?? null, subject?.id ?? null],
  ...[from ?? null, until ?? null, trust ?? null],
];

/**
 * Newest first.
 * @param before the `next` of the page before; null: from the newest
 */
export async function auditPage(
  db: Db,
  filter: AuditFilter,
  { before, limit }: { before: number | null; limit: number },
): Promise<{ items: AuditRecord[]; next: number | null }> {
  const found = await rows<Row>(
    db,
    `select * from housekeeping.audit_entry where ${MATCHES} and ($8::bigint is null or n < $8)
     order by n desc limit $9`,
    [...valuesOf(filter), before, limit + 1],
  );
  const items = found.slice(0, limit).map(recordOf);
  return { items, next: found.length > limit ? items.at(-1)!.n : null };
}

const BATCH = 500;

/** Oldest first, up to what was written when it began; in bounded memory, and without a long transaction. */
export async function* auditRecords(db: Db, filter: AuditFilter): AsyncGenerator<AuditRecord> {
  const last = (await auditHead(db))?.n ?? 0;
  for (let after = 0; ; ) {
    const found = await rows<Row>(
      db,
      `select * from housekeeping.audit_entry where ${MATCHES} and n > $8 and n <= $9 order by n limit ${BATCH}`,
      [...valuesOf(filter), after, last],
    );
    yield* found.map(recordOf);
    if (found.length < BATCH) return;
    after = Number(found.at(-1)!.n);
  }
}

const columns =
  "n,at,who_kind,who_id,who_name,action,subject_kind,subject_id,trust,reason,details,hash".split(",");

/** As CSV that no spreadsheet runs, a line at a time, the heading first. */
export async function* auditCsv(db: Db, filter: AuditFilter): AsyncGenerator<string> {
  yield csvLine(columns);
  for await (const record of auditRecords(db, filter)) {
    const { n, at, who, action, subject, trust, reason, details, hash } = record;
    const cells = [String(n), at.toISOString(), who.kind, who.id, who.name, action, subject?.kind];
    const rest = [subject?.id, trust, reason, JSON.stringify(details), hash];
    yield csvLine([...cells, ...rest].map((cell) => cell ?? ""));
  }
}

/** The last entry: noted elsewhere, it shows later that none was cut off. Null where nothing was written yet. */
export async function auditHead(db: Db): Promise<{ n: number; hash: string } | null> {
  const row = await maybeRow<Pick<Row, "n" | "hash">>(
    db,
    "select n, hash from housekeeping.audit_entry order by n desc limit 1",
  );
  return row && { n: Number(row.n), hash: row.hash.toString("hex") };
}

const recordOf = (row: Row): AuditRecord => ({
  n: Number(row.n),
  at: row.at,
  who: { kind: row.who_kind, id: row.who_id, name: row.who_name },
  action: row.action,
  subject: row.subject_kind && row.subject_id ? { kind: row.subject_kind, id: row.subject_id } : null,
  ...{ trust: row.trust, reason: row.reason, details: row.details, hash: row.hash.toString("hex") },
});
