/** A batch of calls, by Hearback or by the dialplan alone, and what it cost. */
import { setTimeout as wait } from "node:timers/promises";
import { alwaysOpen } from "#campaign/calling-hours.ts";
import { parseSettings } from "#campaign/campaign-settings.ts";
import { startCampaign, stopCampaign } from "#postgres/campaigns.ts";
import { waitingJobs } from "#postgres/jobs.ts";
import { createCallList } from "#rehearsal/call-list.ts";
import { dramaNumber } from "#rehearsal/drama-numbers.ts";
import type { HeardCalls } from "./far-end.ts";
import { type House, type Spent, since } from "./house.ts";
import { pressAfterMs } from "./the-call.ts";

export interface BatchOrder {
  calls: number;
  atOnce: number;
  perSecond: number;
  /** 0: they hang up once they have rated. */
  storyMs: number;
  /** Over once all stories are kept, whether or not they have words. */
  wordsLater?: boolean;
  signal: AbortSignal;
}

export interface Batch extends HeardCalls {
  cpu: Spent;
  /** Of the campaign; null of a dialplan's. */
  campaignId: string | null;
}

/** One call takes so long at most, and the last of a batch begins when others have ended. */
const longestCallMs = 60_000;

export async function batchByHearback(house: House, order: BatchOrder): Promise<Batch> {
  const campaign = await prepareCampaign(house, order);
  try {
    const batch = await measured(house, order, async () => {
      await startCampaign(house.pool, campaign.name);
      await untilEnded(house, order);
      await untilKept(house, order, campaign.id);
    });
    return { ...batch, campaignId: campaign.id };
  } catch (thrown) {
    // Whoever measures on does so without these people.
    await stopCampaign(house.pool, campaign.name);
    throw thrown;
  }
}

/** Never more than so many at once, nor faster, as our dialler keeps it. */
export async function batchByDialplan(house: House, order: BatchOrder): Promise<Batch> {
  const batch = await measured(house, order, async () => {
    let [started, over] = [0, 0];
    const deaf = house.farEnd.onOver(() => {
      over += 1;
    });
    try {
      for (; started < order.calls; started++) {
        await wait(1000 / order.perSecond, undefined, { signal: order.signal });
        while (started - over >= order.atOnce) await wait(5, undefined, { signal: order.signal });
        await originate(house, dramaNumber(started));
      }
    } finally {
      deaf();
    }
    await untilEnded(house, order);
  });
  return { ...batch, campaignId: null };
}

async function measured(house: House, { storyMs }: BatchOrder, make: () => Promise<void>) {
  const { farEnd, prompts } = house;
  await farEnd.begin({ prompts, storyMs, pressAfterMs });
  const before = house.cpu();
  await make();
  const cpu = since(house.cpu(), before);
  return { ...(await farEnd.take()), cpu };
}

let campaigns = 0;

/** @throws where the list is not taken whole */
async function prepareCampaign({ pool, ciphers }: House, order: BatchOrder) {
  const settings = parseSettings({
    ...{ spokenName: "trust-northfield", callerNumber: "+441632960000", callingHours: alwaysOpen },
    ...{ maxCalls: order.atOnce, callsPerSecond: order.perSecond, ringSeconds: 15, storyLimitSeconds: 20 },
    ...{ numberOnceADay: false, contactBudget: null, retryPolicy: { maxAttempts: 1 } },
  });
  return createCallList(pool, ciphers, { name: `bench ${++campaigns}`, settings, calls: order.calls });
}

async function originate({ ivr }: House, number: string): Promise<void> {
  const query = new URLSearchParams({
    ...{ endpoint: `PJSIP/${number}@trunk`, context: "bench", extension: "s", priority: "1" },
    ...{ formats: "alaw", callerId: "+441632960000", timeout: "15" },
  });
  const authorization = `Basic ${Buffer.from(`${ivr.ariUser}:${ivr.ariPassword}`).toString("base64")}`;
  const answer = await fetch(`${ivr.ariUrl}/ari/channels?${query}`, {
    ...{ method: "POST", headers: { authorization } },
  });
  if (!answer.ok) throw new Error(`Asterisk would not call: ${answer.status} ${await answer.text()}`);
}

/** Until the far end has had all its calls; those that never came would be waited for too long. */
async function untilEnded({ farEnd }: House, { calls, perSecond, signal }: BatchOrder): Promise<void> {
  let last = { count: 0, atMs: performance.now() };
  for (;;) {
    const { calls: ended } = await farEnd.take();
    if (ended.length >= calls) return;
    if (ended.length > last.count) last = { count: ended.length, atMs: performance.now() };
    if (performance.now() - last.atMs > longestCallMs + 1000 / perSecond)
      throw new Error(`only ${ended.length} of ${calls} calls came to the far end`);
    await wait(100, undefined, { signal });
  }
}

/** Until all that Hearback does after a call is done: its cost belongs to the calls. */
async function untilKept(
  { pool }: House,
  { signal, wordsLater = false }: BatchOrder,
  campaignId: string,
): Promise<void> {
  for (const until = performance.now() + longestCallMs; ; await wait(100, undefined, { signal })) {
    const { rows } = await pool.query<{ visits: number; stories: number }>(
      `select (select count(*)::int from visit where campaign_id = $1 and status <> 'done') as visits,
         (select count(*)::int from story s join visit v on v.id = s.visit_id
          where v.campaign_id = $1 and s.audio = 'waiting' and s.state <> 'superseded') as stories`,
      [campaignId],
    );
    const { visits, stories } = rows[0]!;
    const jobs = wordsLater ? 0 : await waitingJobs(pool);
    if (visits === 0 && stories === 0 && jobs === 0) return;
    if (performance.now() > until)
      throw new Error(`${visits} visits are not over, ${stories} stories not kept, ${jobs} jobs not done`);
  }
}
