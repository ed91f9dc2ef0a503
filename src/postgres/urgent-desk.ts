/** Stories that somebody must act on: flagged, owned, handed over, closed; each step is kept, and in the audit. */
import type { Pool } from "pg";
import type { AuditAction } from "#access/audit.ts";
import type { SignedIn } from "#access/rights.ts";
import type { Closing, UrgentAct, UrgentDesk, UrgentFlag, UrgentStep } from "#web/room/urgent/ports.ts";
import { writeAudit } from "./audit-log.ts";
import { placeOf } from "./listening-desk.ts";
import { entryOf } from "./listening-grants.ts";
import { inRoom } from "./room.ts";
import { maybeRow, rows } from "./rows.ts";
import type { Tx } from "./transaction.ts";

const CLOSED_DAYS = 30;
const MOST_CLOSED = 100;

export function createUrgentDesk(pool: Pool): UrgentDesk {
  const change = (who: SignedIn, flagId: string, step: Step) =>
    inRoom(pool, who.userId, (tx) => changeFlag(tx, who, flagId, step));
  return {
    list: (who) =>
      inRoom(pool, who.userId, async (tx) => ({
        open: await flags(tx, "f.closed_at is null order by f.flagged_at, f.id"),
        closed: await flags(
          tx,
          `f.closed_at > clock_timestamp() - interval '${CLOSED_DAYS} days'
           order by f.closed_at desc, f.id desc limit ${MOST_CLOSED}`,
        ),
      })),
    flag: (who, storyId, reason) => inRoom(pool, who.userId, (tx) => flag(tx, who, storyId, reason)),
    take: (who, flagId) =>
      change(who, flagId, {
        ...{ kind: "taken", only: "owner is null", action: "assign", text: null, toName: null },
        set: { owner: who.userId, owner_name: who.name },
      }),
    handOver: (who, flagId, to) => inRoom(pool, who.userId, (tx) => handOver(tx, who, flagId, to)),
    giveBack: (who, flagId, reason) =>
      change(who, flagId, {
        ...{ kind: "given_back", only: "owner is not null", action: "assign", text: reason, toName: null },
        set: { owner: null, owner_name: null },
      }),
    close: (who, flagId, { because, done }) =>
      change(who, flagId, {
        ...{ kind: "closed", only: "true", action: "unflag", text: done, toName: null },
        set: { closed_by: who.userId, closed_by_name: who.name, closed_because: because, done },
      }),
  };
}

interface Step {
  kind: UrgentStep["kind"];
  /** Of the flag as it stands, beside being open. */
  only: string;
  set: Record<string, string | null>;
  /** The reason, where one was asked for. */
  text: string | null;
  toName: string | null;
  action: AuditAction;
}

interface Changed {
  id: string;
  storyId: string;
  trust: string;
  unit: string;
}

const CHANGED = `id, story_id as "storyId", trust, unit`;

async function changeFlag(tx: Tx, who: SignedIn, flagId: string, step: Step): Promise<UrgentAct> {
  const there = await maybeRow(tx, "select id from urgent_flag where id = $1", [flagId]);
  if (!there) return "missing";
  const columns = Object.keys(step.set);
  const sets = columns.map((column, i) => `${column} = $${i + 2}`);
  if (columns.includes("owner"))
    sets.push("owned_at = case when $2::uuid is not null then clock_timestamp() end");
  if (columns.includes("done")) sets.push("closed_at = clock_timestamp()");
  const found = await maybeRow<Changed>(
    tx,
    `update urgent_flag set ${sets.join(", ")} where id = $1 and closed_at is null and ${step.only} returning ${CHANGED}`,
    [flagId, ...columns.map((column) => step.set[column])],
  );
  if (!found) return "outdated";
  await noted(tx, who, found, step);
  return "done";
}

/**
 * The step, and the audit as the last thing: without the words, which speak of the story and would outlive its erasure.
 */
async function noted(
  tx: Tx,
  who: SignedIn,
  flag: Changed,
  { kind, text, toName, action, set }: Pick<Step, "kind" | "text" | "toName" | "action" | "set">,
): Promise<void> {
  await tx.query(
    `insert into urgent_step (flag_id, story_id, trust, unit, kind, text, to_name, by_user, by_name)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [flag.id, flag.storyId, flag.trust, flag.unit, kind, text, toName, who.userId, who.name],
  );
  const details = { kind: "urgent", state: kind, userId: set.owner ?? null };
  await writeAudit(tx, { ...entryOf(who, flag, action), details });
}

async function flag(tx: Tx, who: SignedIn, storyId: string, reason: string): Promise<UrgentAct> {
  const story = await placeOf(tx, storyId);
  if (!story) return "missing";
  const made = await maybeRow<Changed>(
    tx,
    `insert into urgent_flag (story_id, trust, unit, reason, flagged_by, flagged_by_name)
     values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning ${CHANGED}`,
    [story.storyId, story.trust, story.unit, reason, who.userId, who.name],
  );
  if (!made) return "outdated";
  await noted(tx, who, made, { kind: "flagged", text: reason, toName: null, action: "flag", set: {} });
  return "done";
}

async function handOver(
  tx: Tx,
  who: SignedIn,
  flagId: string,
  to: { userId: string; reason: string },
): Promise<UrgentAct | "stranger"> {
  const there = await maybeRow<{ storyId: string }>(
    tx,
    `select story_id as "storyId" from urgent_flag where id = $1`,
    [flagId],
  );
  if (!there) return "missing";
  const colleague = await maybeRow<{ name: string }>(
    tx,
    "select name from colleagues_for($1) where user_id = $2",
    [there.storyId, to.userId],
  );
  if (!colleague) return "stranger";
  return changeFlag(tx, who, flagId, {
    ...{ kind: "handed_over", only: "true", action: "assign", text: to.reason, toName: colleague.name },
    set: { owner: to.userId, owner_name: colleague.name },
  });
}

interface FlagRow extends Omit<UrgentFlag, "owner" | "closed" | "steps"> {
  owner: string | null;
  ownerName: string;
  ownedAt: Date;
  closedAt: Date | null;
  closedByName: string;
  because: Closing;
  done: string;
  steps: (Omit<UrgentStep, "at"> & { at: string })[];
}

/** @param which a condition and an order, in SQL */
async function flags(tx: Tx, which: string): Promise<UrgentFlag[]> {
  const found = await rows<FlagRow>(
    tx,
    `select f.id, f.story_id as "storyId", f.trust, c.told_at as "toldAt", c.rating,
       concat_ws(', ', nullif(p.ward, ''), nullif(p.service, ''), nullif(p.site, '')) as place,
       f.reason, f.flagged_at as "flaggedAt", f.flagged_by_name as "flaggedByName", f.owner,
       f.owner_name as "ownerName", f.owned_at as "ownedAt", f.closed_at as "closedAt",
       f.closed_by_name as "closedByName", f.closed_because as because, f.done,
       (select json_agg(json_build_object('kind', s.kind, 'at', s.at, 'byName', s.by_name, 'toName', s.to_name,
          'text', s.text) order by s.id) from urgent_step s where s.flag_id = f.id) as steps
     from urgent_flag f join story_card c on c.story_id = f.story_id join place p on p.id = c.place_id
     where ${which}`,
  );
  return found.map(({ owner, ownerName, ownedAt, closedAt, closedByName, because, done, ...row }) => ({
    ...row,
    owner: owner ? { userId: owner, name: ownerName, at: ownedAt } : null,
    closed: closedAt && { at: closedAt, byName: closedByName, because, done },
    steps: row.steps.map((step) => ({ ...step, at: new Date(step.at) })),
  }));
}
