/** The JSON API: everything under /api/v1, behind one guard. */
import type { FastifyInstance } from "fastify";
import { messageOf } from "#lib/errors.ts";
import type { Metrics } from "../metrics.ts";
import type { ApiParts } from "../ports.ts";
import { campaignRoutes } from "./campaigns.ts";
import { diallingRoutes } from "./dialling.ts";
import { guard } from "./guard.ts";
import { idempotency } from "./idempotency.ts";
import { importRoutes } from "./imports.ts";
import { healthRoutes } from "./nodes.ts";
import { optOutRoutes } from "./opt-outs.ts";
import { Problem, problemOf, sendProblem } from "./problems.ts";
import { recordingRoutes } from "./recordings.ts";
import { resultRoutes } from "./results.ts";
import { visitRoutes } from "./visits.ts";

export interface ApiOptions {
  parts: ApiParts;
  metrics: Metrics;
}

export async function buildApi(web: FastifyInstance, { parts, metrics }: ApiOptions): Promise<void> {
  tellProblems(web, parts);
  noteRequests(web, parts, metrics);
  await guard(web, parts);
  idempotency(web, parts);
  web.setNotFoundHandler((_request, reply) => sendProblem(reply, new Problem("route-missing")));
  campaignRoutes(web, parts);
  await web.register(async (imports) => importRoutes(imports, parts));
  visitRoutes(web, parts);
  resultRoutes(web, parts);
  recordingRoutes(web, parts);
  optOutRoutes(web, parts);
  diallingRoutes(web, parts);
  healthRoutes(web, parts);
  web.get("/openapi.json", { config: { scope: "open" }, schema: { hide: true } }, async () => web.swagger());
}

export function tellProblems(web: FastifyInstance, { logger }: Pick<ApiParts, "logger">): void {
  web.setErrorHandler<Error & { statusCode?: number; code?: unknown }>((thrown, request, reply) => {
    const problem = problemOf(thrown);
    const { method, routeOptions } = request;
    if (problem.slug === "fault" || problem.slug === "unavailable") {
      const route = `${method} ${routeOptions.url ?? "unknown"}`;
      logger.error({ route, problem: messageOf(thrown) }, "a request could not be answered");
    }
    return sendProblem(reply, problem);
  });
}

/** Who asked for what kind of thing: the route, never the address, which may hold what a patient is known by. */
function noteRequests(web: FastifyInstance, { logger }: ApiParts, metrics: Metrics): void {
  web.addHook("onResponse", async ({ method, routeOptions, holder, params }, reply) => {
    const route = routeOptions.url ?? "unknown";
    const status = reply.statusCode;
    metrics.request(method, route, status);
    const { visitId, storyId, optOutId } = (params ?? {}) as Record<string, string>;
    const ids = status < 400 ? { visitId, storyId, optOutId } : {};
    const token = holder ? { tokenId: holder.id, token: holder.name } : {};
    logger.info(
      { ...token, ...ids, method, route, status, ms: Math.round(reply.elapsedTime) },
      "API request",
    );
  });
}
