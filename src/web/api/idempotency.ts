/**
 * Idempotency-Key on every write (draft-ietf-httpapi-idempotency-key-header-07): the same request with the same key is
 * answered as the first time, for 24 hours; another request with it is refused.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { messageOf } from "#lib/errors.ts";
import type { Answer, ApiParts } from "../ports.ts";
import { Problem } from "./problems.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Set while the request holds a key. */
    idempotencyKey: string | null;
    /** Of a body that is read as a stream: what it was, once it has been read to its end. */
    bodyHash: (() => Promise<string>) | null;
  }
}

const shape = /^[\x21-\x7e]{1,200}$/;

export function idempotency(web: FastifyInstance, { answers, logger }: ApiParts): void {
  web.decorateRequest("idempotencyKey", null);
  web.decorateRequest("bodyHash", null);
  web.addHook("preHandler", async (request, reply) => {
    const key = request.headers["idempotency-key"];
    if (request.method !== "POST" || key === undefined || !request.holder) return;
    if (typeof key !== "string" || !shape.test(key))
      throw new Problem("request-wrong", "Idempotency-Key must be 1 to 200 visible ASCII characters.");
    const claim = await answers.claim(request.holder.id, key);
    if (claim.kind === "running") throw new Problem("key-in-use");
    if (claim.kind === "new") {
      request.idempotencyKey = key;
      return;
    }
    const asked = answers.requestHash(await textOf(request));
    if (!asked.equals(claim.request)) throw new Problem("key-reused");
    return replay(reply, claim.answer);
  });
  web.addHook("onSend", async (request, reply, payload) => {
    const { idempotencyKey: key, holder } = request;
    if (key === null || !holder) return payload;
    request.idempotencyKey = null;
    const cameToNothing = reply.statusCode >= 500 || reply.statusCode === 408 || reply.statusCode === 413;
    try {
      if (cameToNothing) await answers.forget(holder.id, key);
      else {
        const asked = answers.requestHash(await textOf(request));
        await answers.keep(holder.id, key, asked, answerOf(reply, payload));
      }
    } catch (thrown) {
      logger.error(
        { tokenId: holder.id, problem: messageOf(thrown) },
        "an answer was not kept under its key",
      );
    }
    return payload;
  });
}

/** What makes a request the same: its method, its address and its body. */
async function textOf(request: FastifyRequest): Promise<string> {
  const body = request.bodyHash ? await request.bodyHash() : JSON.stringify(request.body ?? null);
  return `${request.method} ${request.url}\n${body}`;
}

const answerOf = (reply: FastifyReply, payload: unknown): Answer => ({
  status: reply.statusCode,
  contentType: String(reply.getHeader("content-type") ?? "application/json"),
  location: (reply.getHeader("location") as string | undefined) ?? null,
  body: typeof payload === "string" ? payload : "",
});

function replay(reply: FastifyReply, { status, contentType, location, body }: Answer): FastifyReply {
  if (location !== null) reply.header("location", location);
  return reply.code(status).header("idempotency-replayed", "true").type(contentType).send(body);
}
