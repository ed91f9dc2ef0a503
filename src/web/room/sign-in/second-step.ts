/** After the password: the code of the app; or, the first time, setting that app up. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { HalfOpen } from "#access/door-ports.ts";
import { base32, totpUri } from "#access/totp.ts";
import { refusalWords } from "../account/words.ts";
import type { RoomParts } from "../ports.ts";
import { fromOf, halfCookie, letIn, safeNext, typed, waitWords } from "./cookies.ts";
import { qrPicture } from "./qr.ts";

export async function secondStepPages(web: FastifyInstance, parts: RoomParts): Promise<void> {
  const open = { config: { right: "open" } } as const;
  web.get("/sign-in/code", open, (request, reply) =>
    withHalf(parts, { request, reply, stage: "code" }, () => showCode(request, reply, null)),
  );
  web.post("/sign-in/code", open, (request, reply) =>
    withHalf(parts, { request, reply, stage: "code" }, (half) => takeCode(parts, half, { request, reply })),
  );
  web.get("/sign-in/app", open, (request, reply) =>
    withHalf(parts, { request, reply, stage: "enrol" }, (half) => showApp(parts, half, { request, reply })),
  );
  web.post("/sign-in/app", open, (request, reply) =>
    withHalf(parts, { request, reply, stage: "enrol" }, (half) => takeApp(parts, half, { request, reply })),
  );
}

interface Asked {
  request: FastifyRequest;
  reply: FastifyReply;
}

/** Whoever is not between the two steps begins again. */
async function withHalf(
  { signIn }: RoomParts,
  { request, reply, stage }: Asked & { stage: HalfOpen["stage"] },
  work: (half: HalfOpen) => Promise<FastifyReply>,
): Promise<FastifyReply> {
  const half = await signIn.door.half(request.cookies[halfCookie]);
  if (half?.stage === stage) return work(half);
  return reply.redirect(`/sign-in?done=late&next=${encodeURIComponent(nextOf(request))}`, 303);
}

const nextOf = (request: FastifyRequest): string =>
  safeNext(typed(request, "next") || (request.query as { next?: unknown }).next);

async function showCode(request: FastifyRequest, reply: FastifyReply, fault: string | null) {
  return reply.page("sign-in/code.njk", { fault, next: nextOf(request) });
}

async function takeCode({ signIn }: RoomParts, half: HalfOpen, { request, reply }: Asked) {
  const code = typed(request, "code").trim();
  if (code === "") return showCode(request, reply.code(400), "Enter the code that your app shows");
  const answer = await signIn.door.withCode(half, code, fromOf(request));
  if (answer.kind === "wait") {
    reply.code(429).header("retry-after", String(Math.ceil(answer.ms / 1000)));
    return showCode(request, reply, `There were too many wrong tries. Wait ${waitWords(answer.ms)}`);
  }
  if (answer.kind === "refused") return showCode(request, reply.code(403), refusalWords.codeRefused);
  letIn(reply, answer.secret);
  return reply.redirect(nextOf(request), 303);
}

async function showApp(
  { signIn, publicUrl }: RoomParts,
  half: HalfOpen,
  { request, reply, fault }: Asked & { fault?: string },
) {
  const secret = await signIn.door.enrolSecret(half);
  const uri = totpUri(secret, { issuer: `Hearback ${new URL(publicUrl).hostname}`, account: half.email });
  return reply.page("sign-in/app.njk", {
    ...{ fault, uri, qr: qrPicture(uri), next: nextOf(request) },
    secret: base32(secret).match(/.{4}/g)!.join(" "),
  });
}

async function takeApp(parts: RoomParts, half: HalfOpen, { request, reply }: Asked) {
  const answer = await parts.signIn.door.enrol(half, typed(request, "code"), fromOf(request));
  if (answer.kind === "over") return reply.redirect("/sign-in?done=late", 303);
  if (answer.kind === "refused") {
    const fault = "This code is not right. Enter the six digits that your app shows now";
    return showApp(parts, half, { request, reply: reply.code(400), fault });
  }
  letIn(reply, answer.secret);
  return reply.page("sign-in/recovery-codes.njk", { codes: answer.codes, next: nextOf(request) });
}
