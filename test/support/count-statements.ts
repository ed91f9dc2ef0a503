/** A pool that writes down what is asked of it: each is one way to the database and back. */
import type { Pool, PoolClient } from "pg";

/** `asked`: the names of statements, or where they have none their first words. */
export function countStatements(pool: Pool): { counting: Pool; asked: string[] } {
  const asked: string[] = [];
  const noting =
    (target: Pool | PoolClient) =>
    (sql: string | { name?: string; text: string }, ...rest: unknown[]) => {
      asked.push(typeof sql === "string" ? sql.trim().split(/\s/)[0]! : (sql.name ?? sql.text.slice(0, 40)));
      return (target.query as (...all: unknown[]) => unknown).call(target, sql, ...rest);
    };
  const connect = async () => {
    const client = await pool.connect();
    return { query: noting(client), release: (broken?: Error) => client.release(broken) };
  };
  return { counting: { query: noting(pool), connect } as unknown as Pool, asked };
}
