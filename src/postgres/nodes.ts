import type { Pool } from "pg";
import type {
  Admission,
  NodeBook,
  NodeIdentity,
  NodeLink,
  NodeStanding,
  Standings,
} from "#campaign/node-book.ts";
import { changed, maybeRow, rows } from "./rows.ts";
import { inTransaction, type Tx } from "./transaction.ts";

/** `owner`: the instance that looks. */
export const createNodeBook = (pool: Pool, owner: string): NodeBook => ({
  admit: (node) => inTransaction(pool, (tx) => admit(tx, owner, node)),
  exchange: (links) => exchange(pool, owner, links),
  leave: async () => void (await pool.query("delete from housekeeping.node_link where owner = $1", [owner])),
});

/** Whether the instance that wrote a link is alive. */
const ALIVE = `exists (select from housekeeping.instance i
  where i.owner = l.owner and i.dead_at is null and i.alive_until > clock_timestamp())`;

/** One after the other, so that of two with one entityid that come at once, one is the second. */
async function admit(tx: Tx, owner: string, node: NodeIdentity): Promise<Admission> {
  await tx.query("lock table housekeeping.node in share row exclusive mode");
  if (await isDead(tx, owner))
    return { kind: "refused", because: "another instance has taken over our calls" };
  const because = (await twinOf(tx, owner, node)) ?? (await namesake(tx, owner, node));
  if (because !== null) return { kind: "refused", because };
  const { name, entityId, version, maxCalls, weight } = node;
  // Nobody uses it under another name any more: it was renamed.
  await tx.query("update housekeeping.node set entity_id = null where entity_id = $1 and name <> $2", [
    entityId,
    name,
  ]);
  await tx.query(
    `insert into housekeeping.node (name, entity_id, version, max_calls, weight) values ($1, $2, $3, $4, $5)
     on conflict (name) do update set entity_id = excluded.entity_id, version = excluded.version,
       max_calls = excluded.max_calls, weight = excluded.weight, seen_at = clock_timestamp()`,
    [name, entityId, version, maxCalls, weight],
  );
  await writeLinks(tx, owner, [{ node: name, entityId, state: "connecting" }]);
  return { kind: "admitted" };
}

/** Whoever was declared dead, and wakes, must not take its application back from those who go on with its calls. */
const isDead = async (tx: Tx, owner: string): Promise<boolean> =>
  (await maybeRow(tx, "select from housekeeping.instance where owner = $1 and dead_at is not null", [
    owner,
  ])) !== null;

async function twinOf(tx: Tx, owner: string, { name, entityId }: NodeIdentity): Promise<string | null> {
  const twin = await maybeRow<{ name: string }>(
    tx,
    `select n.name from housekeeping.node n
     where n.entity_id = $2 and n.name <> $3
       and exists (select from housekeeping.node_link l where l.node = n.name and (l.owner = $1 or ${ALIVE}))`,
    [owner, entityId, name],
  );
  if (twin === null) return null;
  return (
    `node ${name} has the same entityid (${entityId}) as node ${twin.name}: it is the same Asterisk twice, ` +
    "or a copy of it; give each its own entityid in asterisk.conf under [options]"
  );
}

async function namesake(tx: Tx, owner: string, { name, entityId }: NodeIdentity): Promise<string | null> {
  const other = await maybeRow<{ owner: string }>(
    tx,
    `select l.owner from housekeeping.node_link l
     where l.owner <> $1 and l.node = $2 and l.entity_id <> $3 and l.state = 'ready' and ${ALIVE}`,
    [owner, name, entityId],
  );
  if (other === null) return null;
  return (
    `instance ${other.owner} uses another Asterisk under the name ${name}: every process must call ` +
    "one Asterisk the same, and two never (HEARBACK_NODE_NAME)"
  );
}

async function exchange(pool: Pool, owner: string, links: readonly NodeLink[]): Promise<Standings> {
  await writeLinks(pool, owner, links);
  const ready = links.filter(({ state }) => state === "ready").map(({ node }) => node);
  await changed(pool, SEEN, [ready]);
  const found = await rows<NodeStanding & Pick<Standings, "trunksOut">>(pool, STANDINGS, [owner]);
  return {
    nodes: found.map(({ trunksOut: _, ...standing }) => standing),
    trunksOut: found[0]?.trunksOut ?? [],
  };
}

const SEEN = {
  name: "nodes-seen",
  text: `update housekeeping.node set seen_at = clock_timestamp()
    where name = any($1::text[]) and seen_at < clock_timestamp() - interval '5 s'`,
};

const STANDINGS = {
  name: "node-standings",
  text: `select n.name as node, n.draining_since is not null as draining,
      (select count(*)::int from attempt a
       where a.node = n.name and a.state in ('dialing', 'live') and a.owner <> $1)
      + (select count(*)::int from housekeeping.staff_call s
       where s.node = n.name and s.ended_at is null and s.owner <> $1) as "othersCalls",
      array(select trunk from housekeeping.trunk_pace where draining_since is not null) as "trunksOut"
    from housekeeping.node n`,
};

/** A row that says the same as before is left as it is. */
const WRITE_LINKS = {
  name: "write-node-links",
  text: `insert into housekeeping.node_link as l (owner, node, entity_id, state)
    select $1, t.node, t.entity_id, t.state from unnest($2::text[], $3::text[], $4::text[]) as t (node, entity_id, state)
    on conflict (owner, node) do update set state = excluded.state, entity_id = excluded.entity_id,
      since = clock_timestamp()
    where (l.state, l.entity_id) is distinct from (excluded.state, excluded.entity_id)`,
};

async function writeLinks(db: Pool | Tx, owner: string, links: readonly NodeLink[]): Promise<void> {
  await changed(db, WRITE_LINKS, [
    owner,
    links.map(({ node }) => node),
    links.map(({ entityId }) => entityId),
    links.map(({ state }) => state),
  ]);
}
