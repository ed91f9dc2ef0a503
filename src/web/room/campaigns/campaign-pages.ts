/** Campaigns: the list, one of them with its moves, and the switch that stops all dialling. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { cannotSay } from "#call/cannot-say.ts";
import { nextSpan } from "#campaign/calling-hours.ts";
import type { Campaign, CampaignSettings } from "#campaign/campaign.ts";
import { startFaults } from "#campaign/campaign-settings.ts";
import { readPhone } from "#campaign/phone-number.ts";
import { targetName } from "#campaign/transfers.ts";
import { AppError } from "#lib/errors.ts";
import type { RoomPages } from "../build-room.ts";
import type { RoomParts } from "../ports.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";
import { boardPages } from "./board-pages.ts";
import { createPages } from "./create-pages.ts";
import { diallingPages } from "./dialling-pages.ts";
import { hoursInWords } from "./hours.ts";
import { listPages } from "./list-pages.ts";
import { peopleBehind } from "./people-behind.ts";
import { readReason } from "./reason.ts";
import { releaseOn, releasePages } from "./release-pages.ts";

type One = {
  Params: { campaignId: string };
  Querystring: { done?: string };
  Body: { reason?: string; name?: string; number?: string };
};

export const campaignPages: RoomPages = async (web, parts) => {
  refuseOtherIds(web);
  createPages(web, parts);
  diallingPages(web, parts);
  await listPages(web, parts);
  boardPages(web, parts);
  releasePages(web, parts);
  const { campaigns, clock } = parts;
  const config = { right: "campaigns" } as const;

  web.get("/campaigns", { config }, async (request, reply) => {
    const who = signedIn(request);
    const now = clock.now();
    const [found, stopped] = await Promise.all([campaigns.list(who), campaigns.stopped(who)]);
    const lines = found.map((line) => ({ ...line, opens: opens(line.campaign, now) }));
    return reply.page("campaigns/list.njk", { lines, stopped });
  });

  web.get<One>("/campaigns/:campaignId", { config }, (request, reply) =>
    campaignPage(parts, request, reply, { done: request.query.done ?? null, fault: null }),
  );

  for (const [verb, to] of [
    ["start", "running"],
    ["pause", "paused"],
  ] as const)
    web.post<One>(`/campaigns/:campaignId/${verb}`, { config }, (request, reply) =>
      moving(parts, request, reply, { to, reason: null }),
    );

  web.post<One>("/campaigns/:campaignId/people-behind", { config }, (request, reply) =>
    numberGiven(parts, request, reply),
  );

  web.get<One>("/campaigns/:campaignId/stop", { config }, (request, reply) =>
    stopPage(parts, request, reply, { reason: "", fault: null }),
  );

  web.post<One>("/campaigns/:campaignId/stop", { config }, async (request, reply) => {
    const { reason, fault } = readReason(request.body?.reason);
    if (fault) return stopPage(parts, request, reply, { reason, fault });
    return moving(parts, request, reply, { to: "stopped", reason });
  });
};

/** What is no id names nothing. */
export function refuseOtherIds(web: FastifyInstance): void {
  web.addHook<{ Params: Record<string, string> | undefined }>("preHandler", async ({ params }, reply) => {
    const ids = Object.entries(params ?? {}).filter(([name]) => name.endsWith("Id"));
    if (ids.some(([, id]) => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)))
      return reply.trouble(404, notFound);
  });
}

type OfOne = FastifyRequest<One>;

async function campaignPage(
  parts: RoomParts,
  request: OfOne,
  reply: FastifyReply,
  { done, fault }: { done: string | null; fault: string | null },
) {
  const who = signedIn(request);
  const found = await parts.campaigns.standing(who, request.params.campaignId);
  if (!found) return reply.trouble(404, notFound);
  const { campaign } = found;
  return reply.code(fault ? 409 : 200).page("campaigns/campaign.njk", {
    ...{ ...found, done, fault, stopped: await parts.campaigns.stopped(who) },
    ...{ opens: opens(campaign, parts.clock.now()), hours: hoursInWords(campaign.settings.callingHours) },
    notReady: notReady(parts, campaign),
    people: peopleBehind(campaign.settings),
    release: await releaseOn(parts, who, campaign.id),
  });
}

/** A number for somebody whom the flow names: what was wrong is told in place of the page's news, and not repeated. */
async function numberGiven(parts: RoomParts, request: OfOne, reply: FastifyReply) {
  const { campaignId } = request.params;
  const name = (request.body?.name ?? "").trim();
  const reading = readPhone(request.body?.number ?? "");
  const refused = (fault: string) => campaignPage(parts, request, reply, { done: null, fault });
  if (!targetName.test(name))
    return refused("The name must be as the flow has it, such as ward-desk: a to z, 0 to 9 and hyphens only");
  if (reading.kind === "refused") return refused(`The number was not taken: ${reading.fault}`);
  try {
    const set = await parts.campaigns.setTransfer(signedIn(request), campaignId, name, {
      number: reading.e164,
    });
    if (!set) return reply.trouble(404, notFound);
  } catch (thrown) {
    if (!(thrown instanceof AppError && thrown.code === "number_refused")) throw thrown;
    return refused(thrown.message);
  }
  return reply.redirect(`/campaigns/${campaignId}?done=number`, 303);
}

async function stopPage(
  { campaigns }: RoomParts,
  request: OfOne,
  reply: FastifyReply,
  typed: { reason: string; fault: string | null },
) {
  const found = await campaigns.standing(signedIn(request), request.params.campaignId);
  if (!found) return reply.trouble(404, notFound);
  return reply.code(typed.fault ? 422 : 200).page("campaigns/stop.njk", { ...found, ...typed });
}

async function moving(
  parts: RoomParts,
  request: OfOne,
  reply: FastifyReply,
  move: { to: "running" | "paused" | "stopped"; reason: string | null },
) {
  const { campaignId } = request.params;
  const who = signedIn(request);
  try {
    if (move.to === "running") {
      const found = await parts.campaigns.standing(who, campaignId);
      const [fault] = found ? notReady(parts, found.campaign) : [];
      if (fault) return campaignPage(parts, request, reply, { done: null, fault });
    }
    const moved = await parts.campaigns.move(who, campaignId, move);
    if (!moved) return reply.trouble(404, notFound);
    return reply.redirect(`/campaigns/${campaignId}?done=${moved.status}`, 303);
  } catch (thrown) {
    if (!(thrown instanceof AppError && ["campaign_status", "campaign_not_ready"].includes(thrown.code)))
      throw thrown;
    return campaignPage(parts, request, reply, { done: null, fault: thrown.message });
  }
}

/** Why it may not start, a sentence each; one with a release of its own was looked at with that when it was chosen. */
const notReady = ({ voice }: Pick<RoomParts, "voice">, campaign: Campaign): string[] => [
  ...startFaults(campaign, { toldOn: "page" }),
  ...(campaign.release
    ? []
    : cannotSay(campaign.settings, voice, {
        ...{ forPatients: !campaign.rehearsal, toldOn: "page", campaign: campaign.name },
      })),
];

/** When its telephones may ring: now until then, or next from then on; null: not within three weeks. */
function opens({ settings }: { settings: CampaignSettings | null }, now: Date) {
  const span = settings && nextSpan(settings.callingHours, now);
  return span && { now: span.from <= now, ...span };
}
