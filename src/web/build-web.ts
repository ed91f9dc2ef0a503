import Fastify, { type FastifyInstance } from "fastify";
import { type RehearsalPages, rehearsalPages } from "./rehearsal-pages.ts";
import { securityHeaders } from "./security-headers.ts";

export interface Readiness {
  ready: boolean;
  /** What was looked at, and how it stands: "ok" or what is wrong. No address, no name. */
  checks: Record<string, string>;
}

export interface WebOptions {
  /** Asked at every GET /readyz; not answering within five seconds counts as not ready. */
  readiness(): Promise<Readiness>;
  /** For rehearsals only. */
  rehearsalPages?: RehearsalPages;
}

const readinessWithinMs = 5_000;

/** Hearback's HTTP server; the caller listens and closes. */
export function buildWeb({ readiness, rehearsalPages: pages }: WebOptions): FastifyInstance {
  const web = Fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: 16_384,
    requestTimeout: 30_000,
  });
  securityHeaders(web);
  web.setErrorHandler<Error & { statusCode?: number }>((error, _request, reply) => {
    const status = error.statusCode && error.statusCode < 500 ? error.statusCode : 500;
    return reply
      .code(status)
      .type("text/plain")
      .send(status === 500 ? "Something is broken\n" : "Bad request\n");
  });
  web.get("/healthz", async () => ({ alive: true }));
  web.get("/readyz", async (_request, reply) => {
    const found = await withinTime(readiness);
    return reply.code(found.ready ? 200 : 503).send(found);
  });
  if (pages) void web.register(rehearsalPages, pages);
  else web.setNotFoundHandler((_request, reply) => reply.code(404).type("text/plain").send("Not found\n"));
  return web;
}

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
