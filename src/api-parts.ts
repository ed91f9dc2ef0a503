/** What the HTTP API asks of the house, joined from the adapters. */
import type { Pool } from "pg";
import { importVisits } from "#campaign/import-visits.ts";
import type { Clock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import {
  makeCampaign,
  moveCampaign,
  moveVisitOf,
  noteOptOut,
  resumeEverything,
  stopEverything,
  takeBackOptOut,
  tell,
  tellListen,
} from "#postgres/acts.ts";
import { createAnswerBook } from "#postgres/api-answers.ts";
import { createTokenBook } from "#postgres/api-tokens.ts";
import { campaignByName, campaignStanding, listCampaigns } from "#postgres/campaigns.ts";
import { pageOfOptOuts } from "#postgres/opt-outs.ts";
import { createResultDesk } from "#postgres/result-desk.ts";
import { diallingStopped } from "#postgres/stop-switch.ts";
import { keptStory } from "#postgres/stories.ts";
import { createVisitDesk } from "#postgres/visit-desk.ts";
import { createVisitLists } from "#postgres/visits.ts";
import { storyKey } from "#recording/keep-story.ts";
import type { StoryStore } from "#recording/ports.ts";
import type { Ciphers } from "#storage/ciphers.ts";
import type { ApiParts, CampaignDesk, ImportDesk, RecordingDesk, ResultDesk } from "#web/ports.ts";

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
    visits: {
      ...createVisitDesk(pool),
      move: (id, how, by, who) => moveVisitOf(pool, who, id, { how, by }),
    },
    results: resultDesk(pool),
    recordings: recordingDesk(adapters),
    optOuts: {
      page: (of) => pageOfOptOuts(pool, of),
      add: (optOut, by) => noteOptOut(pool, by, ciphers, optOut),
      withdraw: (id, by) => takeBackOptOut(pool, by, id),
    },
    dialling: {
      stopped: () => diallingStopped(pool),
      stop: (asked, who) => stopEverything(pool, who, asked),
      resume: (asked, who) => resumeEverything(pool, who, asked),
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
  create: (campaign, who) => makeCampaign(pool, who, campaign),
  standing: (name) => campaignStanding(pool, name),
  move: (name, to, who) => moveCampaign(pool, who, name, to),
});

const importDesk = ({ pool, ciphers, allowNumbers, clock }: ApiAdapters): ImportDesk => ({
  run: (campaign, { skipBad, ...list }, who) =>
    importVisits({
      ...list,
      campaignId: campaign.id,
      visits: createVisitLists(pool, ciphers, who),
      timeZone: campaign.settings.callingHours.timeZone,
      now: clock.now(),
      guard: { rehearsal: campaign.rehearsal, allowNumbers },
      // The answer names lines and faults; the bad rows themselves, numbers and all, stay with who sent them.
      skipBad: skipBad ? { write: async () => {} } : null,
    }),
});

/** What is read is told before it goes out; a page with nothing on it is nobody's. */
function resultDesk(pool: Pool): ResultDesk {
  const desk = createResultDesk(pool);
  const told = { action: "results-read" } as const;
  return {
    page: async (of, who) => {
      const found = await desk.page(of);
      const campaign = of.campaign === null ? null : await campaignByName(pool, of.campaign);
      const whose = campaign && { subject: { kind: "campaign", id: campaign.id }, trust: campaign.trust };
      const rows = found.items.length;
      if (rows > 0) await tell(pool, who, { ...told, ...whose, details: { rows } });
      return found;
    },
    find: async (visitId, who) => {
      const found = await desk.find(visitId);
      const subject = { kind: "visit", id: visitId };
      if (found) await tell(pool, who, { ...told, subject, details: { rows: 1 } });
      return found;
    },
  };
}

const recordingDesk = ({ pool, store }: ApiAdapters): RecordingDesk => ({
  read: async (storyId, who) => {
    const kept = await keptStory(pool, storyId);
    if (!kept) return null;
    try {
      const bytes = await store.read(storyKey(storyId));
      await tellListen(pool, who, storyId);
      return { bytes, sha256: kept.sha256 };
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code === "story_missing") return null;
      throw thrown;
    }
  },
});
