import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
const equal = (given: string, key: string): boolean => timingSafeEqual(digest(given), digest(key));

/** Another site could make its own name lead to 127.0.0.1 (DNS rebinding): only these hosts are answered. */
const loopback = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/;

/**
 * Lets those in who know the key: once as `?key=`, from then on by a cookie. Cookies know no ports, so the cookie's name
 * tells one rehearsal's key from another's.
 */
export function keepOut(key: string) {
  const cookie = `hearback-${digest(key).toString("hex").slice(0, 8)}`;
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    if (!loopback.test(request.headers.host ?? "")) return refuse(reply);
    const given = new URL(request.url, "http://localhost").searchParams.get("key");
    if (given !== null && equal(given, key)) {
      reply.header("set-cookie", `${cookie}=${key}; Path=/; HttpOnly; SameSite=Strict`);
      return reply.redirect(request.url.split("?")[0]!.replace(/^\/{2,}/, "/"), 303);
    }
    if (given !== null || !equal(readCookie(request.headers.cookie ?? "", cookie), key)) return refuse(reply);
    return undefined;
  };
}

const refuse = (reply: FastifyReply): FastifyReply =>
  reply
    .code(403)
    .type("text/plain")
    .send("This page opens with the whole address that the rehearsal printed.\n");

function readCookie(header: string, name: string): string {
  const found = header.split(/;\s*/).find((pair) => pair.startsWith(`${name}=`));
  return found?.slice(name.length + 1) ?? "";
}
