/** What the pages ask of the house, joined from the adapters. */
import type { Pool } from "pg";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/logger.ts";
import { createOverviewDesk } from "#postgres/overview.ts";
import { createCampaignRoom } from "#postgres/room-campaigns.ts";
import { createListRoom } from "#postgres/room-lists.ts";
import { createStoryList } from "#postgres/story-list.ts";
import type { Ciphers } from "#storage/ciphers.ts";
import type { RoomParts, SessionDesk, SpokenVoice } from "#web/room/ports.ts";

export interface RoomAdapters {
  /** Of the pages' own: however busy they are, calls find a connection. */
  pool: Pool;
  sessions: SessionDesk;
  voice: SpokenVoice;
  ciphers: Ciphers;
  /** E.164 numbers outside the drama ranges that a rehearsal may ring. */
  allowNumbers: ReadonlySet<string>;
  formKey: Buffer;
  publicUrl: string;
  rehearsal: boolean;
  clock: Clock;
  logger: Logger;
}

export function createRoomParts(adapters: RoomAdapters): RoomParts {
  const { pool, ciphers: _, allowNumbers: __, ...given } = adapters;
  return {
    ...given,
    campaigns: createCampaignRoom(pool),
    lists: createListRoom(adapters),
    overview: createOverviewDesk(pool),
    stories: createStoryList(pool),
  };
}
