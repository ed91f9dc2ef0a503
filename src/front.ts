/** The HTTP server with all that stands behind it: API, metrics, readiness and, in rehearsals, the pages. */
import type { Pool } from "pg";
import type { Settings } from "#config.ts";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/logger.ts";
import { createPool } from "#postgres/pool.ts";
import type { StoryStore } from "#recording/ports.ts";
import { createCiphers } from "#storage/ciphers.ts";
import { buildWeb, type WebOptions } from "#web/build-web.ts";
import { createApiParts } from "./api-parts.ts";
import type { Watching } from "./watching.ts";

export interface FrontParts {
  settings: Settings;
  /** The story store, asking for keys by these connections. */
  storeOn: (pool: Pool) => StoryStore;
  watching: Watching;
  clock: Clock;
  logger: Logger;
  rehearsal: { allowNumbers: ReadonlySet<string>; pages?: WebOptions["rehearsalPages"] } | undefined;
}

export interface Front {
  /** @returns its address; in a rehearsal with the key to the pages */
  listen(): Promise<string>;
  close(): Promise<void>;
}

/** The API has connections of its own: however busy it is, calls find theirs. */
const connections = 5;
const answersWithinMs = 15_000;

export function createFront({ settings, storeOn, watching, clock, logger, rehearsal }: FrontParts): Front {
  const { pages, allowNumbers = new Set<string>() } = rehearsal ?? {};
  const { vitals, metrics } = watching;
  const pool = createPool({
    ...{ url: settings.databaseUrl, applicationName: "hearback api", logger },
    ...{ maxConnections: connections, statementTimeoutMs: answersWithinMs },
  });
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
  const { host } = settings.listen;
  const web = buildWeb({ vitals, api, metrics, host, ...(pages ? { rehearsalPages: pages } : {}) });
  return {
    listen: async () => {
      const address = await web.listen(settings.listen);
      return pages ? `${address}/?key=${pages.key}` : address;
    },
    close: async () => {
      await web.close();
      await pool.end();
    },
  };
}
