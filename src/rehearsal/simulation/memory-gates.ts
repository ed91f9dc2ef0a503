/**
 * The tests between a due visit and a ring, as src/postgres/{gates,claim,commit-to-ring}.ts make them, over plain rows:
 * what becomes of a refused visit comes from the rules' own table (campaign/refusals.ts).
 */
import type { CallingSpan, PermittedSpan } from "#campaign/calling-hours.ts";
import type { Campaign } from "#campaign/campaign.ts";
import { type Refusal, refusals } from "#campaign/refusals.ts";
import type { AttemptRow, CampaignRow, MemoryRows, VisitRow } from "./memory-rows.ts";

const dayMs = 86_400_000;

export const spanAt = (row: CampaignRow, nowMs: number): CallingSpan | null =>
  row.spans.find(({ from, to }) => from.getTime() <= nowMs && nowMs < to.getTime()) ?? null;

/** As the SQL of the same name. */
export function whyNot(
  rows: MemoryRows,
  { settings }: Campaign,
  visit: VisitRow,
  nowMs: number,
  day: PermittedSpan,
): Refusal | null {
  if (visit.expiresAtMs <= nowMs) return "expired";
  if (rows.suppressed(visit.phone, visit.person)) return "suppressed";
  if (visit.rows.some((row) => row.contact && row.disposition !== "callback")) return "already-reached";
  if (visit.nextReason === "callback") return null;
  if (visit.attempts >= settings.retryPolicy.maxAttempts) return "attempts-used-up";
  const budget = settings.contactBudget;
  if (budget && surveysOf(rows, visit, nowMs - budget.days * dayMs) >= budget.surveys)
    return "contact-budget";
  const ofPhone = rows.ofPhone.get(visit.phone) ?? [];
  if (ofPhone.some((row) => row.numberRestsUntilMs > nowMs)) return "number-resting";
  if (settings.numberOnceADay && ofPhone.some((row) => row.rang && inDay(row, day)))
    return "number-rang-today";
  return null;
}

const inDay = ({ dialedAtMs }: AttemptRow, { from, to }: PermittedSpan): boolean =>
  dialedAtMs !== null && dialedAtMs >= from.getTime() && dialedAtMs < to.getTime();

function surveysOf(rows: MemoryRows, visit: VisitRow, sinceMs: number): number {
  const others = new Set<VisitRow>();
  const look = (row: AttemptRow) => {
    if (row.contact && row.visit !== visit && row.endedAtMs !== null && row.endedAtMs > sinceMs)
      others.add(row.visit);
  };
  for (const row of rows.ofPerson.get(visit.person) ?? []) look(row);
  for (const row of rows.ofPhone.get(visit.phone) ?? []) if (visit.byNumber || row.visit.byNumber) look(row);
  return others.size;
}

export function putOffUntil(
  rows: MemoryRows,
  because: Refusal,
  visit: VisitRow,
  nowMs: number,
  day: PermittedSpan | null,
): number | null {
  if (because === "number-rang-today") return day?.to.getTime() ?? null;
  if (because !== "number-resting") return null;
  const rests = (rows.ofPhone.get(visit.phone) ?? []).map((row) => row.numberRestsUntilMs);
  const latest = Math.max(...rests);
  return latest > nowMs ? latest : null;
}

/** What a refused visit's row says from then on. */
export function settle(rows: MemoryRows, visit: VisitRow, because: Refusal, untilMs: number | null): void {
  const becomes = refusals[because].visit;
  const isDone = becomes !== null && becomes !== "later";
  visit.status = isDone ? "done" : "due";
  if (becomes === "suppressed" || becomes === "expired") visit.disposition = becomes;
  if (untilMs !== null) visit.notBeforeMs = untilMs;
  if (!isDone) rows.queue(visit);
  if (!isDone) return;
  for (const promise of rows.promised(visit)) promise.state = "withdrawn";
}

/** Calls begun in the local day, and what they cost so far. */
export function dialledToday(rows: MemoryRows, day: PermittedSpan, campaignId: string | null): AttemptRow[] {
  const found: AttemptRow[] = [];
  for (let place = rows.dialled.length - 1; place >= 0; place -= 1) {
    const row = rows.dialled[place]!;
    if (row.dialedAtMs! < day.from.getTime() - dayMs) break;
    if (inDay(row, day) && (campaignId === null || row.visit.campaignId === campaignId)) found.push(row);
  }
  return found;
}

export function spent(attempts: AttemptRow[], nowMs: number, pencePerMinute: number): number {
  let minutes = 0;
  for (const { answeredAtMs, endedAtMs } of attempts)
    if (answeredAtMs !== null)
      minutes += Math.ceil(Math.max(1, ((endedAtMs ?? nowMs) - answeredAtMs) / 60_000));
  return minutes * pencePerMinute;
}
