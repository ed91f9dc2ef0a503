/** A new campaign. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { SignedIn } from "#access/rights.ts";
import { nations } from "#campaign/holidays.ts";
import { AppError } from "#lib/errors.ts";
import type { RoomParts } from "../ports.ts";
import { signedIn } from "../who.ts";
import { emptyForm, type FieldFault, type Fields, readCampaignForm, weekdays } from "./campaign-form.ts";

export function createPages(web: FastifyInstance, { campaigns, voice }: RoomParts): void {
  const config = { right: "campaigns" } as const;
  const form = (request: FastifyRequest, reply: FastifyReply, fields: Fields, faults: FieldFault[]) =>
    reply.code(faults.length > 0 ? 422 : 200).page("campaigns/new.njk", {
      ...{ fields, weekdays, nations, trusts: trustsOf(signedIn(request)) },
      spokenNames: [...voice.prompts.ids]
        .filter((id) => id.startsWith("trust-"))
        .toSorted()
        .map((id) => ({ value: id, text: voice.prompts.words.get(id) ?? id })),
      languages: [
        { value: "", text: "None" },
        ...[...(voice.prompts.languages?.keys() ?? [])]
          .filter((tag) => tag !== voice.prompts.language)
          .map((tag) => ({ value: tag, text: languageNames.of(tag) ?? tag })),
      ],
      flows: [...voice.flows.values()].map(({ flow, title }) => ({ value: flow, text: title })),
      faults: faults.map(({ field, text }) => ({ text, href: `#${field}` })),
      // The first of each field stands beside it; all are in the summary.
      faultOf: Object.fromEntries(faults.toReversed().map(({ field, text }) => [field, { text }])),
    });

  web.get("/campaigns/new", { config }, async (request, reply) => {
    const trusts = trustsOf(signedIn(request));
    return form(request, reply, emptyForm(trusts.length === 1 ? trusts[0]! : ""), []);
  });

  web.post<{ Body: Fields }>("/campaigns", { config }, async (request, reply) => {
    const who = signedIn(request);
    const fields = onlyTexts(request.body);
    const { campaign, faults } = readCampaignForm(fields, { voice, trusts: trustsOf(who) });
    if (!campaign) return form(request, reply, fields, faults);
    try {
      const made = await campaigns.create(who, campaign);
      if (made) return reply.redirect(`/campaigns/${made.id}?done=made`, 303);
      return form(request, reply, fields, [{ field: "trust", text: "Select one of your trusts" }]);
    } catch (thrown) {
      if (!(thrown instanceof AppError && thrown.code === "campaign_exists")) throw thrown;
      const text = "There is a campaign of this name already: choose another";
      return form(request, reply, fields, [{ field: "name", text }]);
    }
  });
}

const languageNames = new Intl.DisplayNames("en-GB", { type: "language", languageDisplay: "standard" });

/** Those in which they are a coordinator. */
export const trustsOf = ({ grants }: Pick<SignedIn, "grants">): string[] => [
  ...new Set(grants.filter(({ role }) => role === "coordinator").map(({ trust }) => trust)),
];

/** A field that is sent twice counts once. */
const onlyTexts = (body: Record<string, unknown> | undefined): Fields =>
  Object.fromEntries(
    Object.entries(body ?? {}).map(([name, value]) => [name, String([value].flat()[0] ?? "")]),
  );
