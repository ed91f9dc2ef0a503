import type { Disposition } from "#call/disposition.ts";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/logger.ts";
import type { Campaign } from "./campaign.ts";
import {
  type CallWitness,
  type EvidenceRules,
  evidenceWithinMs,
  type SettledBy,
  type SoughtChannel,
  usualEvidenceRules,
  type Verdict,
  verdictOf,
} from "./evidence.ts";
import type { AttemptEnding, ClaimedAttempt } from "./ports.ts";
import { afterAttempt } from "./retry-policy.ts";

/** An attempt whose outcome nobody saw, and that no evidence has settled yet. */
export interface UnknownAttempt extends ClaimedAttempt, SoughtChannel {
  /** The Asterisk that was to dial. */
  node: string | null;
}

/** What settling needs of the database. Implemented in postgres/settle-unknown.ts. */
export interface UnknownAttempts {
  /** Oldest first, whoever's they are: an unknown outcome has no owner any more. */
  list(): Promise<UnknownAttempt[]>;
  /**
   * Writes the end that evidence shows, and what follows for the visit. False, and nothing changed, where another
   * instance has settled it meanwhile.
   */
  settle(attempt: UnknownAttempt, ending: AttemptEnding, by: SettledBy): Promise<boolean>;
  /** Nothing will ever tell: it stays unknown, and is not looked at again. */
  giveUp(attemptId: string): Promise<void>;
}

export interface SettleUnknownParts {
  attempts: UnknownAttempts;
  /** Of the Asterisk that was to dial it; null: nobody can be asked. */
  witnessOf(attempt: UnknownAttempt): CallWitness | null;
  campaign(id: string): Promise<Campaign | null>;
  /** call/disposition.ts: names a call that was not answered. */
  dispositionOf(outcome: { rang: boolean; cause: number; sipCode: number | null }): Disposition;
  clock: Clock;
  log: Logger;
  rules?: EvidenceRules;
}

/**
 * Unknown outcomes become known where Asterisk's own logs prove them; what stays unknown counts as an attempt and is
 * never dialled again by itself.
 * @returns how many were settled
 */
export async function settleUnknown(parts: SettleUnknownParts): Promise<number> {
  const { clock, rules = usualEvidenceRules } = parts;
  const askedMs = clock.monotonicMs();
  const unknown = await parts.attempts.list();
  let settled = 0;
  for (const [witness, attempts] of Map.groupBy(unknown, parts.witnessOf)) {
    const laterMs = clock.monotonicMs() - askedMs;
    const sought = attempts.map((attempt) => ({ ...attempt, agoMs: attempt.agoMs + laterMs }));
    const evidence = witness ? await witness.testify(sought, rules.marginMs) : [];
    for (const [index, attempt] of attempts.entries()) {
      const found = evidence[index];
      const verdict: Verdict = found
        ? verdictOf(found, rules)
        : { kind: "wait", because: "its Asterisk is not known" };
      if (await write(parts, attempt, verdict)) settled += 1;
    }
  }
  return settled;
}

async function write(parts: SettleUnknownParts, attempt: UnknownAttempt, verdict: Verdict): Promise<boolean> {
  const { attempts, log } = parts;
  if (verdict.kind === "wait" && attempt.agoMs < evidenceWithinMs) return false;
  if (verdict.kind === "wait" || verdict.kind === "unknown") {
    await attempts.giveUp(attempt.id);
    log.warn(
      { attemptId: attempt.id, because: verdict.because },
      "nobody will ever know whether this call rang",
    );
    return true;
  }
  const campaign = await parts.campaign(attempt.campaignId);
  if (!campaign) return false;
  const ending = endingOf(parts, campaign, attempt, verdict);
  if (!(await attempts.settle(attempt, ending, verdict.by))) return false;
  const { disposition } = ending;
  log.info(
    { attemptId: attempt.id, by: verdict.by, disposition },
    "an unknown outcome was settled by evidence",
  );
  return true;
}

function endingOf(
  { clock, dispositionOf }: SettleUnknownParts,
  { settings }: Campaign,
  attempt: UnknownAttempt,
  verdict: Extract<Verdict, { kind: "not-dialled" | "dialled" }>,
): AttemptEnding {
  const rang = verdict.kind === "dialled";
  const cause = (rang && verdict.cause) || 0;
  let disposition: Disposition = "pending";
  // Answered, or without a cause, it was cut off, as far as anybody knows: not again the same day.
  const answered = rang && verdict.answered;
  if (answered || (rang && verdict.cause === null)) disposition = "interrupted";
  else if (rang) disposition = dispositionOf({ rang, cause, sipCode: null });
  const { retryPolicy: policy, callbacks } = settings;
  // Whoever answered heard nobody, as far as we know.
  const ended = { policy, callbacks, attempt, disposition, rang, silent: answered, promised: null };
  return { disposition, cause, sipCode: null, ...afterAttempt({ ...ended, endedAt: clock.now() }) };
}
