/** The overview's counts (0029_overview.sql), each set from one statement, all as of one moment. */
import type { Pool } from "pg";
import type { Counted, OverviewDesk, Period, PlaceFunnel, RatingCell } from "#web/room/overview/ports.ts";
import { inRoom } from "./room.ts";
import { oneRow, rows } from "./rows.ts";
import type { Tx } from "./transaction.ts";

/** Of the people who read it, not of this machine. */
const zone = "Europe/London";

export const createOverviewDesk = (pool: Pool): OverviewDesk => ({
  count: (userId, period) => inRoom(pool, userId, (tx) => count(tx, period)),
});

async function count(tx: Tx, { from, until }: Period): Promise<Counted> {
  const period = [from, until];
  const local = [...period, zone];
  return {
    places: await rows<PlaceFunnel>(
      tx,
      `select p.trust, p.unit, p.site, p.ward, p.service, f.place_id as "placeId", f.eligible, f.called, f.answered,
         f.confirmed, f.rated, f.told, f.finished, f.declined
       from overview_funnel($1, $2) f join place p on p.id = f.place_id
       order by p.trust, p.unit, p.site, p.ward, p.service`,
      period,
    ),
    ratings: await rows<RatingCell>(
      tx,
      `select place_id as "placeId", day::text, hour, channel, rating, people from overview_ratings($1, $2, $3)`,
      local,
    ),
    hours: await rows<Counted["hours"][number]>(
      tx,
      "select hour, rung, answered, rated from overview_hours($1, $2, $3) order by hour",
      local,
    ),
    endings: await rows<Counted["endings"][number]>(
      tx,
      "select flow, step, calls from overview_endings($1, $2) order by calls desc, step limit 20",
      period,
    ),
    promises: await rows<Counted["promises"][number]>(
      tx,
      "select state, people from overview_promises($1, $2)",
      period,
    ),
    waiting: await oneRow<Counted["waiting"]>(
      tx,
      `select waiting, oldest, heard, median_hours as "medianHours" from overview_waiting($1, $2)`,
      period,
    ),
  };
}
