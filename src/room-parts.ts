/** What the pages ask of the house, joined from the adapters. */
import type { Pool } from "pg";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/logger.ts";
import { createOverviewDesk } from "#postgres/overview.ts";
import { createCampaignRoom } from "#postgres/room-campaigns.ts";
import { createStoryList } from "#postgres/story-list.ts";
import type { RoomParts, SessionDesk, SpokenVoice } from "#web/room/ports.ts";

export interface RoomAdapters {
  /** Of the pages' own: however busy they are, calls find a connection. */
  pool: Pool;
  sessions: SessionDesk;
  voice: SpokenVoice;
  formKey: Buffer;
  publicUrl: string;
  rehearsal: boolean;
  clock: Clock;
  logger: Logger;
}

export function createRoomParts({ pool, ...adapters }: RoomAdapters): RoomParts {
  return {
    ...adapters,
    campaigns: createCampaignRoom(pool),
    overview: createOverviewDesk(pool),
    stories: createStoryList(pool),
  };
}
