import type { Pool } from "pg";
import type { AuditWho } from "#access/audit.ts";
import { type NodeDesk, type NodeView, whyKept } from "#campaign/node-desk.ts";
import { AppError } from "#lib/errors.ts";
import { writeAudit } from "./audit-log.ts";
import { drainMoves } from "./draining.ts";
import { type Db, oneRow, rows } from "./rows.ts";
import { inTransaction, type Tx } from "./transaction.ts";

/** @param who whose acts the audit tells; the name is that of each act */
export const createNodeDesk = (pool: Pool, who: Omit<AuditWho, "name">): NodeDesk => ({
  list: () => list(pool),
  ...drainMoves({ pool, kind: "node", who, missing }),
  callsOn: async (name) => {
    const sql = `select ${callsOn("$1")} as count`;
    return (await oneRow<{ count: number }>(pool, sql, [name])).count;
  },
  remove: (name, by, reason = null) =>
    inTransaction(pool, async (tx) => {
      await remove(tx, name);
      await writeAudit(tx, {
        ...{ who: { ...who, name: by }, action: "node-remove", trust: null, reason },
        ...{ subject: { kind: "node", id: name }, details: {} },
      });
    }),
});

async function remove(tx: Tx, name: string): Promise<void> {
  // Nobody lets it in meanwhile (nodes.ts).
  await tx.query("lock table housekeeping.node in share row exclusive mode");
  const node = (await list(tx)).find((each) => each.name === name);
  if (!node) throw await missing(tx, name);
  const why = whyKept(node);
  if (why !== null) throw new AppError("node_in_use", `${name} stays on the list: ${why}.`, { node: name });
  await tx.query(
    `with link as (delete from housekeeping.node_link where node = $1),
       dialplan as (delete from housekeeping.dialplan_in_force where node = $1)
     delete from housekeeping.node where name = $1`,
    [name],
  );
}

/** Those to the staff too: whoever waits for a node to be empty waits for them. */
const callsOn = (node: string): string => `(
  (select count(*)::int from attempt a where a.node = ${node} and a.state in ('dialing', 'live'))
  + (select count(*)::int from housekeeping.staff_call s where s.node = ${node} and s.ended_at is null))`;

/** One that was refused from the first has links and no row of its own. */
async function list(pool: Db): Promise<NodeView[]> {
  const found = await rows<NodeView & { since: Date | null; by: string | null }>(
    pool,
    `with living as (
       select l.* from housekeeping.node_link l join housekeeping.instance i on i.owner = l.owner
       where i.dead_at is null and i.alive_until > clock_timestamp()
     )
     select name, n.entity_id as "entityId", n.version, n.max_calls as "maxCalls", n.weight, n.seen_at as "seenAt",
       n.draining_since as since, n.draining_by as by,
       ${callsOn("name")} as calls,
       (select coalesce(json_agg(json_build_object('instance', owner, 'state', state, 'since', l.since)
          order by owner), '[]') from living l where l.node = name) as links
     from housekeeping.node n full join (select distinct node as name from living) l using (name)
     order by name`,
  );
  return found.map(({ since, by, links, ...node }) => ({
    ...node,
    draining: since && by ? { since, by } : null,
    links: links.map((link) => ({ ...link, since: new Date(link.since) })),
  }));
}

async function missing(pool: Db, name: string): Promise<AppError> {
  const names = (await rows<{ name: string }>(pool, "select name from housekeeping.node order by name")).map(
    (node) => node.name,
  );
  const there = names.length > 0 ? `there are: ${names.join(", ")}` : "none was ever connected to";
  return new AppError("node_missing", `There is no node "${name}"; ${there}.`, { node: name });
}
