/** Who may: the one place where tokens and scopes are looked at. Every route names its scope, or does not start. */
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { AuditWho } from "#access/audit.ts";
import type { Scope } from "#access/scopes.ts";
import { isToken, prefixOf, readBearer } from "#access/token.ts";
import { AppError } from "#lib/errors.ts";
import type { ApiParts } from "../ports.ts";
import { Problem } from "./problems.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** What a token must be good for; "open": anybody may, for nothing of patients is there. */
    scope?: Scope | "open";
  }
  interface FastifyRequest {
    holder: { id: string; name: string; scopes: readonly Scope[] } | null;
  }
}

/** So many wrong tokens a minute from one address, and no more are looked up for it. */
const wrongTokensAMinute = 30;
const minuteMs = 60_000;

type Guard = Pick<ApiParts, "tokens" | "requestsPerMinute" | "logger">;
type Pace = ReturnType<FastifyInstance["createRateLimit"]>;

export async function guard(web: FastifyInstance, parts: Guard): Promise<void> {
  await web.register(rateLimit, { global: false });
  const pace = web.createRateLimit({
    max: parts.requestsPerMinute,
    timeWindow: minuteMs,
    keyGenerator: (request) => request.holder?.id ?? request.ip,
  });
  const failures = web.createRateLimit({
    max: wrongTokensAMinute,
    timeWindow: minuteMs,
    keyGenerator: ({ ip }) => `wrong ${ip}`,
  });
  /** Prefixes that were good lately: their holders are not kept out by somebody else's guessing. */
  const known = new Set<string>();
  web.decorateRequest("holder", null);
  web.addHook("onRoute", ({ config, method, url }) => {
    if (config?.scope === undefined) throw new AppError("route_unguarded", `${method} ${url} names no scope`);
  });
  web.addHook("onRequest", async (request, reply) => {
    reply.header("vary", "authorization");
    const { scope } = request.routeOptions.config;
    if (request.is404 || scope === "open") return;
    await signIn(request, reply, { parts, failures, known });
    await keepPace(request, reply, pace);
    if (scope && request.holder?.scopes.includes(scope)) return;
    reply.header("www-authenticate", `Bearer realm="hearback", error="insufficient_scope", scope="${scope}"`);
    throw new Problem("scope-missing", `The token lacks the scope ${scope}.`);
  });
}

interface SignIn {
  parts: Guard;
  failures: Pace;
  known: Set<string>;
}

/** RFC 6750, 3: who sends no token is told only that one is needed; a bad one is never told why. */
async function signIn(request: FastifyRequest, reply: FastifyReply, { parts, failures, known }: SignIn) {
  const given = readBearer(request.headers.authorization);
  if (given === null) {
    reply.header("www-authenticate", 'Bearer realm="hearback"');
    throw new Problem("token-missing");
  }
  const prefix = prefixOf(given);
  if (!prefix || !known.has(prefix)) await refuseGuessing(request, reply, failures, false);
  const found = prefix ? await parts.tokens.find(prefix) : null;
  if (!prefix || !found || !isToken(given, found.sha256)) {
    if (prefix) known.delete(prefix);
    await refuseGuessing(request, reply, failures, true);
    reply.header("www-authenticate", 'Bearer realm="hearback", error="invalid_token"');
    throw new Problem("token-refused");
  }
  if (known.size > 1_000) known.clear();
  known.add(prefix);
  request.holder = { id: found.id, name: found.name, scopes: found.scopes };
  // That it was used is worth knowing, but never worth an answer.
  parts.tokens
    .used(found.id)
    .catch(() => parts.logger.warn({ tokenId: found.id }, "a token's use was not noted"));
}

async function refuseGuessing(request: FastifyRequest, reply: FastifyReply, failures: Pace, failed: boolean) {
  tooMany(reply, await failures(request, { increment: failed }));
}

async function keepPace(request: FastifyRequest, reply: FastifyReply, pace: Pace): Promise<void> {
  tooMany(reply, await pace(request));
}

function tooMany(reply: FastifyReply, limit: Awaited<ReturnType<Pace>>): void {
  if (limit.isAllowed || !limit.isExceeded) return;
  reply.header("retry-after", String(Math.max(1, limit.ttlInSeconds)));
  throw new Problem("too-many-requests");
}

/** Who asks, for the audit. */
export function askerOf({ holder }: FastifyRequest): AuditWho {
  if (!holder) throw new Problem("token-missing");
  return { kind: "token", id: holder.id, name: holder.name };
}
