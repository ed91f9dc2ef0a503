/** Signing in: e-mail and password, then the code; or with the organisation's account; and signing out again. */
import rateLimit from "@fastify/rate-limit";
import type { FastifyReply, FastifyRequest } from "fastify";
import { refusalWords } from "../account/words.ts";
import type { RoomPages } from "../build-room.ts";
import type { RoomParts } from "../ports.ts";
import { sessionCookie, signedIn } from "../who.ts";
import { dropCookie, fromOf, halfCookie, keepCookie, safeNext, typed, waitWords } from "./cookies.ts";
import { invitationPages } from "./invitation.ts";
import { oidcPages } from "./oidc.ts";
import { secondStepPages } from "./second-step.ts";

/** Beside the waits of access/tries.ts, which count failures: nobody needs more forms than this from one address. */
const formsAMinute = 60;

export const signInPages: RoomPages = async (web, parts) => {
  await web.register(rateLimit, {
    max: formsAMinute,
    timeWindow: 60_000,
    // Pages are free: only what is sent is counted.
    allowList: ({ method }) => method !== "POST",
  });
  web.get("/sign-in", { config: { right: "open" } }, async (request, reply) => {
    const next = safeNext((request.query as { next?: unknown }).next);
    if (request.who) return reply.redirect(next, 303);
    return showForm(parts, request, reply, {});
  });
  web.post("/sign-in", { config: { right: "open" } }, (request, reply) =>
    withPassword(parts, request, reply),
  );
  web.post("/sign-out", { config: { right: "signed-in" } }, async (request, reply) => {
    const who = signedIn(request);
    const by = { kind: "user", id: who.userId, name: who.name } as const;
    await parts.signIn.sessions.end({ id: who.sessionId, userId: who.userId }, "signed_out", by);
    dropCookie(reply, sessionCookie);
    return reply.redirect("/sign-in?done=out", 303);
  });
  await secondStepPages(web, parts);
  await invitationPages(web, parts);
  await oidcPages(web, parts);
};

async function withPassword(parts: RoomParts, request: FastifyRequest, reply: FastifyReply) {
  const email = typed(request, "email").trim();
  const password = typed(request, "password");
  const faults = {
    ...(email === "" ? { email: "Enter your e-mail address" } : {}),
    ...(password === "" ? { password: "Enter your password" } : {}),
  };
  if (Object.keys(faults).length > 0) return showForm(parts, request, reply.code(400), { email, faults });
  const answer = await parts.signIn.door.withPassword({ email, password, from: fromOf(request) });
  if (answer.kind === "wait") {
    reply.code(429).header("retry-after", String(Math.ceil(answer.ms / 1000)));
    const wait = `There were too many wrong tries. Wait ${waitWords(answer.ms)}, then try again`;
    return showForm(parts, request, reply, { email, faults: { email: wait } });
  }
  if (answer.kind === "refused")
    return showForm(parts, request, reply.code(403), { email, faults: { email: refusalWords.refused } });
  keepCookie(reply, halfCookie, answer.secret);
  const next = encodeURIComponent(safeNext(typed(request, "next")));
  return reply.redirect(`/sign-in/${answer.kind === "code" ? "code" : "app"}?next=${next}`, 303);
}

interface Shown {
  email?: string;
  faults?: { email?: string; password?: string };
}

function showForm(
  { signIn }: RoomParts,
  request: FastifyRequest,
  reply: FastifyReply,
  { email, faults }: Shown,
) {
  const query = request.query as { next?: unknown; done?: unknown };
  return reply.page("sign-in/sign-in.njk", {
    ...{ email: email ?? "", faults: faults ?? {}, done: query.done },
    next: safeNext(typed(request, "next") || query.next),
    hasService: signIn.service !== null,
  });
}
