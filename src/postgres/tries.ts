import type { Pool } from "pg";
import type { TryBook } from "#access/door-ports.ts";
import { afterTry, forgottenAfterMs, type Tries, waitNow } from "#access/tries.ts";
import type { Ciphers } from "./ciphers.ts";
import { type Db, maybeRow } from "./rows.ts";
import { inTransaction, type Tx } from "./transaction.ts";

type Kind = "account" | "address";
type Key = readonly [kind: Kind, hmac: Buffer];

const READ = `select failures, last_at as "lastAt", wait_until as "waitUntil" from housekeeping.sign_in_tries
  where kind = $1 and key_hmac = $2`;

/** A row that somebody is about to count in is left for the next time. */
const FORGET = `delete from housekeeping.sign_in_tries where (kind, key_hmac) in (
  select kind, key_hmac from housekeeping.sign_in_tries where last_at < clock_timestamp() - $1 * interval '1 millisecond'
  limit 1000 for update skip locked)`;

export const createTryBook = (pool: Pool, ciphers: Pick<Ciphers, "hash">): TryBook => {
  const keysOf = ({ account, address }: { account: string; address: string }): Key[] => [
    ["account", ciphers.hash("sign-in", `account ${account}`)],
    ["address", ciphers.hash("sign-in", `address ${address}`)],
  ];
  return {
    take: (tried, now) =>
      inTransaction(pool, async (tx) => {
        const standing: [Key, Tries | null][] = [];
        // Accounts before addresses, everywhere: who locks in one order never waits in a circle.
        for (const key of keysOf(tried)) standing.push([key, await lock(tx, key)]);
        const wait = Math.max(...standing.map(([, tries]) => waitNow(tries, now)));
        if (wait > 0) return wait;
        for (const [key, tries] of standing) await write(tx, key, afterTry(tries, now, key[0]));
        return 0;
      }),
    forgive: (tried, steps) =>
      inTransaction(pool, async (tx) => {
        const [account, address] = keysOf(tried);
        await tx.query("delete from housekeeping.sign_in_tries where kind = $1 and key_hmac = $2", [
          ...account!,
        ]);
        await tx.query(
          `update housekeeping.sign_in_tries set failures = greatest(0, failures - $3) where kind = $1 and key_hmac = $2`,
          [...address!, steps],
        );
        await tx.query(FORGET, [forgottenAfterMs]);
      }),
  };
};

/** Also where there is no row yet: two first tries at once count as two. */
async function lock(tx: Tx, [kind, hmac]: Key): Promise<Tries | null> {
  await tx.query("select pg_advisory_xact_lock($1)", [hmac.readBigInt64BE()]);
  return maybeRow<Tries>(tx, READ, [kind, hmac]);
}

const write = (db: Db, [kind, hmac]: Key, { failures, lastAt, waitUntil }: Tries) =>
  db.query(
    `insert into housekeeping.sign_in_tries (kind, key_hmac, failures, last_at, wait_until)
     values ($1, $2, $3, $4, $5)
     on conflict (kind, key_hmac) do update set failures = $3, last_at = $4, wait_until = $5`,
    [kind, hmac, failures, lastAt, waitUntil],
  );
