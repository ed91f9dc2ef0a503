/** "/prompts/stand-ins": a machine says the draft's prompts that have no sound, or whose words changed. */
import type { FastifyInstance } from "fastify";
import type { RoomParts } from "../ports.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";

const config = { right: "telephony" } as const;
const page = "/prompts/stand-ins";

export function standInPages(web: FastifyInstance, { prompts, standIns }: RoomParts): void {
  web.get<{ Querystring: { done?: string } }>(page, { config }, async (request, reply) => {
    const manifest = (await prompts.draft(signedIn(request)))?.manifest;
    const job = standIns.latest();
    return reply.page("prompts/stand-ins.njk", {
      ...{ job, done: request.query.done ?? "", underWay: job?.endedAt === null },
      language: manifest?.languages.get(job?.language ?? "")?.name ?? job?.language,
    });
  });

  web.post<{ Body: { language?: string } | undefined }>(page, { config }, async (request, reply) => {
    const who = signedIn(request);
    const { language = "" } = request.body ?? {};
    const draft = await prompts.draft(who);
    if (!draft?.manifest.languages.has(language)) return reply.trouble(404, notFound);
    const ordered = standIns.order(language, { kind: "user", id: who.userId, name: who.name });
    return reply.redirect(ordered === "ordered" ? page : `${page}?done=under-way`, 303);
  });
}
