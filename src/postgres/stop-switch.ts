import { type Db, maybeRow } from "./rows.ts";

/** All dialling stands still: by whom, since when, and why. */
export interface Stopped {
  at: Date;
  by: string;
  because: string;
}

const COLUMNS = `stopped_at as at, stopped_by as by, because`;

/**
 * No telephone rings from here on, in any instance: claim.ts and commit-to-ring.ts test this very row. Calls under way go
 * on. Where all is stopped already, that stop stands.
 */
export async function stopAll(db: Db, { by, because }: Omit<Stopped, "at">): Promise<Stopped> {
  await db.query(
    `insert into housekeeping.dialling as d (stopped_at, stopped_by, because) values (clock_timestamp(), $1, $2)
     on conflict (switch) do update set stopped_at = excluded.stopped_at, stopped_by = excluded.stopped_by,
       because = excluded.because
     where d.stopped_at is null`,
    [by, because],
  );
  return (await diallingStopped(db)) ?? stopAll(db, { by, because });
}

/** @returns what is over; null where nothing was stopped */
export const resumeAll = (db: Db, { by }: { by: string }): Promise<Stopped | null> =>
  maybeRow<Stopped>(
    db,
    `with before as (select ${COLUMNS} from housekeeping.dialling where stopped_at is not null for update)
     update housekeeping.dialling set stopped_at = null, stopped_by = null, because = null,
       resumed_at = clock_timestamp(), resumed_by = $1
     from before returning before.*`,
    [by],
  );

export const diallingStopped = (db: Db): Promise<Stopped | null> =>
  maybeRow<Stopped>(db, `select ${COLUMNS} from housekeeping.dialling where stopped_at is not null`);
