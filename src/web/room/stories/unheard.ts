/** How many stories nobody has heard: beside "Stories" on every page. */
import type { FastifyInstance } from "fastify";
import { may } from "#access/rights.ts";
import { britishNumber } from "../british.ts";
import type { RoomParts } from "../ports.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** E.g. "12" or "999+"; null where there are none, or it is no page. */
    unheard: string | null;
  }
}

const mostShown = 999;

export function countUnheard(web: FastifyInstance, { stories }: RoomParts): void {
  web.decorateRequest("unheard", null);
  web.addHook("preHandler", async (request) => {
    const { who, method, headers, routeOptions } = request;
    const right = routeOptions.config.right ?? "open";
    // Browsers say what they fetch: sounds and events have no menu.
    const page = method === "GET" && (headers["sec-fetch-dest"] ?? "document") === "document";
    if (!who || right === "open" || !page || !may(who, "stories")) return;
    const count = await stories.unheard(who.userId);
    if (count > 0) request.unheard = count > mostShown ? `${mostShown}+` : britishNumber(count);
  });
}
