import type { Pool, PoolClient } from "pg";
import { systemClock as clock } from "#lib/clock.ts";
import { createPeriodic } from "#lib/periodic.ts";
import { oneRow, rows } from "./rows.ts";

interface Holder {
  pid: number;
  /** Null where the user who looks may not see it. */
  application: string | null;
  user: string | null;
  state: string | null;
  seconds: number | null;
}

/** Never its statement: that may name a patient. */
const HOLDERS = `
  select s.pid, nullif(s.application_name, '') as application, s.usename as user, s.state,
    extract(epoch from clock_timestamp() - s.xact_start)::int as seconds
  from unnest(pg_blocking_pids($1)) as held (pid) join pg_stat_activity s on s.pid = held.pid order by s.xact_start`;
const lookEveryMs = 200;

export interface LockHolders {
  /** Whom the session last waited for, in words. */
  seen(): string;
  stop(): Promise<void>;
}

/** Looks, from a connection of its own, whom this session waits for. */
export async function lockHolders(pool: Pool, session: PoolClient): Promise<LockHolders> {
  const { pid } = await oneRow<{ pid: number }>(session, "select pg_backend_pid() as pid");
  let last: Holder[] = [];
  const look = async () => {
    const found = await rows<Holder>(pool, HOLDERS, [pid]);
    if (found.length > 0) last = found;
  };
  // What cannot be looked at is not named; the migration itself fails or not by its own connection.
  const watch = createPeriodic(clock, lookEveryMs, look, () => {});
  watch.start();
  return {
    seen: () =>
      last.length === 0
        ? "its lock is held by a session that was gone at once"
        : `its lock is held by ${last.map(inWords).join(", ")}`,
    stop: () => watch.stop(),
  };
}

const inWords = ({ pid, application, user, state, seconds }: Holder): string =>
  [
    `the session ${pid}`,
    ...(application ? [`of "${application}"`] : []),
    ...(user ? [`as ${user}`] : []),
    ...(state ? [`(${state}${seconds === null ? "" : `, in its transaction for ${seconds} s`})`] : []),
  ].join(" ");
