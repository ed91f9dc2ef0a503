/**
 * What the telephone network saw: kept beside the ledger, and judged by rules that are written down here a second time,
 * on purpose and by other means, so that a fault in the code cannot hide itself.
 */
import type { Standing } from "./office.ts";

export interface Ring {
  atMs: number;
  attemptId: string;
  visitId: string;
  campaignId: string;
  phone: string;
  person: string;
  reason: "first" | "retry" | "callback" | "ring_back";
  /** The telephone made a sound. */
  rang: boolean;
  /** Counts by the words of the rules: it rang, may have, or a busy or wrong number was reached. */
  counts: boolean;
  /** So long nobody rings about this visit again unasked. */
  restMs?: number;
}

export interface KnownVisit {
  campaignId: string;
  maxAttempts: number;
  budget: { surveys: number; days: number } | null;
  expiresAtMs: number;
  byNumber: boolean;
}

export interface Broken {
  rule: string;
  visitId: string;
  atMs: number;
}

/** A commitment may be this old when its call goes out (campaign/attempt.ts), and the way to Asterisk takes a moment. */
const graceMs = 6_000;
const minuteMs = 60_000;
const dayMs = 86_400_000;

/** The least time before the next try, by how this one ended: busy 30 min, and so on. */
const rests = {
  ...{ busy: 30 * minuteMs, noAnswer: 240 * minuteMs, congestion: 15 * minuteMs },
  ...{ machine: dayMs, silent: 3 * dayMs },
};

/** England's, by hand from gov.uk/bank-holidays. */
const bankHolidays = new Set([
  ...[
    "2026-01-01",
    "2026-04-03",
    "2026-04-06",
    "2026-05-04",
    "2026-05-25",
    "2026-08-31",
    "2026-12-25",
    "2026-12-28",
  ],
  ...[
    "2027-01-01",
    "2027-03-26",
    "2027-03-29",
    "2027-05-03",
    "2027-05-31",
    "2027-08-30",
    "2027-12-27",
    "2027-12-28",
  ],
]);

const london = new Intl.DateTimeFormat("en-GB", {
  ...{ timeZone: "Europe/London", weekday: "short", year: "numeric", month: "2-digit", day: "2-digit" },
  ...{ hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
});

let lastHour = { hour: -1, date: "", weekday: "", minutes: 0 };

/** The local time in London; offsets change on whole hours only, so that one look an hour will do. */
export function localTime(atMs: number): { date: string; weekday: string; minutes: number } {
  const hour = Math.floor(atMs / 3_600_000);
  if (lastHour.hour !== hour) {
    const parts = Object.fromEntries(
      london.formatToParts(hour * 3_600_000).map(({ type, value }) => [type, value]),
    );
    const date = `${parts.year}-${parts.month}-${parts.day}`;
    lastHour = {
      hour,
      date,
      weekday: parts.weekday!,
      minutes: Number(parts.hour) * 60 + Number(parts.minute),
    };
  }
  const { date, weekday, minutes } = lastHour;
  return { date, weekday, minutes: minutes + (atMs - hour * 3_600_000) / minuteMs };
}

/** Monday to Friday 09:00 to 20:00, Saturday 10:00 to 17:00, never on Sundays and bank holidays. */
export function mayRingAt(atMs: number): boolean {
  const { date, weekday, minutes } = localTime(atMs);
  if (weekday === "Sun" || bankHolidays.has(date)) return false;
  const [opens, closes] = weekday === "Sat" ? [600, 1_020] : [540, 1_200];
  return minutes >= opens && minutes < closes;
}

/** Visits whose promise nobody expects to be kept any more. */
const mayDrop = ["suppressed", "opted_out", "wrong_person", "expired"];
/** Most promises fall between all those mishaps and are kept. */
const leastKept = 0.6;

interface Promised {
  visitId: string;
  dueMs: number;
  keptMs: number | null;
  replaced: boolean;
}

export class BookOfRings {
  readonly broken: Broken[] = [];
  readonly rings = new Map<string, Ring>();
  readonly #ofVisit = new Map<string, Ring[]>();
  readonly #lastOfPhone = new Map<string, string>();
  readonly #busy = new Map<string, string>();
  readonly #visits = new Map<string, KnownVisit>();
  readonly #phonesOut = new Map<string, number>();
  readonly #personsOut = new Map<string, number>();
  readonly #pairsOut = new Map<string, number>();
  readonly #stayed = new Map<string, number>();
  readonly #reached = new Map<string, { visitId: string; atMs: number }[]>();
  readonly #over = new Map<string, string>();
  readonly #promises = new Map<string, Promised[]>();
  readonly #pausedSince = new Map<string, number>();
  #stoppedSince: number | null = null;
  promised = 0;
  kept = 0;

  knows(visitId: string, visit: KnownVisit): void {
    this.#visits.set(visitId, visit);
  }

  visit(visitId: string): KnownVisit {
    return this.#visits.get(visitId)!;
  }

  ringsOf(visitId: string): readonly Ring[] {
    return this.#ofVisit.get(visitId) ?? [];
  }

  // ---- what is told to the network and to us -----------------------------------------------------------------

  optedOut(atMs: number, { phone, person }: { phone?: string; person?: string }): void {
    if (phone !== undefined && person !== undefined) keepFirst(this.#pairsOut, `${phone} ${person}`, atMs);
    else if (phone !== undefined) keepFirst(this.#phonesOut, phone, atMs);
    else if (person !== undefined) keepFirst(this.#personsOut, person, atMs);
  }

  /** Held or withdrawn, until told otherwise. */
  stays(visitId: string, atMs: number | null): void {
    if (atMs === null) this.#stayed.delete(visitId);
    else keepFirst(this.#stayed, visitId, atMs);
  }

  paused(campaignId: string, atMs: number | null): void {
    if (atMs === null) this.#pausedSince.delete(campaignId);
    else this.#pausedSince.set(campaignId, atMs);
  }

  stopped(atMs: number | null): void {
    this.#stoppedSince = atMs;
  }

  /** Somebody was spoken with about this visit; `over`: nothing was promised, and it is never to ring again. */
  reached(
    visitId: string,
    { person, atMs, over }: { person: string; atMs: number; over: string | null },
  ): void {
    this.#reached.set(person, [...(this.#reached.get(person) ?? []), { visitId, atMs }]);
    if (over) this.#over.set(visitId, over);
  }

  promise(visitId: string, dueMs: number): void {
    const all = this.#promises.get(visitId) ?? [];
    for (const before of all) before.replaced ||= before.keptMs === null;
    this.#promises.set(visitId, [...all, { visitId, dueMs, keptMs: null, replaced: false }]);
    this.promised += 1;
  }

  // ---- the rules ---------------------------------------------------------------------------------------------

  /** A call goes out: what is wrong with it is written down at once. */
  goesOut(ring: Ring): void {
    const { visitId, atMs } = ring;
    const wrong = (is: boolean | undefined, rule: string) => is && this.broken.push({ rule, visitId, atMs });
    const long = (since: number | null | undefined) =>
      since !== null && since !== undefined && atMs > since + graceMs;
    const visit = this.visit(visitId);
    wrong(this.rings.has(ring.attemptId), "one attempt rings once");
    wrong(this.#busy.has(ring.phone), "one call at a time a number");
    wrong(!mayRingAt(atMs) && !mayRingAt(atMs - graceMs), "only in calling hours");
    wrong(long(this.#phonesOut.get(ring.phone)), "never after the number opted out");
    wrong(long(this.#personsOut.get(ring.person)), "never after the person opted out");
    wrong(long(this.#pairsOut.get(`${ring.phone} ${ring.person}`)), "never again the wrong person");
    wrong(long(this.#stayed.get(visitId)), "not while held or withdrawn");
    wrong(long(this.#pausedSince.get(ring.campaignId)), "not while the campaign is paused");
    wrong(long(this.#stoppedSince), "not while all is stopped");
    wrong(this.#over.has(visitId), `never again after: ${this.#over.get(visitId)}`);
    wrong(ring.reason !== "callback" && long(visit.expiresAtMs), "not after its expiry");
    const before = this.ringsOf(visitId);
    const counted = before.filter(({ counts, reason }) => counts && reason !== "callback").length;
    wrong(ring.reason !== "callback" && counted >= visit.maxAttempts, "no more attempts than allowed");
    const last = before.at(-1);
    wrong(
      ring.reason === "retry" && last?.restMs !== undefined && atMs < last.atMs + last.restMs - graceMs,
      "no sooner again than the rules say",
    );
    wrong(
      before.slice(-5).length === 5 && before.slice(-5).every(({ counts }) => !counts),
      "five idle tries at most",
    );
    wrong(
      ring.reason !== "callback" && this.#lastOfPhone.get(ring.phone) === localTime(atMs).date,
      "one a number a day",
    );
    wrong(ring.reason !== "callback" && this.#budgetSpent(ring), "the contact budget");
    if (ring.reason === "callback") this.#keep(ring);
    this.rings.set(ring.attemptId, ring);
    this.#ofVisit.set(visitId, [...before, ring]);
    this.#busy.set(ring.phone, ring.attemptId);
  }

  #budgetSpent({ visitId, person, atMs }: Ring): boolean {
    const { budget } = this.visit(visitId);
    if (!budget) return false;
    const since = atMs - budget.days * dayMs;
    const others = (this.#reached.get(person) ?? []).filter(
      (each) => each.visitId !== visitId && each.atMs > since,
    );
    // One who was reached while this call was on its way is not to be known yet.
    return (
      new Set(others.filter((each) => each.atMs < atMs - graceMs).map((each) => each.visitId)).size >=
      budget.surveys
    );
  }

  #keep({ visitId, atMs }: Ring): void {
    const open = (this.#promises.get(visitId) ?? []).find(
      ({ keptMs, replaced }) => keptMs === null && !replaced,
    );
    if (!open) return;
    open.keptMs = atMs;
    if (atMs < open.dueMs - graceMs)
      this.broken.push({ rule: "no promised call before its time", visitId, atMs });
    if (atMs <= open.dueMs + 5 * minuteMs) this.kept += 1;
  }

  /** The telephone made a sound: the number's one call of that day. */
  sounded(ring: Ring): void {
    ring.rang = true;
    ring.counts = true;
    this.#lastOfPhone.set(ring.phone, localTime(ring.atMs).date);
  }

  /** It ended so, as the network and the person know. */
  rests(ring: Ring, how: string): void {
    const restMs = rests[how as keyof typeof rests];
    if (restMs !== undefined) ring.restMs = restMs;
  }

  silent(ring: Ring): void {
    if (this.#busy.get(ring.phone) === ring.attemptId) this.#busy.delete(ring.phone);
  }

  // ---- at the end --------------------------------------------------------------------------------------------

  /** Nobody was forgotten: every visit is at an end that its history explains, or due in the future. */
  close(standing: Standing, nowMs: number): void {
    for (const { visitId, state } of standing.open)
      this.broken.push({ rule: `an attempt was left ${state}`, visitId, atMs: nowMs });
    for (const visit of standing.visits) {
      const why = this.#forgotten(visit, nowMs);
      if (why) this.broken.push({ rule: why, visitId: visit.id, atMs: nowMs });
    }
    if (this.promised >= 50 && this.kept < this.promised * leastKept)
      this.broken.push({ rule: "promises are mostly kept", visitId: "", atMs: nowMs });
    const visits = new Map(standing.visits.map((visit) => [visit.id, visit]));
    const states = new Map<string, string[]>();
    for (const { visitId, dueMs, state } of standing.promises)
      states.set(`${visitId} ${dueMs}`, [...(states.get(`${visitId} ${dueMs}`) ?? []), state]);
    for (const promise of [...this.#promises.values()].flat()) {
      const all = states.get(`${promise.visitId} ${promise.dueMs}`);
      const wrong = (rule: string) =>
        this.broken.push({ rule, visitId: promise.visitId, atMs: promise.dueMs });
      if (!all) wrong("a promise is nowhere written");
      const late = promise.keptMs === null || promise.keptMs > promise.dueMs + 5 * minuteMs + graceMs;
      if (all?.includes("kept") && late) wrong("a promise kept late, or never, counts as kept");
      const visit = visits.get(promise.visitId)!;
      if (all?.every((state) => state === "withdrawn") && !promise.replaced && promise.keptMs === null)
        if (visit.status !== "withdrawn" && !mayDrop.includes(visit.disposition))
          wrong("a promise was dropped");
      if (all?.includes("promised") && promise.dueMs < nowMs - dayMs)
        wrong("a promise is left open past its day");
    }
  }

  #forgotten(
    { id, status, disposition, notBeforeMs }: Standing["visits"][number],
    nowMs: number,
  ): string | null {
    const visit = this.visit(id);
    if (status === "calling") return "a visit is left calling";
    if (status === "due") {
      const overdue = Math.max(notBeforeMs, 0) < nowMs - 4 * dayMs && visit.expiresAtMs < nowMs - 4 * dayMs;
      return overdue ? "a visit is left due, long past its expiry" : null;
    }
    if (status !== "done") return null;
    if (disposition === "pending") return "a visit is done and pending";
    if (disposition === "expired" && visit.expiresAtMs > nowMs) return "a visit expired before its time";
    const retried = ["busy", "no_answer", "machine", "congestion", "interrupted"];
    if (!retried.includes(disposition)) return null;
    const rings = this.ringsOf(id);
    const explained =
      rings.filter(({ counts }) => counts).length >= visit.maxAttempts ||
      (rings.length >= 5 && rings.slice(-5).every(({ counts }) => !counts)) ||
      rings.some(({ reason }) => reason === "callback");
    return explained ? null : `a visit was given up (${disposition}) with attempts left`;
  }
}

function keepFirst(map: Map<string, number>, key: string, atMs: number): void {
  if (!map.has(key)) map.set(key, atMs);
}
