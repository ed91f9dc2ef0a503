/** Whole tables as lines of JSON, and back: exact, without programs of Postgres, whatever its version. */
import { type Db, oneRow, rows } from "./rows.ts";
import type { Tx } from "./transaction.ts";

export interface Table {
  /** As SQL writes it, with its schema. */
  name: string;
  columns: string[];
  /** Of its primary key: the same rows always come in the same order. */
  key: string[];
}

const BATCH = 500;

/** Those that `migrate` fills by itself, and the mark of a rehearsal, are not copied. */
const TABLES = `
  select format('%I.%I', n.nspname, c.relname) as name,
    array(select quote_ident(attname) from pg_attribute
      where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '' order by attnum) as columns,
    array(select quote_ident(a.attname) from pg_index i, unnest(i.indkey) with ordinality as k (attnum, place)
      join pg_attribute a on a.attnum = k.attnum
      where i.indrelid = c.oid and i.indisprimary and a.attrelid = c.oid order by k.place) as key
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and n.nspname in ('public', 'housekeeping', 'graphile_worker')
    and (n.nspname, c.relname) not in
      (('housekeeping', 'migration'), ('housekeeping', 'rehearsal'), ('graphile_worker', 'migrations'))
    and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
  order by 1`;

export const listTables = (db: Db): Promise<Table[]> => rows<Table>(db, TABLES);

/** What has run on this database: a copy only fits one that has exactly the same tables. */
export async function schemaVersion(db: Db): Promise<string[]> {
  const found = await rows<{ step: string }>(
    db,
    `select name || ' ' || checksum as step from housekeeping.migration
     union all select 'graphile_worker ' || max(id) from graphile_worker.migrations order by 1`,
  );
  return found.map(({ step }) => step);
}

/** A line a row, in the order of the key, in bounded memory. Within a transaction. */
export async function* exportTable(tx: Tx, { name, columns, key }: Table): AsyncGenerator<string> {
  const order = key.length > 0 ? key.map((column) => `t.${column}`).join(", ") : "t::text";
  await tx.query(
    `declare copy no scroll cursor for
     select to_json(r)::text as line from (select ${columns.join(", ")} from ${name} t order by ${order}) r`,
  );
  for (;;) {
    const found = await rows<{ line: string }>(tx, `fetch ${BATCH} from copy`);
    // A column of type json comes as it was written, with its line breaks.
    for (const { line } of found) yield line.replaceAll("\n", " ");
    if (found.length < BATCH) break;
  }
  await tx.query("close copy");
}

/** Puts lines back, as they came from `exportTable`. @returns how many */
export async function importTable(tx: Tx, table: Table, lines: AsyncIterable<string>): Promise<number> {
  let count = 0;
  let batch: string[] = [];
  const insert = async () => {
    const columns = table.columns.join(", ");
    await tx.query(
      `insert into ${table.name} (${columns}) overriding system value
       select ${columns} from json_populate_recordset(null::${table.name}, $1::json)`,
      [`[${batch.join(",")}]`],
    );
    count += batch.length;
    batch = [];
  };
  for await (const line of lines) {
    batch.push(line);
    if (batch.length === BATCH) await insert();
  }
  if (batch.length > 0) await insert();
  return count;
}

export async function isEmpty(db: Db, tables: readonly Table[]): Promise<boolean> {
  const any = tables.map(({ name }) => `exists (select from ${name})`).join(" or ");
  return !(await oneRow<{ any: boolean }>(db, `select ${any} as any`)).any;
}

interface ForeignKey {
  name: string;
  of: string;
  definition: string;
}

/** Lets rows come in any order and as they are; on the way out every reference is checked again. */
export async function withoutRules(
  tx: Tx,
  tables: readonly Table[],
  work: () => Promise<void>,
): Promise<void> {
  const keys = await rows<ForeignKey>(
    tx,
    `select quote_ident(conname) as name, conrelid::regclass::text as of, pg_get_constraintdef(oid) as definition
     from pg_constraint where contype = 'f' and connamespace::regnamespace::text in ('public', 'housekeeping', 'graphile_worker')`,
  );
  for (const { name, of } of keys) await tx.query(`alter table ${of} drop constraint ${name}`);
  for (const { name } of tables) await tx.query(`alter table ${name} disable trigger user`);
  await work();
  for (const { name } of tables) await tx.query(`alter table ${name} enable trigger user`);
  for (const { name, of, definition } of keys)
    await tx.query(`alter table ${of} add constraint ${name} ${definition}`);
}

export type Counters = Record<string, string>;

const SEQUENCES = `select format('%I.%I', schemaname, sequencename) as name, last_value::text as last from pg_sequences
  where schemaname in ('public', 'housekeeping', 'graphile_worker') and last_value is not null`;

export async function readCounters(db: Db): Promise<Counters> {
  const found = await rows<{ name: string; last: string }>(db, SEQUENCES);
  return Object.fromEntries(found.map(({ name, last }) => [name, last]));
}

export async function setCounters(db: Db, counters: Counters): Promise<void> {
  for (const [name, last] of Object.entries(counters)) await db.query("select setval($1, $2)", [name, last]);
}
