import type { DialOrder, DialOutcome, Line, Place, Telephone } from "#call/line.ts";
import type { AttemptEvent } from "#campaign/attempt.ts";
import { alwaysOpen, type PermittedSpan } from "#campaign/calling-hours.ts";
import type { Campaign } from "#campaign/campaign.ts";
import { parseSettings } from "#campaign/campaign-settings.ts";
import { createDialer, type DialerParts } from "#campaign/dialer.ts";
import type {
  AbandonedAttempt,
  AttemptEnding,
  ClaimedAttempt,
  CommitToRing,
  Ledger,
} from "#campaign/ports.ts";
import type { Refusal } from "#campaign/refusals.ts";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/logger.ts";

const turns = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** Time that a test moves; every waiter wakes at its own moment, in order. */
export class FakeClock implements Clock {
  ms = 0;
  waits = 0;
  readonly #start = Date.parse("2026-11-23T10:00:00Z");
  #timers = new Set<{ atMs: number; wake: () => void }>();

  now = () => new Date(this.#start + this.ms);
  monotonicMs = () => this.ms;
  wait(ms: number, signal?: AbortSignal): Promise<void> {
    this.waits += 1;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = { atMs: this.ms + ms, wake: resolve };
      this.#timers.add(timer);
      signal?.addEventListener("abort", () => {
        if (this.#timers.delete(timer)) reject(signal.reason);
      });
    });
  }
  async advance(ms: number): Promise<void> {
    const until = this.ms + ms;
    await turns();
    for (;;) {
      const [next] = [...this.#timers].sort((a, b) => a.atMs - b.atMs);
      if (!next || next.atMs > until) break;
      this.#timers.delete(next);
      this.ms = Math.max(this.ms, next.atMs);
      next.wake();
      await turns();
    }
    this.ms = until;
  }
}

/** Answers a moment later, as a database does, and keeps the promises of Ledger; `fail` makes the next calls throw. */
export class FakeLedger implements Ledger {
  campaigns: Campaign[] = [];
  due = new Map<string, string[]>();
  open = new Set<string>();
  ended: { attempt: ClaimedAttempt; ending: AttemptEnding }[] = [];
  spans: { campaignId: string; spans: PermittedSpan[] }[] = [];
  rang: string[] = [];
  /** Of each that was to be committed. */
  trunks: (string | null)[] = [];
  calls: string[] = [];
  fail = new Map<string, number>();
  refuse: Refusal | null = null;
  phoneOf = (_attempt: ClaimedAttempt) => "+447700900123";
  hold: Partial<Record<"claim" | "commitToRing", Promise<void>>> = {};
  number = 0;

  async #step(name: string): Promise<void> {
    this.calls.push(name);
    const left = this.fail.get(name) ?? 0;
    await new Promise((resolve) => setImmediate(resolve));
    if (left === 0) return;
    this.fail.set(name, left - 1);
    throw new Error(`${name}: connection terminated`);
  }
  async runningCampaigns() {
    await this.#step("runningCampaigns");
    return this.campaigns;
  }
  async writePermittedSpans(campaignId: string, spans: PermittedSpan[]) {
    await this.#step("writePermittedSpans");
    this.spans.push({ campaignId, spans });
  }
  async look(campaignId: string) {
    await this.#step("look");
    return { inFlight: this.open.size, due: (this.due.get(campaignId)?.length ?? 0) > 0 };
  }
  async claim(campaign: Campaign, limit: number) {
    await this.#step("claim");
    await this.hold.claim;
    const visits = this.due.get(campaign.id)?.splice(0, limit) ?? [];
    return visits.map((visitId): ClaimedAttempt => {
      this.number += 1;
      const id = `a${this.number}`;
      this.open.add(id);
      const past = { counted: 0, uncountedInARow: 0, again: false, language: null };
      return { id, visitId, campaignId: campaign.id, number: 1, reason: "first", ...past };
    });
  }
  async commitToRing(
    attempt: ClaimedAttempt,
    campaign: Campaign,
    node: string,
    trunk: string | null = null,
  ): Promise<CommitToRing> {
    this.trunks.push(trunk);
    await this.#step("commitToRing");
    await this.hold.commitToRing;
    if (this.refuse) {
      this.open.delete(attempt.id);
      return { kind: "refused", because: this.refuse };
    }
    const { callerNumber, ringSeconds } = campaign.settings;
    const order = { attemptId: attempt.id, channelId: `hb-${attempt.id}`, phone: this.phoneOf(attempt) };
    return { kind: "committed", order: { ...order, callerNumber, ringSeconds, maxCallSeconds: 900, node } };
  }
  async ringing(attemptId: string) {
    await this.#step("ringing");
    this.rang.push(attemptId);
  }
  async end(attempt: ClaimedAttempt, ending: AttemptEnding) {
    await this.#step("end");
    if (!this.open.delete(attempt.id)) throw new Error("ended twice");
    this.ended.push({ attempt, ending });
  }
  async takeOverAbandoned(): Promise<AbandonedAttempt[]> {
    return [];
  }
}

/** Every call hangs in the air until the test settles it; may throw, speak late and answer twice over. */
export class FakeTelephone implements Telephone {
  ready = true;
  dialled: {
    order: DialOrder;
    onRinging: () => void;
    settle: (outcome: DialOutcome) => void;
    atMs: number;
  }[] = [];
  answerAll: ((order: DialOrder, onRinging: () => void) => Promise<DialOutcome>) | null = null;
  /** Places taken and not given back. */
  taken = 0;
  readonly #clock: Clock;
  constructor(clock: Clock) {
    this.#clock = clock;
  }
  reserve(): Place {
    return this.occupy("asterisk");
  }
  occupy(node: string): Place {
    this.taken += 1;
    const giveBack = () => {
      this.taken -= 1;
    };
    return { node, giveBack };
  }
  dial(order: DialOrder, onRinging: () => void): Promise<DialOutcome> {
    return new Promise((settle, reject) => {
      this.dialled.push({ order, onRinging, settle, atMs: this.#clock.monotonicMs() });
      if (this.answerAll) this.answerAll(order, onRinging).then(settle, reject);
    });
  }
}

export class FakeLine implements Line {
  channelId = "hb-1";
  hungUp = 0;
  next = () => new Promise<null>(() => {});
  play() {}
  stopPlaying() {}
  startRecording() {}
  stopRecording() {}
  takeUpRecording = async () => "none" as const;
  join() {}
  part() {}
  takeUpJoin = async () => false;
  inSight = async () => true;
  hangUp() {
    this.hungUp += 1;
  }
}

export const campaignOf = (id: string, settings: object = {}, changes: Partial<Campaign> = {}): Campaign => ({
  id,
  name: id,
  trust: "t",
  unit: "u",
  status: "running",
  rehearsal: true,
  settings: parseSettings({
    callerNumber: "01632 960100",
    callingHours: alwaysOpen,
    callsPerSecond: 100,
    ...settings,
  }),
  ...changes,
});

export function setUp(changes: Partial<DialerParts> = {}) {
  const clock = new FakeClock();
  const ledger = new FakeLedger();
  const telephone = new FakeTelephone(clock);
  const events: AttemptEvent[] = [];
  const logged: string[] = [];
  const keep = (fields: object, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const log: Logger = { info: keep, warn: keep, error: keep, debug: keep, child: () => log };
  const dialer = createDialer({
    ledger,
    telephone,
    clock,
    log,
    runCall: async () => ({ disposition: "completed", callbackAt: null }),
    dispositionOf: ({ cause }) => (cause === 17 ? "busy" : "no_answer"),
    allowNumbers: new Set(),
    faultsOf: () => [],
    gate: () => null,
    freeCapacity: () => 100,
    onEvent: (event) => void events.push(event),
    ...changes,
  });
  const addCampaign = (campaign: Campaign, visits: number) => {
    ledger.campaigns.push(campaign);
    ledger.due.set(
      campaign.id,
      Array.from({ length: visits }, (_, n) => `${campaign.id}-v${n}`),
    );
  };
  const story = () => events.map((event) => `${event.attempt.id} ${event.kind}`);
  const endings = () =>
    ledger.ended.map(({ attempt, ending }) => `${attempt.id} ${ending.disposition} ${ending.follows.kind}`);
  return { clock, ledger, log, telephone, dialer, events, logged, addCampaign, story, endings };
}

export const answered = (line: Line = new FakeLine()): DialOutcome => ({
  kind: "answered",
  line,
  answeredAt: new Date(),
});
export const busy: DialOutcome = { kind: "not-answered", rang: false, cause: 17, sipCode: 486 };
