/** What the pages ask of the house, joined from the adapters. */
import type { Pool } from "pg";
import { createDoor } from "#access/door.ts";
import type { SignInService } from "#access/door-ports.ts";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/logger.ts";
import { createAccountBook } from "#postgres/accounts.ts";
import { createOverviewDesk } from "#postgres/overview.ts";
import { createCampaignRoom } from "#postgres/room-campaigns.ts";
import { createSessionBook } from "#postgres/sessions.ts";
import { createSignInBook } from "#postgres/sign-in.ts";
import { createTryBook } from "#postgres/tries.ts";
import type { Ciphers } from "#storage/ciphers.ts";
import type { RoomParts, SessionDesk, SpokenVoice } from "#web/room/ports.ts";

export interface RoomAdapters {
  /** Of the pages' own: however busy they are, calls find a connection. */
  pool: Pool;
  sessions: SessionDesk;
  /** Keep authenticator apps' secrets, and what was typed by whoever guessed. */
  ciphers: Ciphers;
  /** The organisation's own; null: there are local accounts only. */
  service: SignInService | null;
  voice: SpokenVoice;
  formKey: Buffer;
  publicUrl: string;
  rehearsal: boolean;
  clock: Clock;
  logger: Logger;
}

export function createRoomParts({ pool, ciphers, service, ...adapters }: RoomAdapters): RoomParts {
  const { clock } = adapters;
  const [book, tries] = [createSignInBook(pool, ciphers), createTryBook(pool, ciphers)];
  return {
    ...adapters,
    signIn: {
      door: createDoor({ book, tries, clock }),
      sessions: createSessionBook(pool),
      accounts: createAccountBook(pool),
      service,
    },
    campaigns: createCampaignRoom(pool),
    overview: createOverviewDesk(pool),
  };
}
