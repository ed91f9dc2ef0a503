import type { Pool } from "pg";
import type { AuditWho } from "#access/audit.ts";
import type { NodeDesk, NodeView } from "#campaign/node-desk.ts";
import { AppError } from "#lib/errors.ts";
import { drainMoves } from "./draining.ts";
import { type Db, oneRow, rows } from "./rows.ts";

/** @param who whose acts the audit tells; the name is that of each act */
export const createNodeDesk = (pool: Pool, who: Omit<AuditWho, "name">): NodeDesk => ({
  list: () => list(pool),
  ...drainMoves({ pool, kind: "node", who, missing }),
  callsOn: async (name) => {
    const sql = `select ${callsOn("$1")} as count`;
    return (await oneRow<{ count: number }>(pool, sql, [name])).count;
  },
});

/** Those to the staff too: whoever waits for a node to be empty waits for them. */
const callsOn = (node: string): string => `(
  (select count(*)::int from attempt a where a.node = ${node} and a.state in ('dialing', 'live'))
  + (select count(*)::int from housekeeping.staff_call s where s.node = ${node} and s.ended_at is null))`;

/** One that was refused from the first has links and no row of its own. */
async function list(pool: Pool): Promise<NodeView[]> {
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
