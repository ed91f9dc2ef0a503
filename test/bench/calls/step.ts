/** A step of a ramp: calls by Hearback, so many at once, and whether all was as it must be. */
import { quantile } from "../statistics.ts";
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
  /** The handset's pause is in it. */
  keyToPromptP95Ms: number;
  batch: Batch;
}

export async function makeStep(house: House, order: BatchOrder): Promise<Step> {
  const batch = await batchByHearback(house, order);
  const { calls, storyMs } = order;
  const kept = await keptCalls(house, batch.campaignId!);
  let broken = calls - kept.length;
  for (const call of kept) if ((await likenessOf(house, call, storyMs)) <= leastLikeness) broken += 1;
  return {
    ...{ atOnce: order.atOnce, most: batch.most, lost: batch.lost, batch },
    jitterP99Ms: quantileOfCounts(batch.jitterCounts, 0.99),
    wrongRatings: calls - kept.filter(({ rated }) => rated).length,
    brokenStories: broken,
    unheard: batch.calls.filter(({ whole }) => !whole).length,
    keyToPromptP95Ms: quantile(
      batch.calls.map(({ keyToPromptMs }) => keyToPromptMs ?? Number.POSITIVE_INFINITY),
      0.95,
    ),
  };
}

export const isGood = (step: Step): boolean =>
  step.wrongRatings + step.brokenStories + step.unheard === 0 &&
  step.jitterP99Ms <= jitterMs &&
  step.most >= step.atOnce * 0.95;

export const tellLimit = (step: Step): string =>
  `With ${step.atOnce} at once (${step.most} were reached): ${step.wrongRatings} ratings wrong, ${step.brokenStories} stories not whole, ` +
  `${step.unheard} calls not heard out, jitter's 99th percentile ${step.jitterP99Ms} ms.`;
