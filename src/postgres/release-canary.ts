/** The canary's figures, its looks, and what follows from them. */
import type { Pool } from "pg";
import {
  type ArmFigures,
  type CanaryFigures,
  type CanaryVerdict,
  lookDue,
  verdictOf,
} from "#release/canary.ts";
import type { Author, LiveState } from "#release/ports.ts";
import { lockReleases } from "./release-draft.ts";
import { giveToAll, rollBack, standing } from "./release-moves.ts";
import { type Db, oneRow, rows } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

/** Of the last release so many of its latest calls are looked at, and so few of the same days say too little. */
const [mostOfLast, fewOfLast] = [2_000, 100];
const everSince = new Date(0);

const ARM = "select * from housekeeping.release_arm($1, $2, $3)";
type Arm = Omit<ArmFigures, "missingPrompts">;

export async function figuresOf(
  db: Db,
  canary: number,
  last: number | null,
  since: Date,
): Promise<CanaryFigures> {
  const ours = await oneRow<Arm>(db, ARM, [canary, everSince, 1_000_000]);
  const beside = await oneRow<Arm>(db, ARM, [last, since, mostOfLast]);
  const theirs =
    beside.calls >= fewOfLast ? beside : await oneRow<Arm>(db, ARM, [last, everSince, mostOfLast]);
  const { count } = await oneRow<{ count: number }>(
    db,
    "select count(*)::int as count from housekeeping.release_trouble where release = $1 and kind = 'missing-prompt'",
    [canary],
  );
  return { canary: { ...ours, missingPrompts: count }, last: { ...theirs, missingPrompts: 0 } };
}

const looksTaken = async (db: Db, release: number): Promise<{ look: number; states: string }[]> =>
  rows(db, "select look, states from housekeeping.release_look where release = $1 order by look", [release]);

/** What pages show: as the last look stated it. */
export async function liveState(db: Db): Promise<LiveState> {
  const { live, canary } = await standing(db);
  if (!canary) return { live, canary: null };
  const figures = await figuresOf(db, canary.number, live, canary.since);
  const said = (await looksTaken(db, canary.number)).at(-1)?.states;
  const verdict = verdictOf(figures, null);
  const told: CanaryVerdict =
    verdict.kind === "waits" && said ? { ...verdict, states: `${verdict.states}. ${said}` } : verdict;
  return { live, canary: { ...canary, figures, verdict: told } };
}

export type CanaryMove = { kind: "rolled-back" | "given-to-all"; number: number; why: string };

const itself: Author = { kind: "job", id: "canary", name: null };

/** Takes the look that is due, once among all instances, and does what follows. @returns what was done; null: nothing */
export async function watchCanary(pool: Pool): Promise<CanaryMove | null> {
  if (!(await standing(pool)).canary) return null;
  return inTransaction(pool, async (tx) => {
    // Else a second instance would take back what stands after the first one's move.
    await lockReleases(tx);
    const { live, canary } = await standing(tx);
    if (!canary) return null;
    const { number } = canary;
    const figures = await figuresOf(tx, number, live, canary.since);
    const taken = (await looksTaken(tx, number)).map(({ look }) => look);
    const look = lookDue(figures, taken);
    const verdict = verdictOf(figures, look);
    if (look !== null) await keepLook(tx, number, look, figures, verdict.states);
    const why = verdict.states;
    if (verdict.kind === "bad") {
      const moved = await rollBack(tx, null, { why, figures }, itself);
      return moved.kind === "done" ? { kind: "rolled-back", number, why } : null;
    }
    if (verdict.kind !== "good") return null;
    const moved = await giveToAll(tx, number, { kind: "all", why, figures }, itself);
    return moved.kind === "done" ? { kind: "given-to-all", number, why } : null;
  });
}

const keepLook = (db: Db, release: number, look: number, figures: CanaryFigures, states: string) =>
  db.query(
    `insert into housekeeping.release_look (release, look, figures, states) values ($1, $2, $3, $4)
     on conflict do nothing`,
    [release, look, JSON.stringify(figures), states],
  );
