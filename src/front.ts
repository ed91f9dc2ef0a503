/** The HTTP server with all that stands behind it: API, metrics, readiness and the pages of the listening room. */
import type { Pool } from "pg";
import type { Settings } from "#config.ts";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/logger.ts";
import { createPool } from "#postgres/pool.ts";
import type { StoryStore } from "#recording/ports.ts";
import type { ReleaseFiles } from "#release/files.ts";
import { createCiphers } from "#storage/ciphers.ts";
import { buildWeb } from "#web/build-web.ts";
import type { SpokenVoice } from "#web/room/ports.ts";
import { createApiParts } from "./api-parts.ts";
import { createRoomFront, type RoomFront } from "./room-front.ts";
import type { Watching } from "./watching.ts";

export interface FrontParts {
  settings: RoomFront["settings"] &
    Pick<
      Settings,
      "databaseUrl" | "apiRequestsPerMinute" | "listen" | "trustedProxies" | "tlsCertificate" | "tlsKey"
    >;
  /** The story store, asking for keys by these connections. */
  storeOn: (pool: Pool) => StoryStore;
  /** All that calls can say: pages of campaigns show it. */
  voice: SpokenVoice;
  /** The files of what calls say before there is any release. */
  folders: () => ReleaseFiles;
  watching: Pick<Watching, "vitals" | "metrics">;
  clock: Clock;
  logger: Logger;
  rehearsal: { allowNumbers: ReadonlySet<string> } | undefined;
}

export interface Front {
  /** @returns where it listens */
  listen(): Promise<string>;
  close(): Promise<void>;
}

/** API and pages have connections of their own: however busy they are, calls find theirs, and each other's too. */
const connections = 5;
const answersWithinMs = 15_000;

export function createFront(parts: FrontParts): Front {
  const { settings, storeOn, voice, folders, watching, clock, logger, rehearsal } = parts;
  const { allowNumbers = new Set<string>() } = rehearsal ?? {};
  const { vitals, metrics } = watching;
  const [pool, roomPool] = ["hearback api", "hearback pages"].map((applicationName) =>
    createPool({
      ...{ url: settings.databaseUrl, applicationName, logger },
      ...{ maxConnections: connections, statementTimeoutMs: answersWithinMs },
    }),
  ) as [Pool, Pool];
  const api = createApiParts({
    ...{
      pool,
      store: storeOn(pool),
      vitals,
      allowNumbers,
      clock,
      logger,
      ciphers: createCiphers(settings.dataKey),
    },
    requestsPerMinute: settings.apiRequestsPerMinute,
  });
  const { listen, trustedProxies, tlsCertificate, tlsKey } = settings;
  const room = createRoomFront({
    ...{ settings, pool: roomPool, store: storeOn(roomPool), voice, folders, clock, logger },
    ...{ rehearsal: rehearsal !== undefined, allowNumbers },
  });
  const web = buildWeb({
    ...{ vitals, api, metrics, host: listen.host, trustedProxies },
    ...(room ? { room } : {}),
    ...(tlsCertificate && tlsKey ? { tls: { cert: tlsCertificate, key: tlsKey } } : {}),
  });
  return {
    listen: () => web.listen(settings.listen),
    close: async () => {
      await web.close();
      await Promise.all([pool.end(), roomPool.end()]);
    },
  };
}
