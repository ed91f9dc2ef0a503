/** To the organisation's sign-in service, and back. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "#lib/errors.ts";
import type { RoomParts } from "../ports.ts";
import { notFound, type Trouble } from "../troubles.ts";
import { dropCookie, fromOf, keepCookie, letIn, oidcCookie, safeNext } from "./cookies.ts";

const again = "Go back to the sign-in page and try again.";

const troubles = {
  stale: {
    title: "That took too long",
    happened: "Signing in was not begun in this browser, or too long ago.",
    next: again,
  },
  denied: {
    title: "You were not signed in",
    happened: "Your organisation’s sign-in service did not let you in, or you stopped there.",
    next: again,
  },
  refused: {
    title: "There is no account for you here",
    happened:
      "Your organisation’s sign-in service knows you. Hearback has no account for you, or not by that e-mail address.",
    next: "Ask whoever manages accounts in your trust to invite you, with the address that you sign in with.",
  },
  away: {
    title: "Your organisation’s sign-in service does not answer",
    happened: "It is away, or did not answer as it should.",
    next: "Try again in a few minutes. If it goes on, tell whoever runs Hearback in your trust.",
  },
} satisfies Record<string, Trouble>;

export async function oidcPages(web: FastifyInstance, parts: RoomParts): Promise<void> {
  const open = { config: { right: "open" } } as const;
  web.get("/sign-in/oidc", open, (request, reply) => begin(parts, request, reply));
  web.get("/sign-in/oidc/back", open, (request, reply) => finish(parts, request, reply));
}

async function begin({ signIn, logger }: RoomParts, request: FastifyRequest, reply: FastifyReply) {
  if (!signIn.service) return reply.trouble(404, notFound);
  const next = safeNext((request.query as { next?: unknown }).next);
  try {
    const { url, proof } = await signIn.service.begin();
    keepCookie(reply, oidcCookie, `${proof}.${Buffer.from(next).toString("base64url")}`);
    return reply.redirect(url, 303);
  } catch (thrown) {
    return tellAway({ reply, logger }, thrown);
  }
}

async function finish(
  { signIn, logger, publicUrl }: RoomParts,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  if (!signIn.service) return reply.trouble(404, notFound);
  const [proof = "", next = ""] = (request.cookies[oidcCookie] ?? "").split(".");
  dropCookie(reply, oidcCookie);
  try {
    const named = await signIn.service.finish(new URL(request.url, publicUrl), proof);
    if (named.kind !== "known") return reply.trouble(403, troubles[named.kind]);
    const answer = await signIn.door.withIdentity(named.identity, fromOf(request));
    if (answer.kind === "refused") return reply.trouble(403, troubles.refused);
    letIn(reply, answer.secret);
    return reply.redirect(safeNext(Buffer.from(next, "base64url").toString()), 303);
  } catch (thrown) {
    return tellAway({ reply, logger }, thrown);
  }
}

function tellAway({ reply, logger }: { reply: FastifyReply; logger: RoomParts["logger"] }, thrown: unknown) {
  if (!(thrown instanceof AppError) || thrown.code !== "oidc_failed") throw thrown;
  logger.error({ because: String(thrown.details.because) }, "the sign-in service failed");
  return reply.trouble(502, troubles.away);
}
