/** The HTTP server with all that stands behind it: API, metrics, readiness and the pages of the listening room. */
import type { Pool } from "pg";
import type { Settings } from "#config.ts";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/logger.ts";
import { createSignInService } from "#oidc/sign-in-service.ts";
import { createPool } from "#postgres/pool.ts";
import { createSessionBook } from "#postgres/sessions.ts";
import type { StoryStore } from "#recording/ports.ts";
import { type Ciphers, createCiphers } from "#storage/ciphers.ts";
import { buildWeb } from "#web/build-web.ts";
import type { RoomParts, SpokenVoice } from "#web/room/ports.ts";
import { createApiParts } from "./api-parts.ts";
import { createRoomParts } from "./room-parts.ts";
import type { Watching } from "./watching.ts";

export interface FrontParts {
  settings: Settings;
  /** The story store, asking for keys by these connections. */
  storeOn: (pool: Pool) => StoryStore;
  voice: SpokenVoice;
  watching: Watching;
  clock: Clock;
  logger: Logger;
  rehearsal: { allowNumbers: ReadonlySet<string> } | undefined;
}

export interface Front {
  /** @returns where it listens */
  listen(): Promise<string>;
  close(): Promise<void>;
}

/** The API and the pages have connections of their own: however busy they are, calls find theirs. */
const connections = { api: 5, pages: 8 };
const answersWithinMs = 15_000;

export function createFront(parts: FrontParts): Front {
  const { settings, storeOn, watching, clock, logger, rehearsal } = parts;
  const { vitals, metrics } = watching;
  const ciphers = createCiphers(settings.dataKey);
  const poolOf = (use: keyof typeof connections) =>
    createPool({
      ...{ url: settings.databaseUrl, applicationName: `hearback ${use}`, logger },
      ...{ maxConnections: connections[use], statementTimeoutMs: answersWithinMs },
    });
  const [forApi, forPages] = [poolOf("api"), poolOf("pages")];
  const api = createApiParts({
    ...{ pool: forApi, store: storeOn(forApi), vitals, ciphers, clock, logger },
    allowNumbers: allowed(rehearsal),
    requestsPerMinute: settings.apiRequestsPerMinute,
  });
  const room = roomOf(parts, ciphers, forPages);
  const { tlsCertificate, tlsKey } = settings;
  const web = buildWeb({
    ...{ vitals, api, metrics, host: settings.listen.host },
    ...(room ? { room } : {}),
    ...(tlsCertificate && tlsKey ? { tls: { cert: tlsCertificate, key: tlsKey } } : {}),
  });
  return {
    listen: () => web.listen(settings.listen),
    close: async () => {
      await web.close();
      await Promise.all([forApi.end(), forPages.end()]);
    },
  };
}

const allowed = (rehearsal: FrontParts["rehearsal"]): ReadonlySet<string> =>
  rehearsal?.allowNumbers ?? new Set();

/** Null where nobody said at which address people find the pages. */
function roomOf(
  { settings, storeOn, voice, clock, logger, rehearsal }: FrontParts,
  ciphers: Ciphers,
  pool: Pool,
): RoomParts | null {
  const { publicUrl, backupDays, oidcIssuer, oidcClientId, oidcClientSecret } = settings;
  if (publicUrl === null) return null;
  const service =
    oidcIssuer === null || oidcClientId === null
      ? null
      : createSignInService({
          ...{ issuer: oidcIssuer, clientId: oidcClientId, clientSecret: oidcClientSecret, clock },
          redirectUri: `${publicUrl}/sign-in/oidc/back`,
          seal: (text) => ciphers.encrypt("sign-in", text),
          unseal: (bytes) => ciphers.decrypt("sign-in", bytes),
        });
  return createRoomParts({
    ...{ pool, store: storeOn(pool), ciphers, voice, service, publicUrl, backupDays, clock, logger },
    sessions: createSessionBook(pool),
    formKey: ciphers.hash("sign-in", "the key that proves forms"),
    ...{ rehearsal: rehearsal !== undefined, allowNumbers: allowed(rehearsal) },
  });
}
