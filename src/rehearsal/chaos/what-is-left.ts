/** Waiting for people to be rung, and for everything to come to its end. */
import { setTimeout as wait } from "node:timers/promises";
import { maybeRow, rows } from "#postgres/rows.ts";
import { readLedger } from "#rehearsal/far-end/ledger.ts";
import type { Run } from "./run.ts";
import type { Stage } from "./stage.ts";

/** A call that a dead instance held is settled by then. */
const settlesWithinMs = 240_000;

interface Left {
  /** Of the visits, those with nobody on the line. */
  due: number;
  visits: number;
  attempts: number;
  stories: number;
  jobs: number;
}

/** Null while the database is away. */
export const whatIsLeft = ({ database }: Stage): Promise<Left | null> =>
  maybeRow<Left>(
    database.pool,
    `select (select count(*)::int from visit where status = 'due' and not_before <= clock_timestamp()) as due,
       (select count(*)::int from visit where status in ('due', 'calling')) as visits,
       (select count(*)::int from attempt where state in ('intent', 'dialing', 'live')) as attempts,
       (select count(*)::int from story where audio = 'waiting') as stories,
       (select count(*)::int from graphile_worker.jobs where attempts < max_attempts) as jobs`,
  ).then(
    (left) => left ?? null,
    () => null,
  );

export const countInvites = ({ ledgerFile }: Stage): number =>
  readLedger(ledgerFile).filter(({ what }) => what === "invite").length;

/** Until so many have been rung, or nobody is left to be. */
export async function untilInvited(run: Run, count: number): Promise<void> {
  const { stage, outlook, options, happened } = run;
  for (; ; await wait(250)) {
    for (const { name, address } of stage.instances) if (address) outlook.isUp(name);
    const invites = countInvites(stage);
    options.progress(`${invites} of ${options.calls} rung, ${happened.faults.length} faults`);
    if (invites >= count) return;
    const left = await whatIsLeft(stage);
    if (left?.visits === 0) return;
    // Whoever has been rung and whose call goes on is not waited for here.
    if (left) outlook.rung(invites, left.due > 0);
  }
}

/** @returns whether everything came to its end */
export async function untilAllCalled({ stage, options }: Run): Promise<boolean> {
  let left = "";
  for (let movedMs = Date.now(); Date.now() - movedMs < settlesWithinMs; await wait(500)) {
    const now = await whatIsLeft(stage);
    if (now === null) continue;
    if (now.visits + now.attempts + now.stories + now.jobs === 0) return true;
    const text = JSON.stringify(now);
    if (text !== left) movedMs = Date.now();
    left = text;
    options.progress(
      `left: ${now.visits} visits, ${now.attempts} attempts, ${now.stories} stories, ${now.jobs} jobs`,
    );
  }
  options.say(`still left, and nothing moved for ${settlesWithinMs / 1000} s: ${left}`);
  return false;
}

/** A line for each of the first few that have not come to their end, with what is known of it. */
export async function whatHangs({ database }: Stage): Promise<string[]> {
  const found = await rows<{ what: string }>(
    database.pool,
    `(select format('attempt %s of visit %s: %s on %s, held by %s', id, visit_id, state, node, owner) as what
        from attempt where state in ('intent', 'dialing', 'live') order by id limit 10)
     union all
     (select format('visit %s: %s, not before %s', id, status, not_before) from visit
        where status in ('due', 'calling') order by id limit 10)
     union all
     (select format('story %s of call %s: its audio waits', id, call_id) from story where audio = 'waiting' limit 10)
     union all
     (select format('job %s, tried %s times, next at %s: %s', task_identifier, attempts, run_at, left(last_error, 200))
        from graphile_worker.jobs where attempts < max_attempts limit 10)`,
  ).catch((thrown: unknown) => [{ what: `the database does not say: ${thrown}` }]);
  return found.map(({ what }) => what);
}
