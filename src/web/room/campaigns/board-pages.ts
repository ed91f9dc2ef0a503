/** The live board: a page that is whole by itself, and a stream of events by which a script keeps it fresh. */
import { PassThrough } from "node:stream";
import type { FastifyInstance } from "fastify";
import type { RoomParts } from "../ports.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";
import { type Board, createBoardHub } from "./board-hub.ts";
import type { BoardCount } from "./board-ports.ts";
import { showBoard } from "./board-words.ts";
import { trustsOf } from "./create-pages.ts";

/** Then the browser asks again, and whether it still may is looked at again: an ended session sees no more. */
const streamMs = 60_000;
/** Whoever reads so slowly gets the rest of it next time. */
const mostWaitingBytes = 1_000_000;
const mostViewers = 500;

type OfCampaign = {
  Params: { campaignId: string };
  Querystring: { status?: string; after?: string };
};

const statuses: readonly BoardCount["status"][] = ["due", "calling", "done", "held", "withdrawn"];

export function boardPages(web: FastifyInstance, parts: RoomParts): void {
  const { board, clock, logger, voice } = parts;
  const hub = createBoardHub(board, clock, logger);
  const streams = new Set<PassThrough>();
  web.addHook("preClose", async () => {
    hub.stop();
    for (const stream of streams) stream.end();
  });
  const config = { right: "campaigns" } as const;
  const base = "/campaigns/:campaignId";

  web.get<OfCampaign>(`${base}/board`, { config }, async (request, reply) => {
    const who = signedIn(request);
    const { campaignId } = request.params;
    const campaign = await board.find(who, campaignId);
    if (!campaign) return reply.trouble(404, notFound);
    const [looked, counted] = await Promise.all([board.look([campaignId]), board.counts([campaignId])]);
    const found = { lines: looked.get(campaignId) ?? [], counts: counted.get(campaignId) ?? [] };
    const shown = showBoard(found, { voice, trusts: trustsOf(who), now: clock.now() });
    return reply.page("campaigns/board.njk", { campaign, ...shown, now: clock.now() });
  });

  web.get<OfCampaign>(`${base}/board/events`, { config }, async (request, reply) => {
    const who = signedIn(request);
    const { campaignId } = request.params;
    if (!(await board.find(who, campaignId))) return reply.trouble(404, notFound);
    if (hub.watching >= mostViewers)
      return reply.code(503).type("text/plain").send("Too many boards are open\n");
    const stream = new PassThrough();
    const endAt = clock.monotonicMs() + streamMs;
    let before = "";
    const tell = (found: Board) => {
      const shown = showBoard(found, { voice, trusts: trustsOf(who), now: clock.now() });
      const html = web.fragment("campaigns/board-rows.njk", { ...shown });
      if (html !== before) stream.write(`event: board\ndata: ${JSON.stringify(html)}\n\n`);
      before = html;
      if (clock.monotonicMs() >= endAt || stream.writableLength > mostWaitingBytes) stream.end();
    };
    stream.write("retry: 1000\n\n");
    const leave = hub.watch(campaignId, tell);
    stream.once("close", () => {
      leave();
      streams.delete(stream);
    });
    streams.add(stream);
    return reply
      .header("content-type", "text/event-stream; charset=utf-8")
      .header("cache-control", "no-store")
      .header("x-accel-buffering", "no")
      .send(stream);
  });

  web.get<OfCampaign>(`${base}/people`, { config }, async (request, reply) => {
    const who = signedIn(request);
    const { campaignId } = request.params;
    const campaign = await board.find(who, campaignId);
    const { after = null } = request.query;
    if (!campaign || (after !== null && !/^[0-9a-f-]{36}$/.test(after))) return reply.trouble(404, notFound);
    const status = statuses.find((word) => word === request.query.status) ?? null;
    const page = await board.people(who, campaignId, { status, after });
    return reply.page("campaigns/people.njk", { campaign, ...page, status, statuses, after });
  });
}
