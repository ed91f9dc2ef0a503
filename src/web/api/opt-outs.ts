import type { FastifyInstance } from "fastify";
import { readNhsNumber } from "#campaign/nhs-number.ts";
import { readPhone } from "#campaign/phone-number.ts";
import type { ApiParts } from "../ports.ts";
import { askerOf } from "./guard.ts";
import { Problem } from "./problems.ts";
import {
  flag,
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

const tags = ["Opt-outs"];
const optOut = object({
  id: id("The opt-out's id; the number or person is kept as a hash only"),
  scope: oneOf(
    ["number", "person", "pair"],
    "Who is not rung: whoever has the number, the person, or only both",
  ),
  source: oneOf(["key", "wrong_person", "ring_back", "staff", "import"], "Where it came from"),
  trust: text("Whose it is; it holds for all"),
  unit: text("Whose it is"),
  callId: orNull(id("The call in which it was asked for")),
  writtenAt: moment("Since when"),
  withdrawnAt: orNull(moment("Until when; null: it stands")),
});

const newOptOut = {
  ...object(
    {
      phone: text("A UK telephone number, as in a list", { maxLength: 40 }),
      nhsNumber: text("A person, whatever the telephone", { maxLength: 20 }),
      trust: text("`default` when not given", { minLength: 1, maxLength: 100, default: "default" }),
      unit: text("`default` when not given", { minLength: 1, maxLength: 100, default: "default" }),
    },
    [],
  ),
  description: "One of phone and nhsNumber",
};

interface NewOptOut {
  phone?: string;
  nhsNumber?: string;
  trust: string;
  unit: string;
}

export function optOutRoutes(web: FastifyInstance, { optOuts }: ApiParts): void {
  web.get<{ Querystring: PageQuery & { standing: boolean } }>("/opt-outs", {
    config: { scope: "read:opt-outs" },
    schema: {
      tags,
      summary: "Who is not to be rung; no number comes out",
      querystring: pageByIdQuery({ standing: flag("Without those withdrawn", { default: true }) }),
      response: { 200: page(optOut) },
    },
    handler: async ({ query }) => {
      const found = await optOuts.page({ standing: query.standing, ...pageOf(query) });
      return { items: found.items.map(withMoments), next: found.next };
    },
  });
  web.post<{ Body: NewOptOut }>("/opt-outs", {
    config: { scope: "write:opt-outs" },
    schema: {
      tags,
      summary: "Never ring this number, or this person, for a survey again",
      description: "201 where it is new, 200 with the one that stands where there is one already.",
      body: newOptOut,
      response: { 200: optOut, 201: optOut },
    },
    handler: async (request, reply) => {
      const { trust, unit } = request.body;
      const wanted = { who: readWho(request.body), trust, unit };
      const { optOut, isNew } = await optOuts.add(wanted, askerOf(request));
      return reply.code(isNew ? 201 : 200).send(withMoments(optOut));
    },
  });
  web.post<{ Params: { optOutId: string } }>("/opt-outs/:optOutId/withdraw", {
    config: { scope: "write:opt-outs" },
    schema: {
      tags,
      summary: "The number, or person, may be rung again",
      params: object({ optOutId: id("The opt-out's id") }),
      response: { 200: optOut },
    },
    handler: async (request) =>
      withMoments(await optOuts.withdraw(request.params.optOutId, askerOf(request))),
  });
}

/** @throws Problem `number-refused`, never repeating the number */
function readWho({ phone, nhsNumber }: NewOptOut): { phone: string } | { nhsNumber: string } {
  if ((phone === undefined) === (nhsNumber === undefined))
    throw new Problem("request-wrong", "Give one of phone and nhsNumber.");
  if (nhsNumber !== undefined) {
    const read = readNhsNumber(nhsNumber);
    if (read === null) throw new Problem("number-refused", "That is no NHS number.");
    return { nhsNumber: read };
  }
  const reading = readPhone(phone!);
  if (reading.kind === "refused") throw new Problem("number-refused", `${reading.fault}; ${reading.remedy}`);
  return { phone: reading.e164 };
}
