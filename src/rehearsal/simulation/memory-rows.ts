/** The rows of the pretend ledger: the same words as in src/postgres/migrations, as plain objects. */
import type { Disposition } from "#call/disposition.ts";
import type { CallingSpan } from "#campaign/calling-hours.ts";
import type { Campaign } from "#campaign/campaign.ts";
import type { ClaimedAttempt } from "#campaign/ports.ts";
import { inTimeForMs } from "#campaign/promises.ts";
import type { FlowState } from "#flow/state.ts";
import { Heap } from "./heap.ts";

export interface CampaignRow {
  campaign: Campaign;
  spans: CallingSpan[];
  cappedUntilMs: number;
}

export interface VisitRow {
  id: string;
  order: number;
  campaignId: string;
  visitRef: string;
  content: string;
  phone: string;
  person: string;
  /** Neither NHS number nor name: the number is all that is known of the person. */
  byNumber: boolean;
  status: "due" | "calling" | "done" | "held" | "withdrawn";
  disposition: Disposition;
  notBeforeMs: number;
  nextReason: ClaimedAttempt["reason"];
  nextAgain: boolean;
  attempts: number;
  tried: number;
  uncountedInARow: number;
  expiresAtMs: number;
  rows: AttemptRow[];
}

export interface AttemptRow {
  id: string;
  visit: VisitRow;
  number: number;
  reason: ClaimedAttempt["reason"];
  again: boolean;
  state: "intent" | "dialing" | "live" | "unknown" | "ended" | "refused";
  owner: string;
  claimedAtMs: number;
  takenAtMs: number | null;
  dialedAtMs: number | null;
  answeredAtMs: number | null;
  endedAtMs: number | null;
  disposition: Disposition | null;
  counts: boolean;
  rang: boolean;
  contact: boolean;
  numberRestsUntilMs: number;
  refusedBecause: string | null;
  call: CallRow | null;
}

export interface CallRow {
  id: string;
  attempt: AttemptRow;
  sequence: number;
  flowState: FlowState;
  over: boolean;
  /** Null also where a fault ended it. */
  ended: Disposition | null;
}

export interface PromiseRow {
  id: string;
  askedAtMs: number;
  visit: VisitRow;
  callId: string;
  dueMs: number;
  state: "promised" | "kept" | "broken" | "withdrawn";
  tries: number;
}

/** As MADE_IN_TIME of postgres/promise-book.ts. */
export const madeInTime = ({ visit, askedAtMs, dueMs }: PromiseRow): boolean =>
  visit.rows.some(
    ({ reason, dialedAtMs, disposition }) =>
      reason === "callback" &&
      dialedAtMs !== null &&
      dialedAtMs >= askedAtMs &&
      dialedAtMs <= dueMs + inTimeForMs &&
      disposition !== "pending",
  );

export interface OptOutRow {
  phone: string | null;
  person: string | null;
  scope: "number" | "person" | "pair";
  callId: string | null;
  source: "key" | "wrong_person" | "staff" | "import";
  revoked: boolean;
}

export const isOpen = ({ state }: AttemptRow): boolean =>
  state === "intent" || state === "dialing" || state === "live";

interface DueEntry {
  visit: VisitRow;
  notBeforeMs: number;
}

/** The index visit_due: promised calls first, then whoever has waited longest. */
export class DueQueue {
  readonly #promised = new Heap(waitsLonger);
  readonly #others = new Heap(waitsLonger);

  push(visit: VisitRow): void {
    const heap = visit.nextReason === "callback" ? this.#promised : this.#others;
    heap.push({ visit, notBeforeMs: visit.notBeforeMs });
  }

  /** The next that is due now, taken out of the queue. */
  take(nowMs: number): VisitRow | null {
    return takeFrom(this.#promised, nowMs, true) ?? takeFrom(this.#others, nowMs, false);
  }

  /** Whether `take` has any. */
  has(nowMs: number): boolean {
    return (nextIn(this.#promised, nowMs, true) ?? nextIn(this.#others, nowMs, false)) !== null;
  }
}

function waitsLonger(a: DueEntry, b: DueEntry): boolean {
  return a.notBeforeMs < b.notBeforeMs || (a.notBeforeMs === b.notBeforeMs && a.visit.order < b.visit.order);
}

function takeFrom(heap: Heap<DueEntry>, nowMs: number, promised: boolean): VisitRow | null {
  const visit = nextIn(heap, nowMs, promised);
  if (visit) heap.pop();
  return visit;
}

/** A visit that has moved on leaves old entries behind: they are thrown away on the way. */
function nextIn(heap: Heap<DueEntry>, nowMs: number, promised: boolean): VisitRow | null {
  for (let entry = heap.peek(); entry && entry.notBeforeMs <= nowMs; entry = heap.peek()) {
    const { visit, notBeforeMs } = entry;
    const callback = visit.nextReason === "callback";
    if (visit.status === "due" && visit.notBeforeMs === notBeforeMs && callback === promised) return visit;
    heap.pop();
  }
  return null;
}

/** Everything of one pretend database. */
export class MemoryRows {
  readonly campaigns = new Map<string, CampaignRow>();
  readonly visits = new Map<string, VisitRow>();
  readonly byRef = new Map<string, VisitRow>();
  readonly attempts = new Map<string, AttemptRow>();
  /** Every attempt at a number, and at a person. */
  readonly ofPhone = new Map<string, AttemptRow[]>();
  readonly ofPerson = new Map<string, AttemptRow[]>();
  readonly openPhones = new Set<string>();
  readonly openPersons = new Set<string>();
  readonly open = new Set<AttemptRow>();
  readonly dialled: AttemptRow[] = [];
  readonly calls = new Map<string, CallRow>();
  readonly promises = new Map<string, PromiseRow[]>();
  readonly optOuts: OptOutRow[] = [];
  readonly #optOutsOf = new Map<string, OptOutRow[]>();
  readonly instances = new Map<string, { aliveUntilMs: number; dead: boolean }>();
  readonly due = new Map<string, DueQueue>();
  stopped = false;
  #count = 0;
  readonly now: () => number;

  /** @param now the database's clock, milliseconds */
  constructor(now: () => number) {
    this.now = now;
  }

  /** Ids made later sort later, as the database's do. */
  newId(prefix: string): { id: string; order: number } {
    this.#count += 1;
    return { id: `${prefix}${this.#count}`, order: this.#count };
  }

  addOptOut(row: OptOutRow): void {
    this.optOuts.push(row);
    const key = row.phone ?? row.person!;
    this.#optOutsOf.set(key, [...(this.#optOutsOf.get(key) ?? []), row]);
  }

  /** As the function `suppressed` of migration 0003. */
  suppressed(phone: string, person: string): boolean {
    const standing = (key: string) => (this.#optOutsOf.get(key) ?? []).filter(({ revoked }) => !revoked);
    return (
      standing(phone).some(
        (row) => row.phone === phone && (row.scope === "number" || row.person === person),
      ) || standing(person).some((row) => row.person === person && row.scope === "person")
    );
  }

  promised(visit: VisitRow): PromiseRow[] {
    return (this.promises.get(visit.id) ?? []).filter(({ state }) => state === "promised");
  }

  /** Unique indexes included: false where the number, the person or the visit has an open attempt already. */
  openAttempt(row: AttemptRow): boolean {
    const { phone, person, rows } = row.visit;
    if (this.openPhones.has(phone) || this.openPersons.has(person)) return false;
    if (rows.some((other) => isOpen(other) || other.state === "unknown")) return false;
    this.attempts.set(row.id, row);
    rows.push(row);
    for (const [map, key] of [
      [this.ofPhone, phone],
      [this.ofPerson, person],
    ] as const) {
      const list = map.get(key);
      if (list) list.push(row);
      else map.set(key, [row]);
    }
    this.openPhones.add(phone);
    this.openPersons.add(person);
    this.open.add(row);
    return true;
  }

  closeAttempt(row: AttemptRow, state: "unknown" | "ended" | "refused"): void {
    if (isOpen(row)) {
      this.openPhones.delete(row.visit.phone);
      this.openPersons.delete(row.visit.person);
      this.open.delete(row);
    }
    row.state = state;
    row.endedAtMs = this.now();
  }

  /** To be called whenever a visit becomes due, or due at another time. */
  queue(visit: VisitRow): void {
    const queue = this.due.get(visit.campaignId) ?? new DueQueue();
    this.due.set(visit.campaignId, queue);
    queue.push(visit);
  }
}
