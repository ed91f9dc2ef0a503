/** The ledger in memory: as strict as src/postgres, for a simulation that makes a million calls. */
import type { DialOrder } from "#call/line.ts";
import type { Campaign } from "#campaign/campaign.ts";
import { longestCallHours, longestCallSeconds } from "#campaign/longest-call.ts";
import type {
  AbandonedAttempt,
  AttemptEnding,
  CampaignLook,
  ClaimedAttempt,
  CommitToRing,
  Ledger,
} from "#campaign/ports.ts";
import { capRefusals, type Refusal } from "#campaign/refusals.ts";
import { promiseGoodForMs, unknownMayLastMs } from "#campaign/retry-policy.ts";
import { AppError } from "#lib/errors.ts";
import { dialledToday, putOffUntil, settle, spanAt, spent, whyNot } from "./memory-gates.ts";
import { type AttemptRow, isOpen, type MemoryRows, madeInTime, type VisitRow } from "./memory-rows.ts";

export interface MemoryLedgerOptions {
  owner: string;
  leaseMs: number;
  onlyInstance?: boolean;
  maxCallsADay?: number | null;
}

export interface LeasedLedger extends Ledger {
  renewLeases(): Promise<void>;
}

const sweepSize = 500;
const mostSweeps = 3;
const claimLostAfterMs = 300_000;
const longestCallMs = longestCallHours * 3_600_000;

export function createMemoryLedger(rows: MemoryRows, options: MemoryLedgerOptions): LeasedLedger {
  return new MemoryLedger(rows, options);
}

class MemoryLedger implements LeasedLedger {
  readonly #rows: MemoryRows;
  readonly #options: MemoryLedgerOptions;

  constructor(rows: MemoryRows, options: MemoryLedgerOptions) {
    this.#rows = rows;
    this.#options = options;
  }

  async renewLeases(): Promise<void> {
    this.#renew();
  }

  async runningCampaigns(): Promise<Campaign[]> {
    return [...this.#rows.campaigns.values()]
      .map(({ campaign }) => campaign)
      .filter(({ status }) => status === "running");
  }

  async writePermittedSpans(
    campaignId: string,
    spans: Parameters<Ledger["writePermittedSpans"]>[1],
  ): Promise<void> {
    const row = this.#rows.campaigns.get(campaignId);
    if (!row) return;
    row.spans = spans.filter(({ from, to }) => from < to);
    row.cappedUntilMs = 0;
  }

  async look(campaignId: string): Promise<CampaignLook> {
    let inFlight = 0;
    for (const row of this.#rows.open) if (row.visit.campaignId === campaignId) inFlight += 1;
    return { inFlight, due: this.#rows.due.get(campaignId)?.has(this.#rows.now()) ?? false };
  }

  async claim({ id }: Campaign, limit: number): Promise<ClaimedAttempt[]> {
    this.#keepAlive();
    const claimed: ClaimedAttempt[] = [];
    for (let sweep = 0; sweep <= mostSweeps && limit > 0; sweep += 1) {
      const setAside = this.#sweep(id, sweep === 0 ? limit : sweepSize, limit - claimed.length, claimed);
      if (setAside === 0 || claimed.length >= limit) break;
    }
    return claimed;
  }

  /** One statement of claim.ts. @returns how many were set aside */
  #sweep(campaignId: string, looked: number, wanted: number, claimed: ClaimedAttempt[]): number {
    const rows = this.#rows;
    const nowMs = rows.now();
    const row = rows.campaigns.get(campaignId);
    const day = row && spanAt(row, nowMs)?.day;
    if (!row || !day || row.campaign.status !== "running" || row.cappedUntilMs > nowMs || rows.stopped)
      return 0;
    const { due, passed } = this.#due(campaignId, looked, nowMs);
    const because = due.map((visit) => whyNot(rows, row.campaign, visit, nowMs, day));
    const chosen = due.filter((_, place) => because[place] === null).slice(0, wanted);
    let setAside = 0;
    for (const [place, visit] of due.entries()) {
      const why = because[place];
      if (why) settle(rows, visit, why, putOffUntil(rows, why, visit, nowMs, day));
      if (why) setAside += 1;
      else if (!chosen.includes(visit)) rows.queue(visit);
    }
    for (const visit of chosen) {
      const attempt = this.#begin(visit);
      if (attempt) claimed.push(attempt);
      else rows.queue(visit);
    }
    for (const visit of passed) rows.queue(visit);
    return setAside;
  }

  #due(campaignId: string, looked: number, nowMs: number): { due: VisitRow[]; passed: VisitRow[] } {
    const { due: queues, openPersons, openPhones } = this.#rows;
    const due: VisitRow[] = [];
    const passed: VisitRow[] = [];
    const seen = new Set<VisitRow>();
    while (due.length < looked) {
      const visit = queues.get(campaignId)?.take(nowMs);
      if (!visit) break;
      if (seen.has(visit)) continue;
      seen.add(visit);
      const rings = this.#mayRingStill(visit.phone, nowMs);
      if (rings || openPhones.has(visit.phone) || openPersons.has(visit.person)) passed.push(visit);
      else due.push(visit);
    }
    return { due, passed };
  }

  #mayRingStill(phone: string, nowMs: number): boolean {
    return (this.#rows.ofPhone.get(phone) ?? []).some(
      ({ state, dialedAtMs }) => state === "unknown" && dialedAtMs! > nowMs - unknownMayLastMs,
    );
  }

  #begin(visit: VisitRow): ClaimedAttempt | null {
    const { id } = this.#rows.newId("a");
    const row: AttemptRow = {
      ...{ id, visit, number: visit.tried + 1, reason: visit.nextReason, again: visit.nextAgain },
      ...{ state: "intent", owner: this.#options.owner, claimedAtMs: this.#rows.now(), takenAtMs: null },
      ...{ dialedAtMs: null, answeredAtMs: null, endedAtMs: null, disposition: null, call: null },
      ...{ counts: false, rang: false, contact: false, numberRestsUntilMs: 0, refusedBecause: null },
    };
    if (!this.#rows.openAttempt(row)) return null;
    visit.status = "calling";
    return claimedOf(row);
  }

  async commitToRing({ id }: ClaimedAttempt, campaign: Campaign, node: string): Promise<CommitToRing> {
    const row = this.#rows.attempts.get(id);
    if (row?.state !== "intent" || row.owner !== this.#options.owner)
      return { kind: "refused", because: "not-ours" };
    const nowMs = this.#rows.now();
    const because = this.#whyNotRing(row, campaign, nowMs);
    if (because) {
      this.#refuse(row, because, nowMs);
      return { kind: "refused", because };
    }
    row.state = "dialing";
    row.dialedAtMs = nowMs;
    this.#rows.dialled.push(row);
    const { callerNumber, ringSeconds } = campaign.settings;
    const maxCallSeconds = longestCallSeconds(campaign.settings);
    const order: DialOrder = {
      ...{ attemptId: id, channelId: `hb-${id}`, phone: row.visit.phone },
      ...{ callerNumber, ringSeconds, maxCallSeconds, node },
    };
    return { kind: "committed", order };
  }

  #whyNotRing({ visit, owner }: AttemptRow, campaign: Campaign, nowMs: number): Refusal | null {
    const rows = this.#rows;
    const row = rows.campaigns.get(campaign.id)!;
    const lease = rows.instances.get(owner);
    const { maxCallsADay, maxCostADayPence, costPerMinutePence } = campaign.settings;
    const { leaseMs, maxCallsADay: ours = null } = this.#options;
    if (visit.status !== "calling") return `visit-${visit.status}`;
    if (rows.stopped) return "stopped-by-staff";
    if (row.campaign.status !== "running") return `campaign-${row.campaign.status}`;
    const day = spanAt(row, nowMs)?.day;
    if (!day) return "outside-calling-hours";
    if (!lease || lease.dead || lease.aliveUntilMs <= nowMs + Math.min(5_000, leaseMs / 3))
      return "lease-expired";
    if (maxCallsADay !== null && dialledToday(rows, day, campaign.id).length >= maxCallsADay)
      return "campaign-calls-a-day";
    if (ours !== null && dialledToday(rows, day, null).length >= ours) return "installation-calls-a-day";
    if (maxCostADayPence !== null) {
      const pence = spent(dialledToday(rows, day, campaign.id), nowMs, costPerMinutePence);
      if (pence >= maxCostADayPence) return "campaign-cost-a-day";
    }
    return whyNot(rows, campaign, visit, nowMs, day);
  }

  #refuse(row: AttemptRow, because: Refusal, nowMs: number): void {
    const { visit } = row;
    const campaign = this.#rows.campaigns.get(visit.campaignId)!;
    const day = spanAt(campaign, nowMs)?.day ?? null;
    row.refusedBecause = because;
    this.#rows.closeAttempt(row, "refused");
    if (visit.status === "calling")
      settle(this.#rows, visit, because, putOffUntil(this.#rows, because, visit, nowMs, day));
    if ((capRefusals as readonly Refusal[]).includes(because) && day)
      campaign.cappedUntilMs = day.to.getTime();
  }

  async ringing(): Promise<void> {}

  async end({ id, visitId }: ClaimedAttempt, ending: AttemptEnding): Promise<void> {
    const row = this.#rows.attempts.get(id);
    const settlesUnknown = row?.state === "unknown" && ending.disposition !== "unknown";
    if (!row || row.visit.id !== visitId || row.owner !== this.#options.owner) return;
    if (!isOpen(row) && !settlesUnknown) return;
    const countedBefore = row.counts;
    this.#rows.closeAttempt(row, ending.disposition === "unknown" ? "unknown" : "ended");
    Object.assign(row, {
      ...{
        disposition: ending.disposition,
        counts: ending.counts,
        rang: ending.rang,
        contact: ending.contact,
      },
      numberRestsUntilMs: ending.numberRestsUntil?.getTime() ?? 0,
    });
    if (ending.disposition === "pending") return this.#giveBack(row.visit, ending);
    this.#moveVisit(row, ending, { settlesUnknown, countedBefore });
    this.#settlePromise(row, ending);
  }

  #giveBack(visit: VisitRow, { follows }: AttemptEnding): void {
    if (visit.status !== "calling") return;
    visit.status = "due";
    if (follows.kind !== "done") visit.notBeforeMs = follows.at.getTime();
    this.#rows.queue(visit);
  }

  #moveVisit(
    { visit }: AttemptRow,
    { disposition, counts, follows }: AttemptEnding,
    { settlesUnknown, countedBefore }: { settlesUnknown: boolean; countedBefore: boolean },
  ): void {
    const unknown = settlesUnknown && visit.status === "done" && visit.disposition === "unknown";
    if (visit.status !== "calling" && !unknown) return;
    const tried = settlesUnknown ? 0 : 1;
    visit.status = follows.kind === "done" ? "done" : "due";
    visit.disposition = follows.kind === "callback" ? "callback" : disposition;
    if (follows.kind !== "done") visit.notBeforeMs = follows.at.getTime();
    visit.nextReason = follows.kind === "callback" ? "callback" : "retry";
    visit.nextAgain = follows.kind === "callback" && follows.again;
    visit.attempts += Number(counts) - Number(countedBefore);
    visit.tried += tried;
    visit.uncountedInARow = counts ? 0 : visit.uncountedInARow + tried;
    if (follows.kind === "callback")
      visit.expiresAtMs = Math.max(visit.expiresAtMs, follows.at.getTime() + promiseGoodForMs);
    if (visit.status === "due") this.#rows.queue(visit);
  }

  #settlePromise(row: AttemptRow, ending: AttemptEnding): void {
    for (const promise of this.#rows.promised(row.visit)) {
      if (row.reason === "callback" && promise.callId !== row.call?.id) {
        promise.tries += 1;
        const late = ending.promise === "kept" && !madeInTime(promise);
        promise.state = late ? "broken" : (ending.promise ?? promise.state);
      }
      if (ending.follows.kind !== "callback" && promise.state === "promised") promise.state = "withdrawn";
    }
  }

  async takeOverAbandoned(): Promise<AbandonedAttempt[]> {
    this.#renew();
    const { owner, onlyInstance = false } = this.#options;
    const nowMs = this.#rows.now();
    for (const [name, lease] of this.#rows.instances)
      if (name !== owner && !lease.dead && (lease.aliveUntilMs < nowMs || onlyInstance)) lease.dead = true;
    const abandoned = [...this.#rows.open].filter((row) => {
      const lease = this.#rows.instances.get(row.owner);
      if (row.owner === owner && row.state === "intent") return row.claimedAtMs < nowMs - claimLostAfterMs;
      if (row.owner === owner) return row.takenAtMs !== null && row.takenAtMs < nowMs - longestCallMs;
      return !lease || lease.dead;
    });
    for (const row of abandoned) Object.assign(row, { owner, takenAtMs: nowMs });
    return abandoned.sort((a, b) => a.claimedAtMs - b.claimedAtMs).map(abandonedOf);
  }

  #renew(): void {
    const { owner, leaseMs } = this.#options;
    const lease = this.#rows.instances.get(owner);
    if (lease?.dead)
      throw new AppError("instance_replaced", "Another instance has taken over our calls.", { owner });
    this.#rows.instances.set(owner, { aliveUntilMs: this.#rows.now() + leaseMs, dead: false });
  }

  #keepAlive(): void {
    const { owner, leaseMs } = this.#options;
    const lease = this.#rows.instances.get(owner);
    if (!lease || lease.dead || lease.aliveUntilMs <= this.#rows.now() + leaseMs / 2) this.#renew();
  }
}

const claimedOf = ({ id, visit, number, reason, again }: AttemptRow): ClaimedAttempt => ({
  ...{ id, visitId: visit.id, campaignId: visit.campaignId, number, reason, again },
  language: null,
  ...{ counted: visit.attempts, uncountedInARow: visit.uncountedInARow },
});

const abandonedOf = (row: AttemptRow): AbandonedAttempt => ({
  ...claimedOf(row),
  state: row.state as AbandonedAttempt["state"],
  channelId: `hb-${row.id}`,
  dialedAt: row.dialedAtMs === null ? null : new Date(row.dialedAtMs),
  // No call of a pretend process outlives it.
  ...{ app: null, node: null, silentMs: null },
  call: row.call && {
    id: row.call.id,
    flowState: row.call.flowState,
    release: null,
    ended: row.call.ended,
    sequence: 0,
    partsBegun: [],
  },
});
