/** "/telephones": how the telephones are in one look; "/nodes": the Asterisks and trunks, and taking one out of use. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "#lib/errors.ts";
import type { RoomPages } from "../build-room.ts";
import { readReason } from "../campaigns/reason.ts";
import type { RoomParts } from "../ports.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";
import { healthOf } from "./health.ts";
import { nodeRows } from "./node-rows.ts";

type OfNode = {
  Params: { node: string };
  Body: { reason?: string } | undefined;
  Querystring: { done?: string };
};

const config = { right: "telephony" } as const;
const verbs = ["drain", "resume", "remove"] as const;
type Verb = (typeof verbs)[number];

export const nodePages: RoomPages = async (web, parts) => {
  const { nodes, flowFigures, vitals } = parts;

  web.get("/telephones", { config }, async (request, reply) => {
    const [signs, telephony, live] = await Promise.all([
      vitals(),
      nodes.look(),
      flowFigures.live(signedIn(request).userId),
    ]);
    return reply.page("nodes/start.njk", {
      ...{ health: healthOf(signs), ...shown(telephony, signs), at: signs.at },
      ...{ callsUnderWay: signs.callsUnderWay, maxCalls: signs.maxCalls },
      inFlows: live.reduce((sum, { calls }) => sum + calls, 0),
    });
  });

  web.get<OfNode>("/nodes", { config }, async (request, reply) => {
    const [signs, telephony] = await Promise.all([vitals(), nodes.look()]);
    const { done = "" } = request.query;
    return reply.page("nodes/nodes.njk", { ...shown(telephony, signs), at: signs.at, done });
  });

  /** The same table for the page's script. */
  web.get("/nodes/live", { config }, async (_request, reply) => {
    const [signs, telephony] = await Promise.all([vitals(), nodes.look()]);
    const html = web.fragment("nodes/rows.njk", { ...shown(telephony, signs) });
    return reply.header("cache-control", "no-store").type("text/html; charset=utf-8").send(html);
  });

  for (const verb of verbs) {
    web.get<OfNode>(`/nodes/:node/${verb}`, { config }, (request, reply) =>
      ask(parts, verb, request, reply, { reason: "", fault: null }),
    );
    web.post<OfNode>(`/nodes/:node/${verb}`, { config }, async (request, reply) => {
      const { node } = request.params;
      const { reason, fault } = readReason(request.body?.reason);
      if (fault) return ask(parts, verb, request, reply, { reason, fault });
      try {
        await nodes[verb](signedIn(request), node, reason);
      } catch (thrown) {
        if (thrown instanceof AppError && thrown.code === "node_missing") return reply.trouble(404, notFound);
        // Somebody uses it again since the page was shown: it tells that now.
        if (thrown instanceof AppError && thrown.code === "node_in_use")
          return ask(parts, verb, request, reply.code(409), { reason, fault });
        throw thrown;
      }
      return reply.redirect(`/nodes?done=${verb}`, 303);
    });
  }
};

async function ask(
  { nodes, vitals }: RoomParts,
  verb: Verb,
  request: FastifyRequest<OfNode>,
  reply: FastifyReply,
  typed: { reason: string; fault: string | null },
) {
  const [signs, telephony] = await Promise.all([vitals(), nodes.look()]);
  const rows = nodeRows(telephony.nodes, signs.nodes);
  const row = rows.find(({ name }) => name === request.params.node);
  if (!row) return reply.trouble(404, notFound);
  const others = rows.filter(
    ({ name, draining, colour }) => name !== row.name && !draining && colour === "green",
  );
  return (typed.fault ? reply.code(422) : reply).page("nodes/move.njk", {
    ...{ ...typed, verb, row, name: row.name },
    isLast: others.length === 0,
  });
}

const shown = (
  telephony: Awaited<ReturnType<RoomParts["nodes"]["look"]>>,
  signs: Awaited<ReturnType<RoomParts["vitals"]>>,
) => ({
  rows: nodeRows(telephony.nodes, signs.nodes),
  ...{ trunks: telephony.trunks, instances: telephony.instances, lastHour: telephony.lastHour },
});
