/** What each trust keeps, and for how long; and the daily run that lets the rest go. */
import type { Pool } from "pg";
import type { Retention, RetentionOutlook } from "#web/room/governance/ports.ts";
import { writeAudit } from "./audit-log.ts";
import { type EraseOne, forgetVisits } from "./person-data.ts";
import { type Db, oneRow, rows } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

const COLUMNS = `trust, story_days as "storyDays", person_days as "personDays", changed_at as "changedAt",
  changed_by as "changedBy"`;

/** In the order of the trusts' names; one of which nothing is said keeps all. */
export async function retentionOf(db: Db, trusts: readonly string[]): Promise<Retention[]> {
  const said = await rows<Retention>(db, `select ${COLUMNS} from retention where trust = any ($1)`, [trusts]);
  return trusts.toSorted().map(
    (trust) =>
      said.find((each) => each.trust === trust) ?? {
        ...{ trust, storyDays: null, personDays: null, changedAt: null, changedBy: null },
      },
  );
}

const OLD_STORY = `s.trust = $1 and s.audio <> 'discarded' and s.created_at < clock_timestamp() - ($2 || ' days')::interval`;
const OLD_VISIT = `v.trust = $1 and v.erased_at is null and v.status in ('done', 'withdrawn')
  and v.updated_at < clock_timestamp() - ($2 || ' days')::interval`;
const soonDays = 30;

/** How much a run would take now, and how much more within 30 days. */
export async function outlookOf(
  db: Db,
  { trust, storyDays, personDays }: Retention,
): Promise<RetentionOutlook> {
  const count = async (table: string, which: string, days: number | null) => {
    if (days === null) return [0, 0] as const;
    const older = async (least: number) =>
      (
        await oneRow<{ n: number }>(db, `select count(*)::int as n from ${table} where ${which}`, [
          trust,
          least,
        ])
      ).n;
    const now = await older(days);
    return [now, (await older(Math.max(0, days - soonDays))) - now] as const;
  };
  const [storiesNow, storiesSoon] = await count("story s", OLD_STORY, storyDays);
  const [personsNow, personsSoon] = await count("visit v", OLD_VISIT, personDays);
  return { storiesNow, storiesSoon, personsNow, personsSoon };
}

const batch = 500;

/**
 * Lets go what is past its time, in every trust that said how long it keeps things. Each story's erasure is its own
 * proof; each run that took something is in the audit. It may be stopped at any moment, and run twice.
 */
export async function runRetention(
  pool: Pool,
  erase: EraseOne,
): Promise<{ stories: number; visits: number }> {
  const all = await rows<Retention>(pool, `select ${COLUMNS} from retention`);
  let [stories, visits] = [0, 0];
  for (const retention of all) {
    const { trust } = retention;
    const went = await eraseOld(pool, retention, erase);
    const forgotten = await forgetOld(pool, retention);
    stories += went;
    visits += forgotten;
    if (went + forgotten > 0)
      await inTransaction(pool, (tx) =>
        writeAudit(tx, {
          ...{
            who: { kind: "job", id: "retention", name: null },
            action: "retention-run",
            trust,
            reason: null,
          },
          ...{ subject: { kind: "trust", id: trust }, details: { rows: forgotten, files: went } },
        }),
      );
  }
  return { stories, visits };
}

async function eraseOld(pool: Pool, { trust, storyDays }: Retention, erase: EraseOne): Promise<number> {
  if (storyDays === null) return 0;
  const old = await rows<{ id: string }>(
    pool,
    `select s.id from story s join call k on k.id = s.call_id where ${OLD_STORY} and k.ended_at is not null order by s.id`,
    [trust, storyDays],
  );
  const why = `kept for ${storyDays} days, as the trust decided`;
  for (const { id } of old) await erase(id, { by: { kind: "job", id: "retention", name: null }, why });
  return old.length;
}

async function forgetOld(pool: Pool, { trust, personDays }: Retention): Promise<number> {
  if (personDays === null) return 0;
  for (let all = 0; ; ) {
    const forgotten = await inTransaction(pool, (tx) =>
      forgetVisits(
        tx,
        `id in (select v.id from visit v where ${OLD_VISIT} order by v.updated_at limit ${batch} for no key update skip locked)`,
        [trust, personDays],
      ),
    );
    all += forgotten;
    if (forgotten < batch) return all;
  }
}
