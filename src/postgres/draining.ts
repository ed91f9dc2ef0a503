/** How an Asterisk or a trunk is taken out of use, and let in again: one way for both. */
import type { Pool } from "pg";
import type { AuditWho } from "#access/audit.ts";
import type { AppError } from "#lib/errors.ts";
import { writeAudit } from "./audit-log.ts";
import { maybeRow } from "./rows.ts";
import { inTransaction, type Tx } from "./transaction.ts";

const tables = {
  node: { table: "housekeeping.node", named: "name" },
  trunk: { table: "housekeeping.trunk_pace", named: "trunk" },
} as const;

export interface Drainable {
  pool: Pool;
  kind: keyof typeof tables;
  /** Whose acts the audit tells; the name is that of each act. */
  who: Omit<AuditWho, "name">;
  /** Why there is none of that name. */
  missing(tx: Tx, name: string): Promise<AppError>;
}

/** Both write the audit. One that is so already stays as it was, and nothing is told. */
export const drainMoves = (of: Drainable) => ({
  drain: async (name: string, by: string, reason: string | null = null): Promise<void> => {
    await move(of, { name, drains: true, by, reason });
  },
  /** @returns whether it was draining before */
  resume: (name: string, by: string, reason: string | null = null): Promise<boolean> =>
    move(of, { name, drains: false, by, reason }),
});

interface Move {
  name: string;
  drains: boolean;
  by: string;
  reason: string | null;
}

const move = ({ pool, kind, who, missing }: Drainable, { name, drains, by, reason }: Move) =>
  inTransaction(pool, async (tx) => {
    const { table, named } = tables[kind];
    const was = await maybeRow<{ draining: boolean }>(
      tx,
      `select draining_since is not null as draining from ${table} where ${named} = $1 for update`,
      [name],
    );
    if (was === null) throw await missing(tx, name);
    if (was.draining === drains) return was.draining;
    await tx.query(
      `update ${table} set draining_by = $2, draining_since = case when $2::text is not null then clock_timestamp() end
       where ${named} = $1`,
      [name, drains ? by : null],
    );
    await writeAudit(tx, {
      ...{ who: { ...who, name: by }, action: `${kind}-${drains ? "drain" : "resume"}`, trust: null, reason },
      ...{ subject: { kind, id: name }, details: {} },
    });
    return was.draining;
  });
