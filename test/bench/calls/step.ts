/** A step of a ramp: calls by Hearback, so many at once, and whether all was as it must be. */
import { messageOf } from "#lib/errors.ts";
import { quantile } from "#rehearsal/quantile.ts";
import { type Batch, type BatchOrder, batchByHearback } from "./batch.ts";
import type { House } from "./house.ts";
import { quantileOfCounts } from "./jitter.ts";
import { keptCalls, likenessOf } from "./kept.ts";

export const jitterMs = 20;
export const leastLikeness = 0.99;

export interface Step {
  atOnce: number;
  /** How many were up at one moment. */
  most: number;
  jitterP99Ms: number;
  lost: number;
  wrongRatings: number;
  brokenStories: number;
  unheard: number;
  /** Null where there is only `failure`. */
  batch: Batch | null;
  /** Why there is nothing else to tell of it; null where there is. */
  failure: string | null;
}

/** Throws only where somebody interrupts. */
export async function makeStep(house: House, order: BatchOrder): Promise<Step> {
  const { atOnce, calls, storyMs, signal } = order;
  try {
    const batch = await batchByHearback(house, order);
    const kept = await keptCalls(house, batch.campaignId!);
    let broken = calls - kept.length;
    for (const call of kept) if ((await likenessOf(house, call, storyMs)) <= leastLikeness) broken += 1;
    return {
      ...{ atOnce, most: batch.most, lost: batch.lost, brokenStories: broken, batch, failure: null },
      jitterP99Ms: quantileOfCounts(batch.jitterCounts, 0.99),
      wrongRatings: calls - kept.filter(({ rated }) => rated).length,
      unheard: batch.calls.filter(({ whole }) => !whole).length,
    };
  } catch (thrown) {
    signal.throwIfAborted();
    const none = { most: 0, jitterP99Ms: Number.NaN, lost: 0, wrongRatings: 0, brokenStories: 0, unheard: 0 };
    return { atOnce, ...none, batch: null, failure: messageOf(thrown) };
  }
}

export const isGood = (step: Step): boolean =>
  step.failure === null &&
  step.wrongRatings + step.brokenStories + step.unheard === 0 &&
  step.jitterP99Ms <= jitterMs &&
  step.most >= step.atOnce * 0.95;

/** Infinite where one of them never came to that, or there are none. */
export function keyToPromptMs({ batch }: Step, share: number): number {
  const times = batch?.calls.map((call) => call.keyToPromptMs ?? Number.POSITIVE_INFINITY) ?? [];
  return times.length === 0 ? Number.POSITIVE_INFINITY : quantile(times, share);
}

export const tellLimit = (step: Step): string =>
  step.failure === null
    ? `With ${step.atOnce} at once (${step.most} were reached): ${step.wrongRatings} ratings wrong, ${step.brokenStories} stories not whole, ` +
      `${step.unheard} calls not heard out, jitter's 99th percentile ${step.jitterP99Ms} ms.`
    : `With ${step.atOnce} at once: ${step.failure}.`;
