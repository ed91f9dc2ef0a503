/** "/governance/retention": how long stories and names are kept, what goes today, and what goes soon. */
import type { RoomPages } from "../build-room.ts";
import { signedIn } from "../who.ts";

interface Sent {
  trust: string;
  storyDays?: string;
  personDays?: string;
  reason?: string;
}

const right = { right: "governance" } as const;
const mostDays = 36_500;
const field = { type: "string", maxLength: 1_000 };
const body = {
  type: "object",
  required: ["trust"],
  properties: { _csrf: field, trust: field, storyDays: field, personDays: field, reason: field },
};

export const retentionPages: RoomPages = async (web, { governance }) => {
  web.get("/governance/retention", { config: right }, async (request, reply) => {
    const trusts = await governance.retention(signedIn(request));
    return reply.page("governance/retention.njk", { trusts, faults: [] });
  });
  web.post<{ Body: Sent }>(
    "/governance/retention",
    { config: right, schema: { body } },
    async (request, reply) => {
      const who = signedIn(request);
      const { trust, storyDays = "", personDays = "", reason = "" } = request.body;
      const trusts = await governance.retention(who);
      const place = trusts.findIndex((each) => each.trust === trust) + 1;
      const faults = [
        ...daysFault(`storyDays-${place}`, storyDays, "stories"),
        ...daysFault(`personDays-${place}`, personDays, "names and numbers"),
        ...(reason.trim().length < 3 ? [{ href: `#reason-${place}`, text: "Say why, for the audit" }] : []),
      ];
      if (faults.length > 0) {
        return reply.code(422).page("governance/retention.njk", { trusts, faults, sent: request.body });
      }
      await governance.keepFor(
        who,
        { trust, storyDays: daysOf(storyDays), personDays: daysOf(personDays) },
        reason.trim(),
      );
      return reply.redirect("/governance/retention", 303);
    },
  );
};

const daysOf = (text: string): number | null => (text.trim() === "" ? null : Number(text));

function daysFault(name: string, text: string, what: string): { href: string; text: string }[] {
  const days = daysOf(text);
  if (days === null || (Number.isInteger(days) && days >= 1 && days <= mostDays)) return [];
  return [
    {
      href: `#${name}`,
      text: `Days to keep ${what} must be a whole number, 1 or more, or empty to keep them`,
    },
  ];
}
