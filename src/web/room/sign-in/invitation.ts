/** Links that were handed over: one to set a password, and, in rehearsals, one that signs in by itself. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { passwordFaultWords } from "#access/password.ts";
import type { RoomParts } from "../ports.ts";
import type { Trouble } from "../troubles.ts";
import { fromOf, halfCookie, keepCookie, letIn, typed } from "./cookies.ts";

const over: Trouble = {
  title: "This link is no longer good",
  happened: "It was used before, it has expired, or a newer one has taken its place.",
  next: "If you have set a password already, sign in with it. If not, ask whoever sent you the link for another.",
};

type WithSecret = FastifyRequest<{ Params: { secret: string } }>;

export async function invitationPages(web: FastifyInstance, parts: RoomParts): Promise<void> {
  const open = { config: { right: "open" } } as const;
  web.get("/invitation/:secret", open, (request, reply) => show(parts, request as WithSecret, reply, {}));
  web.post("/invitation/:secret", open, (request, reply) => accept(parts, request as WithSecret, reply));
  web.get("/sign-in/link/:secret", open, async (request, reply) => {
    const { secret } = (request as WithSecret).params;
    const answer = await parts.signIn.door.withLink(secret, fromOf(request));
    if (answer.kind === "over") return reply.trouble(410, over);
    letIn(reply, answer.secret);
    return reply.redirect("/", 303);
  });
}

interface Faults {
  password?: string;
  again?: string;
}

async function show({ signIn }: RoomParts, { params }: WithSecret, reply: FastifyReply, faults: Faults) {
  const invited = await signIn.door.invited(params.secret);
  if (!invited) return reply.trouble(410, over);
  return reply.page("sign-in/invitation.njk", { ...invited, faults });
}

async function accept(parts: RoomParts, request: WithSecret, reply: FastifyReply) {
  const password = typed(request, "password");
  if (password !== typed(request, "again"))
    return show(parts, request, reply.code(400), { again: "The two passwords are not the same" });
  const answer = await parts.signIn.door.accept(request.params.secret, password, fromOf(request));
  if (answer.kind === "over") return reply.trouble(410, over);
  if (answer.kind === "faulty")
    return show(parts, request, reply.code(400), { password: passwordFaultWords[answer.fault] });
  keepCookie(reply, halfCookie, answer.secret);
  return reply.redirect("/sign-in/app", 303);
}
