/** Nobody else's page may act in a user's name: each form carries a token that only our own pages have. */
import csrf from "@fastify/csrf-protection";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { RoomParts } from "./ports.ts";

const asks = new Set(["GET", "HEAD", "OPTIONS"]);

/** In a form as `_csrf`; by a script as a header; with an upload in the address, for its body is read late. */
function tokenOf(request: FastifyRequest): string | undefined {
  const { body, headers, query } = request as FastifyRequest<{
    Body: { _csrf?: string } | undefined;
    Querystring: { _csrf?: string };
  }>;
  return body?._csrf ?? headers["x-csrf-token"]?.toString() ?? query._csrf;
}

/** Whose form it is: one that was opened before signing in is good for nothing after it. */
export const formHolder = ({ who }: FastifyRequest): string => who?.sessionId ?? "nobody";

export async function keepForgeriesOut(web: FastifyInstance, { formKey }: RoomParts): Promise<void> {
  await web.register(csrf, {
    cookieKey: "__Host-hearback-form",
    cookieOpts: { path: "/", httpOnly: true, secure: true, sameSite: "lax" },
    getToken: tokenOf,
    getUserInfo: formHolder,
    csrfOpts: { userInfo: true, hmacKey: formKey },
  });
  web.addHook("preHandler", (request, reply, done) => {
    if (asks.has(request.method)) done();
    else web.csrfProtection(request, reply, done);
  });
}
