/** What the HTTP API asks of the house, joined from the adapters. */
import type { Pool } from "pg";
import { startFaults } from "#campaign/campaign-settings.ts";
import { importVisits } from "#campaign/import-visits.ts";
import type { Clock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import { createAnswerBook } from "#postgres/api-answers.ts";
import { createTokenBook } from "#postgres/api-tokens.ts";
import {
  campaignByName,
  campaignStanding,
  createCampaign,
  listCampaigns,
  pauseCampaign,
  startCampaign,
  stopCampaign,
} from "#postgres/campaigns.ts";
import { createOptOutDesk } from "#postgres/opt-outs.ts";
import { createResultDesk } from "#postgres/result-desk.ts";
import { diallingStopped, resumeAll, stopAll } from "#postgres/stop-switch.ts";
import { keptStory } from "#postgres/stories.ts";
import { createVisitDesk } from "#postgres/visit-desk.ts";
import { createVisitLists } from "#postgres/visits.ts";
import { storyKey } from "#recording/keep-story.ts";
import type { StoryStore } from "#recording/ports.ts";
import type { Ciphers } from "#storage/ciphers.ts";
import type { ApiParts, CampaignDesk, ImportDesk, RecordingDesk } from "#web/ports.ts";

export interface ApiAdapters {
  /** Of the API's own: however busy it is, calls find a connection. */
  pool: Pool;
  ciphers: Ciphers;
  store: Pick<StoryStore, "read">;
  vitals: ApiParts["vitals"];
  /** E.164 numbers outside the drama ranges that a rehearsal may ring. */
  allowNumbers: ReadonlySet<string>;
  requestsPerMinute: number;
  clock: Clock;
  logger: Logger;
}

export function createApiParts(adapters: ApiAdapters): ApiParts {
  const { pool, ciphers, vitals, requestsPerMinute, clock, logger } = adapters;
  return {
    tokens: createTokenBook(pool),
    answers: createAnswerBook(pool, ciphers),
    campaigns: campaignDesk(pool),
    imports: importDesk(adapters),
    visits: createVisitDesk(pool),
    results: createResultDesk(pool),
    recordings: recordingDesk(adapters),
    optOuts: createOptOutDesk(pool, ciphers),
    dialling: {
      stopped: () => diallingStopped(pool),
      stop: (asked) => stopAll(pool, asked),
      resume: (asked) => resumeAll(pool, asked),
    },
    ...{ vitals, requestsPerMinute, clock, logger },
  };
}

const campaignDesk = (pool: Pool): CampaignDesk => ({
  // There are dozens, not thousands: a page is cut from the whole list.
  page: async ({ after, limit }) => {
    const all = await listCampaigns(pool);
    const from = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
    if (after !== null && from === 0)
      throw new AppError("cursor_wrong", "`after` is not what `next` of an earlier page said.");
    const items = all.slice(from, from + limit);
    return { items, next: from + limit < all.length ? (items.at(-1)?.id ?? null) : null };
  },
  find: (name) => campaignByName(pool, name),
  create: (campaign) => createCampaign(pool, campaign),
  standing: (name) => campaignStanding(pool, name),
  move: async (name, to) => {
    if (to === "paused") return pauseCampaign(pool, name);
    if (to === "stopped") return stopCampaign(pool, name);
    const found = await campaignByName(pool, name);
    const faults = found ? startFaults(found) : [];
    if (faults.length > 0) throw new AppError("campaign_not_ready", faults.join("; "), { name });
    return startCampaign(pool, name);
  },
});

const importDesk = ({ pool, ciphers, allowNumbers, clock }: ApiAdapters): ImportDesk => ({
  run: (campaign, { skipBad, ...list }) =>
    importVisits({
      ...list,
      campaignId: campaign.id,
      visits: createVisitLists(pool, ciphers),
      timeZone: campaign.settings.callingHours.timeZone,
      now: clock.now(),
      guard: { rehearsal: campaign.rehearsal, allowNumbers },
      // The answer names lines and faults; the bad rows themselves, numbers and all, stay with who sent them.
      skipBad: skipBad ? { write: async () => {} } : null,
    }),
});

const recordingDesk = ({ pool, store }: ApiAdapters): RecordingDesk => ({
  read: async (storyId) => {
    const kept = await keptStory(pool, storyId);
    if (!kept) return null;
    try {
      return { bytes: await store.read(storyKey(storyId)), sha256: kept.sha256 };
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code === "story_missing") return null;
      throw thrown;
    }
  },
});
