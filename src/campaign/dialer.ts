import { messageOf } from "#lib/errors.ts";
import { type AttemptEvent, type AttemptParts, carryOn, makeAttempt, type TakenUp } from "./attempt.ts";
import type { Campaign } from "./campaign.ts";
import { startFaults } from "./campaign-settings.ts";
import { callsToStart, fill, newBucket, type StartBucket, spend } from "./pacing.ts";
import type { ClaimedAttempt, TrunkPace } from "./ports.ts";
import { createSpanBook } from "./span-book.ts";
import { isRefusal, isSilence } from "./trunk-breaker.ts";

export type DialerEvent = AttemptEvent;

export interface DialerParts extends Omit<AttemptParts, "whyNot" | "giveUp"> {
  /** What a campaign's calls would stumble over, such as a missing prompt, and what to do; none when they can be held. */
  faultsOf(campaign: Campaign): string[];
  /** Why no new call may start now (stopped by staff, the database is away ...); null when one may. */
  gate(): string | null;
  /** Calls that the trunk and the nodes can take beside those under way. */
  freeCapacity(): number;
  /** Without it only each campaign's own pace counts. */
  trunk?: TrunkPace;
  pollMs?: number;
}

export interface Dialer {
  /** Begins to look for due visits of running campaigns. */
  start(): void;
  /** No new calls from now on; resolves when those under way have ended, or after `withinMs`. */
  stop(options: { withinMs: number }): Promise<{ unfinished: number }>;
  /** An attempt that another process began is ours from here on. */
  carryOn(campaign: Campaign, attempt: ClaimedAttempt, taken: TakenUp): void;
  /** Attempts of ours that have not ended. */
  readonly live: number;
}

/** After a round that failed, so that a database away is not asked five times a second. */
const afterFaultMs = 1_000;
/** Between the end of one round and the next, where a round took as long as a poll or longer. */
const leastPauseMs = 20;
/** Campaigns whose due visits are looked for at one time; each takes a connection to the database. */
const looksAtOnce = 4;
/** A campaign rests after an attempt that was not to be dialled, so that claim and refusal do not chase each other. */
const restMs = 1_000;

/** The loop that makes due visits ring; the rules are elsewhere (pacing.ts, retry-policy.ts), as is one attempt. */
export function createDialer(parts: DialerParts): Dialer {
  return new CampaignDialer(parts);
}

interface Pace {
  bucket: StartBucket;
  live: number;
  restUntilMs: number;
  warned: boolean;
}

/** Of one round: free ones, and those that campaigns have asked for and may yet find no call for. */
interface Lines {
  free: number;
  asked: number;
}

class CampaignDialer implements Dialer {
  readonly #parts: DialerParts;
  readonly #attempts: AttemptParts;
  readonly #stopped = new AbortController();
  readonly #giveUp = new AbortController();
  readonly #spans: ReturnType<typeof createSpanBook>;
  readonly #paces = new Map<string, Pace>();
  readonly #under = new Set<Promise<void>>();
  /** By which trunk each attempt that has not ended goes. */
  readonly #trunks = new Map<string, string>();
  #loop: Promise<void> | null = null;
  #round = 0;

  constructor(parts: DialerParts) {
    this.#parts = parts;
    this.#attempts = {
      ...parts,
      telephone: parts.telephone,
      whyNot: () => this.#whyNot(),
      trunkOf: (attemptId) => (parts.trunk?.chooses ? (this.#trunks.get(attemptId) ?? null) : null),
      giveUp: this.#giveUp.signal,
      onEvent: (event) => {
        if (event.kind === "ended") this.#tellTrunk(event);
        parts.onEvent(event);
      },
    };
    this.#spans = createSpanBook(parts.ledger, parts.clock);
  }

  get live(): number {
    return this.#under.size;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop({ withinMs }: { withinMs: number }): Promise<{ unfinished: number }> {
    this.#stopped.abort();
    const settled = new AbortController();
    const deadline = this.#parts.clock.wait(withinMs, settled.signal).catch(() => {});
    await Promise.race([this.#drained(), deadline]);
    settled.abort();
    const unfinished = this.live;
    this.#giveUp.abort();
    return { unfinished };
  }

  /** The loop first: a claim under way may still bring attempts, which are then given back. */
  async #drained(): Promise<void> {
    await this.#loop;
    while (this.#under.size > 0) await Promise.all(this.#under);
  }

  carryOn(campaign: Campaign, attempt: ClaimedAttempt, taken: TakenUp): void {
    const ended = carryOn(this.#attempts, campaign, attempt, taken).then(() => true);
    this.#launch(this.#paceOf(campaign), ended);
  }

  #whyNot(): string | null {
    if (this.#stopped.signal.aborted) return "the dialler is stopping";
    return this.#parts.telephone.ready ? this.#parts.gate() : "the telephone is not ready";
  }

  async #run(): Promise<void> {
    const { clock, pollMs = 200 } = this.#parts;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const beganMs = clock.monotonicMs();
      const fine = await this.#lookRound();
      // From beginning to beginning: a round that takes 140 ms on a busy machine would otherwise come three times a
      // second, and more calls would fall due between two than a bucket holds (pacing.ts).
      const restMs = Math.max(leastPauseMs, pollMs - (clock.monotonicMs() - beganMs));
      await clock.wait(fine ? restMs : afterFaultMs, signal).catch(() => {});
    }
  }

  /**
   * Every running campaign once, beginning with another each time; one that fails does not stop the others. A few at
   * once: a claim waits for the database most of its time, and so many campaigns of a call now and then are held up by
   * nothing but each other.
   */
  async #lookRound(): Promise<boolean> {
    const { freeCapacity, ledger, log } = this.#parts;
    const lines = { free: 0, asked: 0 };
    let campaigns: Campaign[] = [];
    try {
      campaigns = await ledger.runningCampaigns();
      lines.free = freeCapacity();
    } catch (thrown) {
      log.error({ problem: messageOf(thrown) }, "running campaigns could not be read");
      return false;
    }
    const first = this.#round++ % Math.max(1, campaigns.length);
    const waiting = [...campaigns.slice(first), ...campaigns.slice(0, first)];
    /** For whom no line was left while others asked for some, and perhaps got no call for them. */
    const again: Campaign[] = [];
    let fine = true;
    const lookAt = async (campaign: Campaign) => {
      try {
        if ((await this.#startCalls(campaign, lines)) === "again") again.push(campaign);
      } catch (thrown) {
        log.error({ campaignId: campaign.id, problem: messageOf(thrown) }, "no calls could be started");
        fine = false;
      }
    };
    const look = async () => {
      for (let campaign = waiting.shift(); campaign; campaign = waiting.shift()) await lookAt(campaign);
    };
    await Promise.all(Array.from({ length: looksAtOnce }, look));
    for (const campaign of again) if (lines.free >= 1) await lookAt(campaign);
    return fine;
  }

  async #startCalls(campaign: Campaign, lines: Lines): Promise<"again" | undefined> {
    const { clock, ledger } = this.#parts;
    const { callsPerSecond, maxCalls } = campaign.settings;
    const pace = this.#paceOf(campaign);
    if (!this.#mayStart(campaign, pace)) return;
    await this.#spans.keep(campaign);
    if (this.#whyNot() || clock.monotonicMs() < pace.restUntilMs) return;
    pace.bucket = fill(pace.bucket, callsPerSecond, clock.monotonicMs());
    const mayStart = (inFlight: number) =>
      callsToStart(pace.bucket, { maxCalls, inFlight, freeCapacity: lines.free });
    if (mayStart(pace.live) === 0) return lines.free < 1 && lines.asked > 0 ? "again" : undefined;
    const look = await ledger.look(campaign.id);
    if (!look.due) return;
    const count = mayStart(Math.max(pace.live, look.inFlight));
    if (count === 0 || this.#whyNot()) return;
    lines.free -= count;
    lines.asked += count;
    let started = 0;
    try {
      started = await this.#claim(campaign, pace, count);
    } finally {
      lines.asked -= count;
      lines.free += count - started;
    }
  }

  /** @returns how many were started */
  async #claim(campaign: Campaign, pace: Pace, count: number): Promise<number> {
    const { ledger, trunk } = this.#parts;
    const trunks = await trunk?.take(count);
    const allowed = trunks?.length ?? count;
    if (allowed === 0) return 0;
    const attempts = await ledger.claim(campaign, allowed);
    trunk?.giveBack(trunks!.slice(attempts.length));
    for (const [index, { id }] of attempts.entries()) if (trunks) this.#trunks.set(id, trunks[index]!);
    pace.bucket = spend(pace.bucket, attempts.length);
    for (const attempt of attempts) {
      const made = makeAttempt(this.#attempts, campaign, attempt);
      // Also where it was refused at the last check, and never dialled.
      this.#launch(
        pace,
        made.finally(() => this.#trunks.delete(attempt.id)),
      );
    }
    return attempts.length;
  }

  #tellTrunk({ attempt, ending, rang }: AttemptEvent & { kind: "ended" }): void {
    const { trunk } = this.#parts;
    const name = this.#trunks.get(attempt.id) ?? null;
    this.#trunks.delete(attempt.id);
    if (!trunk || ending.disposition === "pending") return;
    const silence = trunk.chooses && isSilence({ ...ending, rang });
    trunk.told(name, silence || isRefusal(ending));
  }

  #mayStart(campaign: Campaign, pace: Pace): boolean {
    const faults = [...startFaults(campaign), ...this.#parts.faultsOf(campaign)];
    if (faults.length === 0) return true;
    if (!pace.warned) this.#parts.log.error({ campaignId: campaign.id, faults }, "the campaign cannot start");
    pace.warned = true;
    return false;
  }

  #launch(pace: Pace, attempt: Promise<boolean>): void {
    pace.live += 1;
    const under: Promise<void> = attempt
      .then((dialled) => {
        if (!dialled) pace.restUntilMs = this.#parts.clock.monotonicMs() + restMs;
      })
      .catch((thrown) => this.#parts.log.error({ problem: messageOf(thrown) }, "an attempt broke off"))
      .finally(() => {
        pace.live -= 1;
        this.#under.delete(under);
      });
    this.#under.add(under);
  }

  #paceOf({ id }: Campaign): Pace {
    const known = this.#paces.get(id);
    if (known) return known;
    const bucket = newBucket(this.#parts.clock.monotonicMs());
    const pace = { bucket, live: 0, restUntilMs: 0, warned: false };
    this.#paces.set(id, pace);
    return pace;
  }
}
