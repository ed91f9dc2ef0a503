/** One's own account: what it is good for, where it is signed in, and its password. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Account } from "#access/account.ts";
import { passwordFaultWords } from "#access/password.ts";
import type { RoomPages } from "../build-room.ts";
import type { RoomParts } from "../ports.ts";
import { dropCookie, fromOf, letIn, typed, waitWords } from "../sign-in/cookies.ts";
import { notFound } from "../troubles.ts";
import { sessionCookie, signedIn } from "../who.ts";
import { browserName, placesOf, roleWords, wayWords } from "./words.ts";

export const accountPages: RoomPages = async (web, parts) => {
  const own = { config: { right: "signed-in" } } as const;
  const { sessions } = parts.signIn;
  const by = (request: FastifyRequest) => {
    const { userId, name } = signedIn(request);
    return { kind: "user", id: userId, name } as const;
  };
  web.get("/account", own, (request, reply) => show(parts, request, reply));
  web.post("/account/sessions/:id/end", own, async (request, reply) => {
    const { userId, sessionId } = signedIn(request);
    const { id } = request.params as { id: string };
    if (!isId(id)) return reply.trouble(404, notFound);
    await sessions.end({ id, userId }, "ended", by(request));
    if (id === sessionId) return signedOut(reply);
    return reply.redirect("/account?done=session", 303);
  });
  web.post("/account/sessions/end", own, async (request, reply) => {
    await sessions.endAll(signedIn(request).userId, "ended", by(request));
    return signedOut(reply);
  });
  web.get("/account/password", own, (request, reply) => showPassword(parts, request, reply, {}));
  web.post("/account/password", own, (request, reply) => changePassword(parts, request, reply));
};

const isId = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

function signedOut(reply: FastifyReply) {
  dropCookie(reply, sessionCookie);
  return reply.redirect("/sign-in?done=ended", 303);
}

async function show({ signIn }: RoomParts, request: FastifyRequest, reply: FastifyReply) {
  const { userId, sessionId } = signedIn(request);
  const [account, sessions] = await Promise.all([
    signIn.accounts.find({ id: userId }),
    signIn.sessions.list(userId),
  ]);
  if (!account) return reply.trouble(404, notFound);
  return reply.page("account/account.njk", {
    ...{ account, done: (request.query as { done?: unknown }).done },
    roles: account.grants.map((grant) => ({ ...roleWords[grant.role], places: placesOf(grant) })),
    sessions: sessions.map((session) => ({
      ...session,
      ...{ way: wayWords[session.way], browser: browserName(session.agent), here: session.id === sessionId },
    })),
  });
}

interface Faults {
  current?: string;
  next?: string;
  again?: string;
}

async function showPassword(
  { signIn }: RoomParts,
  request: FastifyRequest,
  reply: FastifyReply,
  faults: Faults,
) {
  const account = await signIn.accounts.find({ id: signedIn(request).userId });
  return reply.page("account/password.njk", { faults, account: account satisfies Account | null });
}

async function changePassword(parts: RoomParts, request: FastifyRequest, reply: FastifyReply) {
  const [current, next] = [typed(request, "current"), typed(request, "next")];
  const refuse = (status: number, faults: Faults) => showPassword(parts, request, reply.code(status), faults);
  if (current === "") return refuse(400, { current: "Enter your present password" });
  if (next !== typed(request, "again")) return refuse(400, { again: "The two passwords are not the same" });
  const given = { current, next, from: fromOf(request) };
  const answer = await parts.signIn.door.changePassword(signedIn(request), given);
  if (answer.kind === "wait")
    return refuse(429, { current: `There were too many wrong tries. Wait ${waitWords(answer.ms)}` });
  if (answer.kind === "refused") return refuse(403, { current: "This is not your present password" });
  if (answer.kind === "faulty") return refuse(400, { next: passwordFaultWords[answer.fault] });
  letIn(reply, answer.secret);
  return reply.redirect("/account?done=password", 303);
}
