import type { CallSoFar } from "#call/conversation-options.ts";
import type { Disposition } from "#call/disposition.ts";
import type { DialOrder, DialOutcome, Line, Telephone } from "#call/line.ts";
import { type Clock, inTime } from "#lib/clock.ts";
import { messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import type { Campaign } from "./campaign.ts";
import { longestCallSeconds, longestTalksSeconds } from "./longest-call.ts";
import { mayDial } from "./phone-number.ts";
import type { AttemptEnding, ClaimedAttempt, Ledger } from "./ports.ts";
import { afterAttempt } from "./retry-policy.ts";

export interface AttemptParts {
  ledger: Ledger;
  telephone: Telephone;
  clock: Clock;
  log: Logger;
  /** Holds an answered call to its end (call/run-call.ts); leaves the line hung up. */
  runCall(
    call: AnsweredLeg,
  ): Promise<{ disposition: Disposition; callbackAt: Date | null; silent?: boolean }>;
  /**
   * The end of an answered call that nobody holds any more, by what is known of it, also written; absent: it was
   * interrupted.
   */
  lostCall?(attempt: ClaimedAttempt): Promise<{ disposition: Disposition; callbackAt: Date | null }>;
  /** Names a call that was not answered (call/disposition.ts). */
  dispositionOf(outcome: { rang: boolean; cause: number; sipCode: number | null }): Disposition;
  /** E.164 numbers named with `--allow-number`, beside the drama numbers, for rehearsals. */
  allowNumbers: ReadonlySet<string>;
  /** Why no call may be dialled now; null when one may. */
  whyNot(): string | null;
  /** The trunk that was chosen for it; null: the node's own. */
  trunkOf?(attemptId: string): string | null;
  onEvent(event: AttemptEvent): void;
  /** Aborted when an end that cannot be written is to be left to whoever takes over. */
  giveUp: AbortSignal;
}

export interface AnsweredLeg {
  attempt: ClaimedAttempt;
  campaign: Campaign;
  line: Line;
  answeredAt: Date;
  /** Another process held it until it died; `lastSignMs`, of that one: clock.monotonicMs. It keeps its release. */
  takenOver?: CallSoFar & { lastSignMs: number; release: number | null };
}

/** For a board. Of the person nothing but the visit's id. */
export type AttemptEvent = { attempt: ClaimedAttempt; at: Date } & (
  | { kind: "claimed" | "ringing" | "answered" }
  /** Another process began it, and died; it is ours from here on. */
  | { kind: "taken-over" }
  /** The ledger would not have it rung, and has closed the attempt. */
  | { kind: "refused"; because: string }
  /** `rang`: a sign of ringing was seen, or may have been missed. */
  | { kind: "ended"; ending: AttemptEnding; rang: boolean }
);

/** How an attempt went, before it is known what follows. */
export interface Ending {
  disposition: Disposition;
  rang: boolean;
  cause?: number;
  sipCode?: number | null;
  promised?: Date | null;
  silent?: boolean;
}

/** A commitment older than this is not dialled: the process may have slept, and others taken over meanwhile. */
const staleCommitMs = 1_000;
/** How long after the ring time a call that neither rings out nor is answered counts as lost. */
const dialMarginMs = 30_000;
/** Past the longest call something of ours hangs, for Asterisk has ended it by itself (TIMEOUT(absolute)). */
const callMarginMs = 30_000;
/** What hangs in a call often lets go once its line is gone. */
const letGoMs = 10_000;
/** Until a visit is taken up again whose call was stopped before it was dialled. */
const pendingMs = 5_000;

/**
 * One attempt from its claim to its written end; dials at most once and never rejects.
 * @returns whether it was dialled
 */
export async function makeAttempt(
  parts: AttemptParts,
  campaign: Campaign,
  attempt: ClaimedAttempt,
): Promise<boolean> {
  const place = parts.telephone.reserve();
  tell(parts, { kind: "claimed", attempt, at: parts.clock.now() });
  const order = place ? await permission(parts, campaign, attempt, place.node) : "pending";
  const undialled = typeof order === "string";
  const ending = undialled ? order : await call(parts, campaign, attempt, order);
  place?.giveBack();
  if (ending === "refused") return false;
  const written = typeof ending === "string" ? { disposition: ending, rang: false } : ending;
  await writeEnding(parts, campaign, attempt, written);
  return !undialled;
}

async function call(
  parts: AttemptParts,
  campaign: Campaign,
  attempt: ClaimedAttempt,
  order: DialOrder,
): Promise<Ending> {
  return endingOf(parts, campaign, attempt, await dialOnce(parts, order, attempt));
}

async function endingOf(
  parts: AttemptParts,
  campaign: Campaign,
  attempt: ClaimedAttempt,
  { outcome, rang }: { outcome: DialOutcome; rang: boolean },
): Promise<Ending> {
  if (outcome.kind === "answered") {
    return { ...(await answer(parts, campaign, attempt, outcome)), rang: true, sipCode: 200 };
  }
  if (outcome.kind === "not-answered") {
    const seen = { rang: outcome.rang || rang, cause: outcome.cause, sipCode: outcome.sipCode };
    return { ...seen, disposition: parts.dispositionOf(seen) };
  }
  parts.log.warn(
    { ...idsOf(attempt), reason: outcome.reason },
    "nobody can say whether this call rang; it is not dialled again",
  );
  return { disposition: "unknown", rang: true };
}

/** An attempt that another process began. */
export interface TakenUp {
  /** The Asterisk on which it was dialled. */
  node: string;
  /** What becomes of its call, and whether it rings. */
  dialled: Promise<{ outcome: DialOutcome; rang: boolean }>;
  /** With a call that was going on: where it had come to, and how it ends where its line is no more. */
  call: { soFar: NonNullable<AnsweredLeg["takenOver"]>; gone(): Promise<Ending> } | null;
}

/** Goes on with an attempt that another process began, to its written end; dials nothing, and never rejects. */
export async function carryOn(
  parts: AttemptParts,
  campaign: Campaign,
  attempt: ClaimedAttempt,
  { node, dialled, call }: TakenUp,
): Promise<void> {
  const place = parts.telephone.occupy(node);
  tell(parts, { kind: "taken-over", attempt, at: parts.clock.now() });
  const seen = await dialled;
  const ending = !call
    ? await endingOf(parts, campaign, attempt, seen)
    : seen.outcome.kind === "answered"
      ? { ...(await answer(parts, campaign, attempt, seen.outcome, call.soFar)), rang: true, sipCode: 200 }
      : await call.gone();
  place.giveBack();
  await writeEnding(parts, campaign, attempt, ending);
}

type Permission = DialOrder | "refused" | "pending" | "suppressed";

/** The ledger's word and the last look at the number; "pending" and "suppressed" end the attempt undialled. */
async function permission(
  parts: AttemptParts,
  campaign: Campaign,
  attempt: ClaimedAttempt,
  node: string,
): Promise<Permission> {
  const { allowNumbers, clock, ledger, log } = parts;
  if (parts.whyNot()) return "pending";
  const asked = { ms: clock.monotonicMs(), at: clock.now() };
  try {
    const trunk = parts.trunkOf?.(attempt.id) ?? null;
    const commit = await ledger.commitToRing(attempt, campaign, node, trunk);
    if (commit.kind === "refused") {
      log.info({ ...idsOf(attempt), because: commit.because }, "not rung");
      tell(parts, { kind: "refused", attempt, at: clock.now(), because: commit.because });
      return "refused";
    }
    if (isStale(clock, asked) || parts.whyNot()) return "pending";
    const allowed = mayDial(commit.order.phone, { rehearsal: campaign.rehearsal, allowNumbers });
    if (allowed.ok) return trunk === null ? commit.order : { ...commit.order, trunk };
    log.warn({ ...idsOf(attempt), because: allowed.because }, "not rung");
    return "suppressed";
  } catch (thrown) {
    // Committed or not: nothing has been dialled, and nothing will be.
    log.error({ ...idsOf(attempt), problem: messageOf(thrown) }, "could not be committed; not rung");
    return "pending";
  }
}

/** By both clocks: a machine that stands still may take the one with it. */
const isStale = (clock: Clock, asked: { ms: number; at: Date }): boolean =>
  Math.max(clock.monotonicMs() - asked.ms, clock.now().getTime() - asked.at.getTime()) > staleCommitMs;

/** Whatever goes wrong in dialling, the call may have gone out: unknown. A line that comes too late is hung up. */
async function dialOnce(
  { clock, ledger, log, telephone, ...parts }: AttemptParts,
  order: DialOrder,
  attempt: ClaimedAttempt,
): Promise<{ outcome: DialOutcome; rang: boolean }> {
  let rang = false;
  let over = false;
  const onRinging = () => {
    if (rang || over) return;
    rang = true;
    tell({ ...parts, log }, { kind: "ringing", attempt, at: clock.now() });
    Promise.resolve()
      .then(() => ledger.ringing(attempt.id))
      .catch((thrown) =>
        log.warn({ ...idsOf(attempt), problem: messageOf(thrown) }, "ringing was not written"),
      );
  };
  const timer = new AbortController();
  const lost = (reason: string): DialOutcome => ({ kind: "unknown", reason });
  const dialled = Promise.resolve()
    .then(() => telephone.dial(order, onRinging))
    .catch((thrown) => lost(messageOf(thrown)));
  const late = clock.wait(order.ringSeconds * 1000 + dialMarginMs, timer.signal).then(
    () => lost("no outcome in time"),
    () => dialled,
  );
  const outcome = await Promise.race([dialled, late]);
  over = true;
  timer.abort(inTime);
  dialled.then((real) => {
    if (real !== outcome && real.kind === "answered") hangUp(real.line, log, attempt);
  });
  return { outcome, rang };
}

async function answer(
  parts: AttemptParts,
  campaign: Campaign,
  attempt: ClaimedAttempt,
  { line, answeredAt }: Extract<DialOutcome, { kind: "answered" }>,
  takenOver?: AnsweredLeg["takenOver"],
): Promise<{ disposition: Disposition; promised: Date | null; silent: boolean }> {
  tell(parts, { kind: "answered", attempt, at: answeredAt });
  try {
    const running = parts.runCall({
      ...{ attempt, campaign, line, answeredAt },
      ...(takenOver ? { takenOver } : {}),
    });
    const { settings } = campaign;
    const longestMs = (longestCallSeconds(settings) + longestTalksSeconds(settings)) * 1000 + callMarginMs;
    const ended =
      (await within(parts.clock, running, longestMs)) ?? (await cutOff(parts, attempt, line, running));
    return { disposition: ended.disposition, promised: ended.callbackAt, silent: ended.silent ?? false };
  } catch (thrown) {
    parts.log.error(
      { ...idsOf(attempt), problem: messageOf(thrown) },
      "the call broke off by a fault of ours",
    );
    hangUp(line, parts.log, attempt);
    // Nobody can say that they heard us: the longer rest is the kinder one.
    return { disposition: "interrupted", promised: null, silent: true };
  }
}

type RunningCall = ReturnType<AttemptParts["runCall"]>;

/** A promise that never settles must not keep an attempt open, and its patient waiting, for ever. */
async function cutOff(
  parts: AttemptParts,
  attempt: ClaimedAttempt,
  line: Line,
  running: RunningCall,
): RunningCall {
  parts.log.error(idsOf(attempt), "the call did not come to its end in time, by a fault of ours");
  hangUp(line, parts.log, attempt);
  const ended = await within(parts.clock, running, letGoMs);
  if (ended) return ended;
  const known = parts.lostCall ? await within(parts.clock, parts.lostCall(attempt), letGoMs) : null;
  // As below, where it broke off.
  return known ?? { disposition: "interrupted", callbackAt: null, silent: true };
}

/** Null where it has not settled in time. */
async function within<T>(clock: Clock, coming: Promise<T>, ms: number): Promise<T | null> {
  const timer = new AbortController();
  const late = clock.wait(ms, timer.signal).then(
    () => null,
    () => coming,
  );
  try {
    return await Promise.race([coming, late]);
  } finally {
    timer.abort(inTime);
  }
}

/** Writes the end however long the database is away: an end that is lost is a visit nobody returns to. */
async function writeEnding(
  parts: AttemptParts,
  campaign: Campaign,
  attempt: ClaimedAttempt,
  ending: Ending,
): Promise<void> {
  const { clock, giveUp, ledger, log } = parts;
  const { disposition, rang, cause = 0, sipCode = null, promised = null, silent = false } = ending;
  const endedAt = new Date(clock.now().getTime() + (disposition === "pending" ? pendingMs : 0));
  const { callbacks, retryPolicy: policy } = campaign.settings;
  const after = afterAttempt({ policy, callbacks, attempt, disposition, rang, silent, endedAt, promised });
  const written: AttemptEnding = { disposition, cause, sipCode, ...after };
  for (let waitMs = 250; ; waitMs = Math.min(waitMs * 2, 10_000)) {
    try {
      await ledger.end(attempt, written);
      break;
    } catch (thrown) {
      log.error({ ...idsOf(attempt), problem: messageOf(thrown) }, "the end was not written; trying again");
    }
    const goOn = await clock.wait(waitMs, giveUp).then(
      () => true,
      () => false,
    );
    if (!goOn) return log.error(idsOf(attempt), "the end was never written; the attempt is left open");
  }
  tell(parts, { kind: "ended", attempt, at: endedAt, ending: written, rang });
}

function hangUp(line: Line, log: Logger, attempt: ClaimedAttempt): void {
  try {
    line.hangUp();
  } catch (thrown) {
    log.error({ ...idsOf(attempt), problem: messageOf(thrown) }, "the line could not be hung up");
  }
}

const idsOf = ({ id, visitId, campaignId }: ClaimedAttempt) => ({ attemptId: id, visitId, campaignId });

/** A board that breaks breaks no call. */
function tell({ log, onEvent }: Pick<AttemptParts, "log" | "onEvent">, event: AttemptEvent): void {
  try {
    onEvent(event);
  } catch (thrown) {
    log.warn({ ...idsOf(event.attempt), problem: messageOf(thrown) }, "an event was not shown");
  }
}
