/** The release that a campaign runs on: shown on its page, and chosen there. */
import type { FastifyInstance } from "fastify";
import type { SignedIn } from "#access/rights.ts";
import type { RoomParts } from "../ports.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";

type Choice = { Params: { campaignId: string }; Body: { release?: string } | undefined };

export const releaseOn = ({ campaigns }: RoomParts, who: SignedIn, campaignId: string) =>
  campaigns.release(who, campaignId);

export function releasePages(web: FastifyInstance, { campaigns }: RoomParts): void {
  const config = { right: "campaigns" } as const;
  web.post<Choice>("/campaigns/:campaignId/release", { config }, async (request, reply) => {
    const { campaignId } = request.params;
    const word = request.body?.release ?? "";
    if (word !== "live" && !/^[1-9]\d{0,8}$/.test(word)) return reply.trouble(404, notFound);
    const pinned = await campaigns.pin(signedIn(request), campaignId, word === "live" ? null : Number(word));
    if (!pinned) return reply.trouble(404, notFound);
    if (pinned.kind === "pinned") return reply.redirect(`/campaigns/${campaignId}?done=release`, 303);
    const found = await campaigns.standing(signedIn(request), campaignId);
    return reply
      .code(409)
      .page("campaigns/release-refused.njk", { campaign: found?.campaign, because: pinned.because, word });
  });
}
