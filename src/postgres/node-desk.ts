import type { Pool } from "pg";
import type { AuditWho } from "#access/audit.ts";
import type { NodeDesk, NodeView } from "#campaign/node-desk.ts";
import { AppError } from "#lib/errors.ts";
import { writeAudit } from "./audit-log.ts";
import { type Db, maybeRow, oneRow, rows } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

/** @param who whose acts the audit tells; the name is that of each act */
export const createNodeDesk = (pool: Pool, who: Omit<AuditWho, "name">): NodeDesk => ({
  list: () => list(pool),
  drain: async (name, by, reason = null) =>
    void (await move(pool, { name, drains: true, reason, who: { ...who, name: by } })),
  resume: (name, by, reason = null) => move(pool, { name, drains: false, reason, who: { ...who, name: by } }),
  callsOn: async (name) => {
    const sql = `select ${callsOn("$1")} as count`;
    return (await oneRow<{ count: number }>(pool, sql, [name])).count;
  },
});

/** Those to the staff too: whoever waits for a node to be empty waits for them. */
const callsOn = (node: string): string => `(
  (select count(*)::int from attempt a where a.node = ${node} and a.state in ('dialing', 'live'))
  + (select count(*)::int from housekeeping.staff_call s where s.node = ${node} and s.ended_at is null))`;

interface Move {
  name: string;
  drains: boolean;
  reason: string | null;
  who: AuditWho;
}

const DRAIN =
  "update housekeeping.node set draining_since = clock_timestamp(), draining_by = $2 where name = $1";
const RESUME = "update housekeeping.node set draining_since = null, draining_by = null where name = $1";

/** One that is so already stays as it was, and nothing is told. @returns whether it was draining before */
const move = (pool: Pool, { name, drains, reason, who }: Move): Promise<boolean> =>
  inTransaction(pool, async (tx) => {
    const was = await maybeRow<{ draining: boolean }>(
      tx,
      "select draining_since is not null as draining from housekeeping.node where name = $1 for update",
      [name],
    );
    if (was === null) throw await missing(tx, name);
    if (was.draining === drains) return was.draining;
    await tx.query(drains ? DRAIN : RESUME, drains ? [name, who.name] : [name]);
    await writeAudit(tx, {
      ...{ who, action: drains ? "node-drain" : "node-resume", trust: null, reason },
      ...{ subject: { kind: "node", id: name }, details: {} },
    });
    return was.draining;
  });

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
