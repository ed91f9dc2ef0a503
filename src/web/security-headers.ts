import type { FastifyInstance } from "fastify";

const headers = {
  "content-security-policy":
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(self)",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** On every answer, errors included: nothing from elsewhere runs, nothing is framed, nothing is cached. */
export function securityHeaders(web: FastifyInstance): void {
  web.addHook("onRequest", async (_request, reply) => {
    reply.headers(headers);
  });
}
