import { isIP } from "node:net";
import Fastify, { type FastifyInstance } from "fastify";
import type { VitalSigns } from "#alerts/vital-signs.ts";
import { buildApi, tellProblems } from "./api/build-api.ts";
import { guard } from "./api/guard.ts";
import { describeApi } from "./api/openapi.ts";
import { docsPage } from "./docs-page.ts";
import type { Metrics } from "./metrics.ts";
import type { ApiParts } from "./ports.ts";
import { type Readiness, readinessOf } from "./readiness.ts";
import { buildRoom } from "./room/build-room.ts";
import type { RoomParts } from "./room/ports.ts";
import { securityHeaders } from "./security-headers.ts";

export interface WebOptions {
  /** Asked at every GET /readyz; not answering within five seconds counts as not ready. */
  vitals(): Promise<VitalSigns>;
  /** The JSON API, /metrics and /docs; without it there are none. */
  api?: ApiParts;
  metrics?: Metrics;
  /** The address that the server listens on: on loopback, /metrics needs no token. */
  host?: string;
  /** Whose word on where a request comes from is taken, as proxy-addr reads it, e.g. "loopback, 10.1.2.3". */
  trustedProxies?: string;
  /** The listening room; without it there are no pages. */
  room?: Omit<RoomParts, "vitals">;
  /** A certificate of Hearback's own and its key, as PEM; without it a proxy in front speaks TLS. */
  tls?: { cert: string; key: string };
}

const readinessWithinMs = 5_000;
/** A list of visits may come over a slow line; upload.ts ends one that stands still. */
const requestWithinMs = 300_000;

/** Hearback's HTTP server; the caller listens and closes. */
export function buildWeb(options: WebOptions): FastifyInstance {
  const { vitals, api, metrics, room, tls } = options;
  const web = Fastify({
    ...(tls ? { https: tls } : {}),
    logger: false,
    trustProxy: options.trustedProxies ?? false,
    forceCloseConnections: true,
    bodyLimit: 16_384,
    requestTimeout: api ? requestWithinMs : 30_000,
    // What is not known is refused, not passed over: a slip in a field's name must show.
    ajv: { customOptions: { removeAdditional: false, allErrors: false } },
  });
  securityHeaders(web);
  plainErrors(web);
  web.get("/healthz", async () => ({ alive: true }));
  web.get("/readyz", async (_request, reply) => {
    const found = await withinTime(async () => readinessOf(await vitals()));
    return reply.code(found.ready ? 200 : 503).send(found);
  });
  if (api && metrics) {
    void web.register(async (described) => {
      await describeApi(described);
      await described.register(buildApi, { prefix: "/api/v1", parts: api, metrics });
      docsPage(described);
    });
    void web.register((plugin) => metricsRoute(plugin, { api, metrics, open: isLoopback(options.host) }));
  }
  web.decorate("roomRoutes", []);
  if (room) void web.register(buildRoom, { ...room, vitals });
  else web.setNotFoundHandler((_request, reply) => reply.code(404).type("text/plain").send("Not found\n"));
  return web;
}

function plainErrors(web: FastifyInstance): void {
  web.setErrorHandler<Error & { statusCode?: number }>((error, _request, reply) => {
    const status = error.statusCode && error.statusCode < 500 ? error.statusCode : 500;
    return reply
      .code(status)
      .type("text/plain")
      .send(status === 500 ? "Something is broken\n" : "Bad request\n");
  });
}

interface MetricsRoute {
  api: ApiParts;
  metrics: Metrics;
  /** Without a token. */
  open: boolean;
}

async function metricsRoute(web: FastifyInstance, { api, metrics, open }: MetricsRoute): Promise<void> {
  tellProblems(web, api);
  await guard(web, api);
  web.get("/metrics", { config: { scope: open ? "open" : "read:metrics" } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text(await api.vitals())),
  );
}

const isLoopback = (host = ""): boolean =>
  host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));

/** Tells the truth in time: who cannot say is not ready. */
async function withinTime(readiness: () => Promise<Readiness>): Promise<Readiness> {
  const late = Promise.withResolvers<Readiness>();
  const timer = setTimeout(
    () => late.resolve({ ready: false, checks: { answer: `none within ${readinessWithinMs} ms` } }),
    readinessWithinMs,
  );
  try {
    return await Promise.race([readiness(), late.promise]);
  } catch {
    return { ready: false, checks: { answer: "the look itself failed; the log tells why" } };
  } finally {
    clearTimeout(timer);
  }
}
