import type { FastifyInstance } from "fastify";
import { type ApiParts, type VisitStatus, visitStatuses } from "../ports.ts";
import { findCampaign } from "./campaigns.ts";
import { askerOf } from "./guard.ts";
import { Problem } from "./problems.ts";
import {
  count,
  disposition,
  id,
  moment,
  object,
  oneOf,
  orNull,
  type PageQuery,
  page,
  pageByIdQuery,
  pageOf,
  text,
  withMoments,
} from "./schemas.ts";

const tags = ["Visits"];
const status = oneOf(visitStatuses, "Where it stands in the queue");
const visit = object({
  id: id("The visit's id"),
  visitRef: text("The trust's own reference"),
  campaign: text("The campaign's name"),
  status,
  disposition,
  attempts: count("Calls that rang, or may have"),
  notBefore: moment("While due, it is called from here on"),
  visitAt: orNull(moment("When the visit was")),
  site: orNull(text("As in the list")),
  ward: orNull(text("As in the list")),
  service: orNull(text("As in the list")),
  language: orNull(text("As in the list")),
  doNotCallReason: orNull(text("Why it is never called")),
  dataFault: orNull(text("wrong_person: the number is another person's; for the trust to correct")),
  createdAt: moment("When it was imported"),
  updatedAt: moment("When it last changed"),
});

const moves = {
  hold: "Do not call until released",
  release: "Call a held visit after all",
  withdraw: "Never call; a callback that was promised is withdrawn too",
} as const;

type Listing = { Params: { campaign: string }; Querystring: PageQuery & { status?: VisitStatus } };
type One = { Params: { visitId: string } };

export function visitRoutes(web: FastifyInstance, parts: ApiParts): void {
  const { visits } = parts;
  web.get<Listing>("/campaigns/:campaign/visits", {
    config: { scope: "read:visits" },
    schema: {
      tags,
      summary: "The visits of a campaign, in the order of import",
      params: object({ campaign: text("The campaign's name", { minLength: 1, maxLength: 100 }) }),
      querystring: pageByIdQuery({ status }),
      response: { 200: page(visit) },
    },
    handler: async ({ params, query }) => {
      const { id: campaignId } = await findCampaign(parts, params.campaign);
      const found = await visits.page({ campaignId, status: query.status ?? null, ...pageOf(query) });
      return { items: found.items.map(withMoments), next: found.next };
    },
  });
  const params = object({ visitId: id("The visit's id") });
  web.get<One>("/visits/:visitId", {
    config: { scope: "read:visits" },
    schema: { tags, summary: "One visit", params, response: { 200: visit } },
    handler: async ({ params }) => {
      const found = await visits.find(params.visitId);
      if (!found) throw new Problem("visit-missing");
      return withMoments(found);
    },
  });
  for (const [how, summary] of Object.entries(moves)) {
    web.post<One>(`/visits/:visitId/${how}`, {
      config: { scope: "write:visits" },
      schema: { tags, summary, params, response: { 200: visit } },
      handler: async (request) => {
        const who = askerOf(request);
        const { visitId } = request.params;
        return withMoments(await visits.move(visitId, how as keyof typeof moves, `token ${who.name}`, who));
      },
    });
  }
}
