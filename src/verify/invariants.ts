import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rows } from "#postgres/rows.ts";
import type { Tx } from "#postgres/transaction.ts";
import type { BrokenRow } from "./verified.ts";

/** A statement that selects the rows which break one rule: `id`, and `what` about it. */
export interface Invariant {
  name: string;
  says: string;
  sql: string;
}

const folder = join(import.meta.dirname, "invariants");
const batch = 1_000;

/** One file each; its first line is `-- NAME: what must hold`. */
export const invariants: readonly Invariant[] = readdirSync(folder)
  .filter((file) => file.endsWith(".sql"))
  .toSorted()
  .map((file) => {
    const sql = readFileSync(join(folder, file), "utf8");
    const [, name, says] = /^-- (\S+): (.+)\n/.exec(sql) ?? [];
    if (!name || !says) throw new Error(`${file} does not begin with its name and what must hold`);
    return { name, says, sql };
  });

/** The rows that break it, a batch at a time. `judgedAt`: "now", or far ahead where nothing may be under way any more. */
export async function* brokenRows(tx: Tx, { sql }: Invariant, judgedAt: Date): AsyncGenerator<BrokenRow> {
  const values = sql.includes("$1") ? [judgedAt] : [];
  await tx.query(`declare broken no scroll cursor for ${sql}`, values);
  for (;;) {
    const found = await rows<BrokenRow>(tx, `fetch ${batch} from broken`);
    yield* found;
    if (found.length < batch) break;
  }
  await tx.query("close broken");
}
