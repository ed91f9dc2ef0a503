/** How many visits stand where, as a trigger counts them while they move (0054_visit_counts.sql). */
import type { Pool } from "pg";
import { changed } from "./rows.ts";

/**
 * Puts together what was counted for each connection, so that there are few rows to sum up, however many connections
 * there were. It waits for none of them: what one holds just then stays for the next time. Several at it do no harm.
 */
export const foldVisitCounts = (pool: Pool): Promise<number> => changed(pool, FOLD);

const KEY = "campaign_id, trust, status, disposition";

const FOLD = `
  with idle as (
    select ${KEY}, backend from visit_count where backend <> 0 for update skip locked
  ),
  folded as (
    delete from visit_count c using idle i
    where (c.campaign_id, c.trust, c.status, c.disposition, c.backend) = (i.campaign_id, i.trust, i.status, i.disposition, i.backend)
    returning c.*
  )
  insert into visit_count as kept (${KEY}, backend, visits)
  select ${KEY}, 0, sum(visits) from folded group by ${KEY} order by ${KEY}
  on conflict (${KEY}, backend) do update set visits = kept.visits + excluded.visits`;
