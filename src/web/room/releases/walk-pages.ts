/** The draft walked by pretend callers: asked for, followed and stopped here, and told of when it is over. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { isUnderWay, type WalkJob } from "#release/walk-jobs.ts";
import { readWalksReport, tellGoldenSums, tellWalkSums, type WalksReport } from "#release/walk-report.ts";
import type { RoomParts } from "../ports.ts";
import { signedIn } from "../who.ts";
import { authorOf, deskOf } from "./release-pages.ts";

const config = { right: "telephony" } as const;
const page = "/releases/draft/walk";

export async function walkPages(web: FastifyInstance, parts: RoomParts): Promise<void> {
  const orders = (request: FastifyRequest) => parts.walks(signedIn(request));

  web.get<{ Querystring: { done?: string } }>(page, { config }, async (request, reply) =>
    reply.page("releases/walk.njk", {
      ...{ ...(await shownWalk(parts, request)), done: request.query.done ?? "" },
    }),
  );

  /** The part of it that changes, for the page's script. */
  web.get(`${page}/now`, { config }, async (request, reply) =>
    reply
      .type("text/html; charset=utf-8")
      .send(web.fragment("releases/_walk-now.njk", { ...(await shownWalk(parts, request)) })),
  );

  web.post(page, { config }, async (request, reply) => {
    const ordered = await orders(request).order(authorOf(request));
    return reply.redirect(ordered === "ordered" ? page : `${page}?done=under-way`, 303);
  });

  web.post(`${page}/stop`, { config }, async (request, reply) => {
    const stopping = await orders(request).stop(authorOf(request));
    return reply.redirect(`${page}?done=${stopping ? "stop" : "over"}`, 303);
  });
}

export interface ShownWalk {
  job: WalkJob | null;
  underWay: boolean;
  /** Of exactly the files that the draft has now; null: these were not walked. */
  kept: { passed: boolean; at: Date; by: string; report: ShownReport | null } | null;
}

interface ShownReport extends WalksReport {
  sums: string;
  /** Null where none was made: the dialplan is the one that Hearback came with. */
  goldenSums: string | null;
  minutes: number;
  failed: WalksReport["walks"];
  again: WalksReport["walks"];
}

export async function shownWalk(parts: RoomParts, request: FastifyRequest): Promise<ShownWalk> {
  const job = await parts.walks(signedIn(request)).latest();
  const walked = await deskOf(parts, request).lastWalk();
  const report = walked && readWalksReport(walked.report);
  return {
    ...{ job, underWay: job !== null && isUnderWay(job) },
    kept: walked && {
      ...{ passed: walked.passed, at: walked.at, by: walked.by.name ?? walked.by.id },
      report: report && shownReport(report),
    },
  };
}

const shownReport = (report: WalksReport): ShownReport => ({
  ...report,
  sums: tellWalkSums(report),
  goldenSums: report.goldenCalls.length > 0 ? tellGoldenSums(report.goldenCalls) : null,
  minutes: Math.max(1, Math.round(report.durationMs / 60_000)),
  failed: report.walks.filter(({ passed }) => !passed),
  again: report.walks.filter(({ earlier }) => earlier.length > 0),
});
