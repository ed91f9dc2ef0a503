import type { Pool } from "pg";
import type { SignedIn } from "#access/rights.ts";
import type { InstanceLine, NodesRoom, Telephony } from "#web/room/nodes/ports.ts";
import { createNodeDesk } from "./node-desk.ts";
import { oneRow, rows } from "./rows.ts";
import { createTrunkDesk } from "./trunk-desk.ts";

/** The Asterisks are the house's, and no trust's: who may see them, their right says (access/rights.ts). */
export function createNodesRoom(pool: Pool): NodesRoom {
  const deskOf = ({ userId }: SignedIn) => createNodeDesk(pool, { kind: "user", id: userId });
  const trunksOf = ({ userId }: SignedIn) => createTrunkDesk(pool, { kind: "user", id: userId });
  return {
    look: async () => ({
      nodes: await createNodeDesk(pool, { kind: "job", id: "pages" }).list(),
      trunks: await createTrunkDesk(pool, { kind: "job", id: "pages" }).list(),
      instances: await rows<InstanceLine>(
        pool,
        `select owner, renewed_at as "renewedAt" from housekeeping.instance
         where dead_at is null and alive_until > clock_timestamp() order by owner`,
      ),
      lastHour: await oneRow<Telephony["lastHour"]>(
        pool,
        `select count(*)::int as ended, count(*) filter (where disposition in ('failed', 'congestion', 'interrupted'))::int as failed
         from attempt where dialed_at > clock_timestamp() - interval '1 hour' and ended_at is not null`,
      ),
    }),
    drain: (who, node, reason) => deskOf(who).drain(node, who.name, reason),
    resume: async (who, node, reason) => void (await deskOf(who).resume(node, who.name, reason)),
    remove: (who, node, reason) => deskOf(who).remove(node, who.name, reason),
    drainTrunk: (who, trunk, reason) => trunksOf(who).drain(trunk, who.name, reason),
    resumeTrunk: async (who, trunk, reason) => void (await trunksOf(who).resume(trunk, who.name, reason)),
  };
}
