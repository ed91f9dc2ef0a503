/** "/governance/person": what is held of one person, a copy of it for them, and its erasure. */
import { readNhsNumber } from "#campaign/nhs-number.ts";
import { readPhone } from "#campaign/phone-number.ts";
import type { RoomPages } from "../build-room.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";

const right = { right: "governance" } as const;
const field = { type: "string", maxLength: 1_000 };
const askBody = { type: "object", properties: { _csrf: field, key: field, trust: field, reason: field } };
const eraseBody = { type: "object", properties: { _csrf: field, sure: field, neverCall: field } };
const params = { type: "object", properties: { id: { type: "string", format: "uuid" } } };

type Key = { phone: string } | { nhsNumber: string };

export const personPages: RoomPages = async (web, { governance }) => {
  const show = (values: object) => ({ faults: [], sent: {}, ...values });
  web.get("/governance/person", { config: right }, async (request, reply) => {
    const who = signedIn(request);
    const requests = await governance.requests(who);
    return reply.page("governance/person.njk", show({ requests, trusts: trustsOf(who.grants) }));
  });

  web.post<{ Body: { key?: string; trust?: string; reason?: string } }>(
    "/governance/person",
    { config: right, schema: { body: askBody } },
    async (request, reply) => {
      const who = signedIn(request);
      const { key = "", trust = "", reason = "" } = request.body;
      const found = keyOf(key);
      const faults = [
        ...("fault" in found ? [{ href: "#key", text: found.fault }] : []),
        ...(reason.trim().length < 3 ? [{ href: "#reason", text: "Say why, for the audit" }] : []),
        ...(trustsOf(who.grants).includes(trust)
          ? []
          : [{ href: "#trust", text: "Choose a trust of yours" }]),
      ];
      if (faults.length > 0 || "fault" in found) {
        const requests = await governance.requests(who);
        // What was typed is a person's: it is not shown again.
        const values = { requests, trusts: trustsOf(who.grants), faults, sent: { reason, trust } };
        return reply.code(422).page("governance/person.njk", show(values));
      }
      const id = await governance.askFor(who, { key: found, trust, reason: reason.trim() });
      return reply.redirect(`/governance/person/${id}`, 303);
    },
  );

  web.get<{ Params: { id: string } }>(
    "/governance/person/:id",
    { config: right, schema: { params } },
    async (request, reply) => {
      const found = await governance.request(signedIn(request), request.params.id);
      return found ? reply.page("governance/request.njk", show({ found })) : reply.trouble(404, notFound);
    },
  );

  web.post<{ Params: { id: string } }>(
    "/governance/person/:id/copy",
    { config: right, schema: { params } },
    async (request, reply) => {
      const zip = await governance.copy(signedIn(request), request.params.id);
      if (!zip) return reply.trouble(404, notFound);
      return reply
        .type("application/zip")
        .header("content-disposition", `attachment; filename="copy-${request.params.id}.zip"`)
        .send(Buffer.from(zip));
    },
  );

  web.post<{ Params: { id: string }; Body: { sure?: string; neverCall?: string } }>(
    "/governance/person/:id/erase",
    { config: right, schema: { params, body: eraseBody } },
    async (request, reply) => {
      const who = signedIn(request);
      const { id } = request.params;
      const { sure, neverCall } = request.body ?? {};
      if (sure !== "yes") {
        const found = await governance.request(who, id);
        if (!found) return reply.trouble(404, notFound);
        const faults = [
          { href: "#sure", text: "Tick the box to say that you are sure: nothing brings it back" },
        ];
        return reply.code(422).page("governance/request.njk", show({ found, faults }));
      }
      const done = await governance.erase(who, id, { neverCall: neverCall === "yes" });
      return done ? reply.redirect(`/governance/person/${id}`, 303) : reply.trouble(404, notFound);
    },
  );
};

const trustsOf = (grants: readonly { role: string; trust: string }[]): string[] =>
  [...new Set(grants.filter(({ role }) => role === "governance").map(({ trust }) => trust))].sort();

/** Ten digits that pass the NHS number's check are one; else it is read as a telephone number. */
function keyOf(raw: string): Key | { fault: string } {
  const nhsNumber = readNhsNumber(raw);
  if (nhsNumber) return { nhsNumber };
  const phone = readPhone(raw);
  if (phone.kind === "number") return { phone: phone.e164 };
  return { fault: "Enter a UK telephone number, or an NHS number of ten digits" };
}
