/** The call page of one visit, the search that leads to it, what staff may do with it, and calls that were promised. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { may } from "#access/rights.ts";
import { promiseStanding } from "#campaign/promises.ts";
import { howItGoesOn, type TellOptions, whyInShort } from "#campaign/tell-visit.ts";
import type { VisitHistory } from "#campaign/visit-history.ts";
import { AppError } from "#lib/errors.ts";
import { britishMoment } from "../british.ts";
import type { RoomPages } from "../build-room.ts";
import { refuseOtherIds } from "../campaigns/campaign-pages.ts";
import { trustsOf } from "../campaigns/create-pages.ts";
import { readReason } from "../campaigns/reason.ts";
import type { RoomParts } from "../ports.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";
import type { CallRecord, StaffMove } from "./ports.ts";
import { timeLine } from "./time-line.ts";

type One = {
  Params: { visitId: string; how: string };
  Querystring: { done?: string };
  Body: { reason?: string };
};

const moves: readonly StaffMove[] = ["hold", "release", "withdraw", "retry"];
const promisesForMs = 7 * 24 * 60 * 60_000;

export const visitPages: RoomPages = async (web, parts) => {
  refuseOtherIds(web);
  const { visits, clock } = parts;

  web.get<{ Querystring: { ref?: string } }>(
    "/visits",
    { config: { right: "calls" } },
    async (request, reply) => {
      const ref = (request.query.ref ?? "").trim().slice(0, 200);
      const found = ref === "" || ref.includes("\0") ? [] : await visits.find(signedIn(request), ref);
      const [only, ...others] = found;
      if (only && others.length === 0) return reply.redirect(`/visits/${only.visitId}`, 303);
      return reply.page("visits/search.njk", { ref, found });
    },
  );

  web.get<One>("/visits/:visitId", { config: { right: "calls" } }, async (request, reply) => {
    const who = signedIn(request);
    const record = await visits.call(who, request.params.visitId);
    if (!record) return reply.trouble(404, notFound);
    return reply.page("visits/visit.njk", {
      ...pageOf(record, parts, request),
      done: request.query.done ?? null,
    });
  });

  const config = { right: "campaigns" } as const;
  web.get<One>("/visits/:visitId/:how", { config }, (request, reply) =>
    confirmPage(parts, request, reply, { reason: "", fault: null, status: 200 }),
  );

  web.post<One>("/visits/:visitId/:how", { config }, async (request, reply) => {
    const how = moves.find((word) => word === request.params.how);
    if (!how) return reply.trouble(404, notFound);
    const { reason, fault } = readReason(request.body?.reason);
    if (fault) return confirmPage(parts, request, reply, { reason, fault, status: 422 });
    const { visitId } = request.params;
    try {
      const moved = await visits.move(signedIn(request), visitId, { how, reason });
      return moved ? reply.redirect(`/visits/${visitId}?done=${how}`, 303) : reply.trouble(404, notFound);
    } catch (thrown) {
      if (!(thrown instanceof AppError && thrown.code.startsWith("visit_"))) throw thrown;
      return confirmPage(parts, request, reply, { reason, fault: thrown.message, status: 409 });
    }
  });

  web.get("/callbacks", { config }, async (request, reply) => {
    const now = clock.now();
    const found = await visits.promises(signedIn(request), new Date(now.getTime() - promisesForMs));
    const all = found.map((one) => ({
      ...one,
      standing: promiseStanding(one, now),
      minutes: minutesTo(one.due, now),
    }));
    const open = all.filter(({ state }) => state === "promised");
    const past = all.filter(({ state }) => state !== "promised").toReversed();
    const count = (state: string) => past.filter((one) => one.state === state).length;
    return reply.page("visits/callbacks.njk", { open, past, kept: count("kept"), broken: count("broken") });
  });
};

const minutesTo = (due: Date, now: Date): number => Math.round((due.getTime() - now.getTime()) / 60_000);

/** Times on this page are those that the people of a trust live by. */
const options = (now: Date): TellOptions => ({ now, say: britishMoment });

function pageOf(record: CallRecord, { voice, clock }: RoomParts, request: FastifyRequest) {
  const who = signedIn(request);
  const { history, trust } = record;
  const telling = options(clock.now());
  // A clinician is here because of a story: whose it was, its call does not say.
  const named = may(who, "campaigns") && trustsOf(who).includes(trust);
  return {
    ...{ history, named, short: whyInShort(history, telling) },
    next: howItGoesOn(history, telling).map((line) => line.replace(": hearback visit release", "")),
    lines: timeLine(record, { ...telling, voice, named }),
    moves: named ? movesOf(history) : [],
  };
}

/** What may be done with it as it stands. */
function movesOf({ status }: VisitHistory): StaffMove[] {
  if (status === "due") return ["retry", "hold", "withdraw"];
  if (status === "calling") return ["hold", "withdraw"];
  if (status === "held") return ["release", "withdraw"];
  return status === "done" ? ["retry"] : [];
}

async function confirmPage(
  parts: RoomParts,
  request: FastifyRequest<One>,
  reply: FastifyReply,
  { status, ...typed }: { reason: string; fault: string | null; status: number },
) {
  const { visitId } = request.params;
  const how = moves.find((word) => word === request.params.how);
  const record = how ? await parts.visits.call(signedIn(request), visitId) : null;
  const page = record && pageOf(record, parts, request);
  if (!page?.named) return reply.trouble(404, notFound);
  return reply.code(status).page("visits/move.njk", { ...page, ...typed, how });
}
