/** The listening room with the adapters that the settings ask for; null where the settings say no address for it. */
import type { Pool } from "pg";
import type { Settings } from "#config.ts";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/logger.ts";
import { createSignInService } from "#oidc/sign-in-service.ts";
import { createSessionBook } from "#postgres/sessions.ts";
import type { StoryStore } from "#recording/ports.ts";
import type { ReleaseFiles } from "#release/files.ts";
import { createCiphers } from "#storage/ciphers.ts";
import type { RoomParts, SpokenVoice } from "#web/room/ports.ts";
import { createRoomParts } from "./room-parts.ts";

export interface RoomFront {
  settings: Pick<
    Settings,
    | "publicUrl"
    | "dataKey"
    | "backupDays"
    | "staffNumbers"
    | "oidcIssuer"
    | "oidcClientId"
    | "oidcClientSecret"
  >;
  pool: Pool;
  store: StoryStore;
  voice: SpokenVoice;
  folders: () => ReleaseFiles;
  /** E.164 numbers outside the drama ranges that a rehearsal may ring. */
  allowNumbers: ReadonlySet<string>;
  rehearsal: boolean;
  clock: Clock;
  logger: Logger;
}

export function createRoomFront({ settings, pool, ...parts }: RoomFront): Omit<RoomParts, "vitals"> | null {
  const { publicUrl, dataKey, backupDays, staffNumbers, oidcIssuer, oidcClientId, oidcClientSecret } =
    settings;
  if (publicUrl === null) return null;
  const ciphers = createCiphers(dataKey);
  return createRoomParts({
    ...{ ...parts, pool, publicUrl, backupDays, staffNumbers, ciphers, sessions: createSessionBook(pool) },
    // Every copy of Hearback knows it, and it is nobody else's.
    formKey: ciphers.hash("form", "key"),
    service:
      oidcIssuer && oidcClientId
        ? createSignInService({
            ...{ issuer: oidcIssuer, clientId: oidcClientId, clientSecret: oidcClientSecret },
            redirectUri: `${publicUrl}/sign-in/oidc/back`,
            seal: (text) => ciphers.encrypt("sign-in", text),
            unseal: (bytes) => ciphers.decrypt("sign-in", bytes),
            clock: parts.clock,
          })
        : null,
  });
}
