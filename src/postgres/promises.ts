import type { Pool } from "pg";
import { rows } from "./rows.ts";

export interface Promised {
  visitRef: string;
  campaign: string;
  timeZone: string;
  due: Date;
  askedAt: Date;
  state: "promised" | "broken";
  tries: number;
  /** Its telephone rings, or is answered, just now. */
  beingCalled: boolean;
}

/** Calls promised to patients and neither made nor withdrawn, and those broken since `since`; soonest first. */
export const listPromises = (pool: Pool, since: Date): Promise<Promised[]> =>
  rows<Promised>(
    pool,
    `select v.visit_ref as "visitRef", c.name as campaign, c.settings -> 'callingHours' ->> 'timeZone' as "timeZone",
       b.due, b.asked_at as "askedAt", b.state, b.tries, v.status = 'calling' as "beingCalled"
     from callback b join visit v on v.id = b.visit_id join campaign c on c.id = v.campaign_id
     where b.state = 'promised' or (b.state = 'broken' and b.due >= $1)
     order by b.due, b.id`,
    [since],
  );
