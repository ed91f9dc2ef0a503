import type { CutOffCaller, GreetAgain } from "#call/incoming.ts";
import type { LeftCalls } from "#call/line.ts";
import type { FlowState } from "#flow/state.ts";
import { messageOf } from "#lib/errors.ts";
import type { Campaign } from "./campaign.ts";
import type { Dialer } from "./dialer.ts";
import type { AbandonedAttempt } from "./ports.ts";
import { endOfLost, type SettleParts, settle } from "./settle-abandoned.ts";

export interface TakeOverParts extends SettleParts {
  /** Who goes on with calls; without it, all is settled. */
  goOn?: { leftCalls: LeftCalls; dialer: Pick<Dialer, "carryOn">; greetAgain: GreetAgain };
}

/** A call that was going on is there, or it is not; Asterisk may just be away as well. */
const foundWithinMs = 10_000;
/** After the ringing time, Asterisk has so long to say how it ended. */
const verdictWithinMs = 10_000;

type Abandoned = AbandonedAttempt & { campaign: Campaign };

/**
 * Goes on with what a process left that is no more: calls that are up, or still ring, become ours, and all else is
 * settled. Whoever may have been rung is never rung again for the same attempt (RELIABILITY.md 2.2, 2.4).
 * @param open what an earlier round made ours and could not finish, for they come only once; kept from round to round
 * @returns how many attempts were found
 */
export async function takeOver(parts: TakeOverParts, open: OpenAttempts = new Map()): Promise<number> {
  for (const attempt of await parts.ledger.takeOverAbandoned()) open.set(attempt.id, attempt);
  const found = [...open.values()];
  const left = await withCampaigns(parts, found);
  const dialled = parts.goOn ? left.filter(isDialled) : [];
  if (parts.goOn) carryOnWith(parts, parts.goOn, dialled);
  for (const { id } of dialled) open.delete(id);
  for (const attempt of left.filter((one) => !dialled.includes(one as Dialled))) {
    if (!(await settleAlone(parts, attempt))) continue;
    open.delete(attempt.id);
    if (isOnTheLine(attempt)) parts.goOn?.greetAgain(callerOf(attempt));
  }
  return found.length;
}

export type OpenAttempts = Map<string, AbandonedAttempt>;

function carryOnWith(
  parts: TakeOverParts,
  { leftCalls, dialer }: NonNullable<TakeOverParts["goOn"]>,
  dialled: Dialled[],
): void {
  const readMs = parts.clock.monotonicMs();
  const rang = new Set<string>();
  const outcomes = leftCalls.takeUp(
    dialled.map(({ id, channelId, app, node, state, campaign }) => ({
      ...{ channelId, app, node },
      wasUp: state === "live",
      withinMs: state === "live" ? foundWithinMs : campaign.settings.ringSeconds * 1000 + verdictWithinMs,
      onRinging: () => void rang.add(id),
    })),
  );
  for (const [index, attempt] of dialled.entries()) {
    const outcome = outcomes[index]!;
    dialer.carryOn(attempt.campaign, attempt, {
      node: attempt.node,
      dialled: outcome.then((seen) => ({ outcome: seen, rang: rang.has(attempt.id) })),
      call: callOf(parts, attempt, readMs),
    });
  }
}

/** One that cannot be settled keeps none of the others open; whether it was. */
async function settleAlone(parts: TakeOverParts, attempt: Abandoned): Promise<boolean> {
  try {
    await settle(parts, attempt.campaign, attempt);
    return true;
  } catch (thrown) {
    parts.log.error({ attemptId: attempt.id, problem: messageOf(thrown) }, "an attempt is left open for now");
    return false;
  }
}

type Dialled = Abandoned & { app: string; node: string };

/** They rang us, and go on at the first unanswered question once they have said again who they are. */
const isOnTheLine = ({ reason, state, call }: Abandoned): boolean =>
  reason === "ring_back" && state === "live" && !call?.ended;

const callerOf = ({ channelId, node, call }: Abandoned): CutOffCaller => ({
  ...{ channelId, node },
  recordings: (call?.partsBegun ?? []).map(({ name }) => name),
});

/** Calls that came in live under another application (call/incoming.ts): their callers are greeted anew. */
const isDialled = (attempt: Abandoned): attempt is Dialled =>
  attempt.reason !== "ring_back" &&
  attempt.state !== "intent" &&
  !attempt.call?.ended &&
  attempt.app !== null &&
  attempt.node !== null;

function callOf(parts: TakeOverParts, attempt: Abandoned, readMs: number) {
  if (attempt.state !== "live" || !attempt.call) return null;
  const { flowState, release, sequence, partsBegun } = attempt.call;
  const lastSignMs = readMs - (attempt.silentMs ?? 0);
  return {
    soFar: { state: flowState as FlowState, release, sequence, partsBegun, lastSignMs },
    gone: () => endOfLost(parts.callLog, attempt),
  };
}

async function withCampaigns({ campaign }: SettleParts, left: AbandonedAttempt[]): Promise<Abandoned[]> {
  const ids = [...new Set(left.map(({ campaignId }) => campaignId))];
  const found = new Map(await Promise.all(ids.map(async (id) => [id, await campaign(id)] as const)));
  return left.flatMap((attempt) => {
    const its = found.get(attempt.campaignId);
    return its ? [{ ...attempt, campaign: its }] : [];
  });
}
