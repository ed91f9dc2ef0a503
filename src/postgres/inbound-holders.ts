import type { Pool } from "pg";
import type { InboundHolders } from "#call/incoming.ts";
import { maybeRow } from "./rows.ts";

const HOLD = {
  name: "inbound-hold",
  text: `
  insert into housekeeping.inbound_holder as h (node, owner, alive_until)
  values ($1, $2, clock_timestamp() + $3 * interval '1 ms')
  on conflict (node) do update set owner = excluded.owner, alive_until = excluded.alive_until
  where h.owner = excluded.owner or h.alive_until < clock_timestamp()
  returning owner`,
};

/** Which instance takes the calls that come in on which Asterisk. @param owner of this process, as the ledger's */
export const createInboundHolders = (pool: Pool, owner: string): InboundHolders => ({
  hold: async (node, forMs) => (await maybeRow(pool, HOLD, [node, owner, forMs])) !== null,
  letGo: async (node) => {
    await pool.query("delete from housekeeping.inbound_holder where node = $1 and owner = $2", [node, owner]);
  },
});
