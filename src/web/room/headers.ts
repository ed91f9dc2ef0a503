/** Safe headers: scripts and styles only of our own, or with the nonce of this very answer; nothing is kept by caches. */
import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { RoomParts } from "./ports.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** For `<script nonce>` and styles that scripts make. */
    nonce: string;
  }
}

const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "media-src 'self' blob:", // what was just recorded in the page
    "connect-src 'self'",
    "font-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

export function keepRoomHeaders(web: FastifyInstance, { publicUrl }: RoomParts): void {
  const overTls = publicUrl.startsWith("https:");
  web.decorateRequest("nonce", "");
  web.addHook("onRequest", async (request, reply) => {
    request.nonce = randomBytes(16).toString("base64");
    reply.header("content-security-policy", policy(request.nonce));
    if (overTls) reply.header("strict-transport-security", "max-age=31536000");
  });
}
