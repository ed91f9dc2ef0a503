import type { FastifyInstance } from "fastify";
import type { Campaign } from "#campaign/campaign.ts";
import { parseSettings } from "#campaign/campaign-settings.ts";
import { maskNumber } from "#campaign/phone-number.ts";
import type { ApiParts, CampaignStanding } from "../ports.ts";
import { askerOf } from "./guard.ts";
import { Problem } from "./problems.ts";
import {
  count,
  flag,
  id,
  object,
  oneOf,
  type PageQuery,
  page,
  pageByIdQuery,
  pageOf,
  text,
} from "./schemas.ts";

const tags = ["Campaigns"];
const name = text("The campaign's name", { minLength: 1, maxLength: 100, pattern: "^[^/\\u0000-\\u001f]+$" });
const anySettings = { type: "object", additionalProperties: true };

const campaign = object({
  id: id("The campaign's id"),
  name,
  trust: text("The trust that the visits belong to"),
  unit: text("The part of the trust"),
  status: oneOf(["draft", "running", "paused", "stopped"], "Only a running campaign rings"),
  rehearsal: flag("Rings drama numbers only"),
  settings: { ...anySettings, description: "The manner of asking; telephone numbers masked" },
});

const standing = object({
  ...(campaign.properties as Record<string, object>),
  visits: count("Visits in all"),
  due: count("Still to be called, now or later"),
  calling: count("On the line now"),
  dispositions: {
    type: "object",
    additionalProperties: { type: "integer" },
    description: "How many visits stand how",
  },
});

const newCampaign = object(
  {
    name,
    trust: text("`default` when not given", { minLength: 1, maxLength: 100, default: "default" }),
    unit: text("`default` when not given", { minLength: 1, maxLength: 100, default: "default" }),
    rehearsal: flag("Ring drama numbers only", { default: false }),
    settings: {
      ...anySettings,
      description:
        "The manner of asking, e.g. callerNumber and spokenName; what is not given stands as by default",
    },
  },
  ["name", "settings"],
);

interface NewCampaignBody {
  name: string;
  trust: string;
  unit: string;
  rehearsal: boolean;
  settings: unknown;
}

const moves = { start: "running", pause: "paused", stop: "stopped" } as const;
const told = {
  start: "Let it ring within its calling hours",
  pause: "Begin no more calls; those going on come to their end",
  stop: "End it for good",
};

export function campaignRoutes(web: FastifyInstance, { campaigns }: ApiParts): void {
  web.get<{ Querystring: PageQuery }>("/campaigns", {
    config: { scope: "read:campaigns" },
    schema: {
      tags,
      summary: "All campaigns",
      querystring: pageByIdQuery(),
      response: { 200: page(campaign) },
    },
    handler: async ({ query }) => {
      const { items, next } = await campaigns.page(pageOf(query));
      return { items: items.map(shown), next };
    },
  });
  web.post<{ Body: NewCampaignBody }>("/campaigns", {
    config: { scope: "write:campaigns" },
    schema: {
      tags,
      summary: "Make a campaign, not yet started",
      body: newCampaign,
      response: { 201: campaign },
    },
    handler: async (request, reply) => {
      const { body } = request;
      const wanted = { ...body, settings: parseSettings(body.settings) };
      const made = await campaigns.create(wanted, askerOf(request));
      return reply
        .code(201)
        .header("location", `/api/v1/campaigns/${encodeURIComponent(made.name)}`)
        .send(shown(made));
    },
  });
  const params = object({ campaign: name });
  web.get<{ Params: { campaign: string } }>("/campaigns/:campaign", {
    config: { scope: "read:campaigns" },
    schema: { tags, summary: "How a campaign stands", params, response: { 200: standing } },
    handler: async ({ params }) => standingShown(await campaigns.standing(params.campaign)),
  });
  for (const [verb, to] of Object.entries(moves)) {
    web.post<{ Params: { campaign: string } }>(`/campaigns/:campaign/${verb}`, {
      config: { scope: "write:campaigns" },
      schema: { tags, summary: told[verb as keyof typeof moves], params, response: { 200: campaign } },
      handler: async (request) => shown(await campaigns.move(request.params.campaign, to, askerOf(request))),
    });
  }
}

/** @throws Problem `campaign-missing` */
export async function findCampaign(
  { campaigns }: Pick<ApiParts, "campaigns">,
  name: string,
): Promise<Campaign> {
  const found = await campaigns.find(name);
  if (!found) throw new Problem("campaign-missing");
  return found;
}

/** The numbers shown to patients, and those of staff, are no patient's; masked all the same, for no number comes out of here. */
function shown({ settings, ...rest }: Campaign): object {
  const masked = {
    callerNumber: maskNumber(settings.callerNumber),
    ringBackNumber: maskNumber(settings.ringBackNumber),
    transfers: Object.fromEntries(
      Object.entries(settings.transfers).map(([name, target]) => [
        name,
        { ...target, number: maskNumber(target.number) },
      ]),
    ),
  };
  return { ...rest, settings: { ...settings, ...masked } };
}

const standingShown = ({ campaign, visits, due, calling, dispositions }: CampaignStanding): object => ({
  ...shown(campaign),
  ...{ visits, due, calling, dispositions },
});
