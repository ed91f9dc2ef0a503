/** Who asks, and whether they may: before any page does anything. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { may, type Right, type SignedIn } from "#access/rights.ts";
import type { RoomParts } from "./ports.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** What whoever asks must be allowed (access/rights.ts); each page names one. */
    right?: Right;
  }
  interface FastifyInstance {
    /** Every route of the room, and what it takes. */
    roomRoutes: { method: string; url: string; right: Right }[];
  }
  interface FastifyRequest {
    /** Null before signing in. */
    who: SignedIn | null;
  }
}

/** `__Host-`: set by this very host, sent to no other, and only over TLS; loopback counts as such. */
export const sessionCookie = "__Host-hearback";

/** Whoever is signed in, on a page that is not open to all. */
export function signedIn(request: FastifyRequest): SignedIn {
  if (!request.who) throw new Error(`${request.routeOptions.url} is open to all, and asked who is there`);
  return request.who;
}

export function guardRoutes(web: FastifyInstance, { sessions }: RoomParts): void {
  web.decorateRequest("who", null);
  const { roomRoutes } = web;
  web.addHook("onRoute", ({ method, url, config }) => {
    const right = config?.right;
    if (!right) throw new Error(`the page ${url} does not say which right it takes`);
    for (const one of [method].flat()) if (one !== "HEAD") roomRoutes.push({ method: one, url, right });
  });
  web.addHook("onRequest", async (request, reply) => {
    const secret = request.cookies[sessionCookie];
    request.who = secret ? await sessions.find(secret) : null;
    const right = request.routeOptions.config.right ?? "open";
    if (may(request.who, right)) return;
    if (!request.who) return sendToSignIn(request, reply);
    return reply.trouble(403, {
      title: "You may not open this page",
      happened: "Your account does not have the rights that this page takes.",
      next: "If you need them for your work, ask whoever manages accounts in your trust.",
    });
  });
}

/** And back again afterwards; what was to be done, not just looked at, is not done by itself. */
function sendToSignIn(request: FastifyRequest, reply: FastifyReply) {
  const back = request.method === "GET" && !request.url.startsWith("/assets/") ? request.url : "/";
  return reply.redirect(`/sign-in?next=${encodeURIComponent(back)}`, 303);
}
