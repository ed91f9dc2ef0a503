/** "/trunks/NAME/drain" and "/resume": taking a trunk out of use, asked for and confirmed as with an Asterisk. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "#lib/errors.ts";
import type { RoomPages } from "../build-room.ts";
import { readReason } from "../campaigns/reason.ts";
import type { RoomParts } from "../ports.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";

type OfTrunk = { Params: { trunk: string }; Body: { reason?: string } | undefined };

const config = { right: "telephony" } as const;
const moves = { drain: "drainTrunk", resume: "resumeTrunk" } as const;

export const trunkPages: RoomPages = async (web, parts) => {
  for (const verb of ["drain", "resume"] as const) {
    web.get<OfTrunk>(`/trunks/:trunk/${verb}`, { config }, (request, reply) =>
      ask(parts, verb, request, reply, { reason: "", fault: null }),
    );
    web.post<OfTrunk>(`/trunks/:trunk/${verb}`, { config }, async (request, reply) => {
      const { reason, fault } = readReason(request.body?.reason);
      if (fault) return ask(parts, verb, request, reply, { reason, fault });
      try {
        await parts.nodes[moves[verb]](signedIn(request), request.params.trunk, reason);
      } catch (thrown) {
        if (thrown instanceof AppError && thrown.code === "trunk_missing")
          return reply.trouble(404, notFound);
        throw thrown;
      }
      return reply.redirect(`/nodes?done=${verb}-trunk`, 303);
    });
  }
};

async function ask(
  { nodes }: RoomParts,
  verb: keyof typeof moves,
  request: FastifyRequest<OfTrunk>,
  reply: FastifyReply,
  typed: { reason: string; fault: string | null },
) {
  const { trunks } = await nodes.look();
  const found = trunks.find(({ trunk }) => trunk === request.params.trunk);
  if (!found) return reply.trouble(404, notFound);
  const others = trunks.filter(({ trunk, draining }) => trunk !== found.trunk && draining === null);
  return reply.code(typed.fault ? 422 : 200).page("nodes/move.njk", {
    ...{ ...typed, verb, name: found.trunk, trunk: true },
    isLast: others.length === 0,
  });
}
