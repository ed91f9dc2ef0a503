import type { Pool } from "pg";
import { AppError } from "#lib/errors.ts";
import type { PageOf, ResultFilter, ResultPage, ResultRecord } from "#web/ports.ts";
import { resultColumns } from "./results.ts";
import { type Db, maybeRow, oneRow, rows } from "./rows.ts";

/** The last change to the microsecond: a Date would cut it, and pages would lose or repeat rows. */
const CHANGED = `to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
const SELECT = `select ${resultColumns.join(", ").replace("story_seconds", "story_seconds::float8")}, ${CHANGED} as changed
  from survey_result`;

type Row = ResultRecord & { changed: string };

/** survey_result by key, for systems that fetch what has changed. */
export const createResultDesk = (pool: Pool) => ({
  page: async ({
    campaign,
    disposition,
    since,
    after,
    limit,
  }: PageOf & ResultFilter): Promise<ResultPage> => {
    const [changed, visitId] = after === null ? [null, null] : readCursor(after);
    const settledUntil = await settled(pool);
    const found = await rows<Row>(
      pool,
      `${SELECT} where ($1::text is null or campaign = $1) and ($2::text is null or disposition = $2)
         and ($3::timestamptz is null or updated_at >= $3)
         and ($4::timestamptz is null or (updated_at, visit_id) > ($4, $5::uuid))
       order by updated_at, visit_id limit $6`,
      [campaign, disposition, since, changed, visitId, limit + 1],
    );
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const next = found.length > limit && last ? cursorOf(last) : null;
    return { items, next, settledUntil };
  },
  find: (visitId: string) => maybeRow<Row>(pool, `${SELECT} where visit_id = $1`, [visitId]),
});

/**
 * A transaction that began earlier may still bring rows with earlier times: whatever is older than the oldest one under
 * way is all there. Looked at before the page is read.
 */
async function settled(db: Db): Promise<Date> {
  const { until } = await oneRow<{ until: Date }>(
    db,
    `select date_trunc('milliseconds', least(clock_timestamp(), housekeeping.writing_since())) as until`,
  );
  return until;
}

const cursorOf = ({ changed, visit_id }: Row): string =>
  Buffer.from(`${changed} ${visit_id}`).toString("base64url");

/** @throws AppError `cursor_wrong` */
function readCursor(cursor: string): [string, string] {
  const text = Buffer.from(cursor, "base64url").toString();
  const [, changed, visitId] = /^(\d{4}-\d\d-\d\dT[\d:.]{15}Z) ([0-9a-f-]{36})$/.exec(text) ?? [];
  if (!changed || !visitId)
    throw new AppError("cursor_wrong", "`after` is not what `next` of an earlier page said.");
  return [changed, visitId];
}
