/** The switch that stops everything: calls going on come to their end, none begins, in no campaign of this Hearback. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { RoomParts } from "../ports.ts";
import { signedIn } from "../who.ts";
import { readReason } from "./reason.ts";

type Asked = { Querystring: { done?: string }; Body: { reason?: string } };

export function diallingPages(web: FastifyInstance, { campaigns }: RoomParts): void {
  const config = { right: "campaigns" } as const;
  const page = async (
    request: FastifyRequest<Asked>,
    reply: FastifyReply,
    typed: { reason: string; fault: string | null },
  ) =>
    reply.code(typed.fault ? 422 : 200).page("campaigns/dialling.njk", {
      ...{ ...typed, done: request.query.done ?? null },
      stopped: await campaigns.stopped(signedIn(request)),
    });

  web.get<Asked>("/dialling", { config }, (request, reply) =>
    page(request, reply, { reason: "", fault: null }),
  );

  for (const verb of ["stop", "resume"] as const)
    web.post<Asked>(`/dialling/${verb}`, { config }, async (request, reply) => {
      const { reason, fault } = readReason(request.body?.reason);
      if (fault) return page(request, reply, { reason, fault });
      const who = signedIn(request);
      if (verb === "stop") await campaigns.stopAll(who, reason);
      else await campaigns.resumeAll(who, reason);
      return reply.redirect(`/dialling?done=${verb}`, 303);
    });
}
