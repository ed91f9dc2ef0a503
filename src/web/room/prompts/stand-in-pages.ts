/** "/prompts/stand-ins": a machine says the draft's prompts that have no sound, or whose words changed; it can be stopped. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { authorOf } from "../draft/typed.ts";
import type { RoomParts } from "../ports.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";
import { unreadable } from "./unreadable.ts";

const config = { right: "telephony" } as const;
const page = "/prompts/stand-ins";

const by = (request: FastifyRequest) => authorOf(signedIn(request));

export function standInPages(web: FastifyInstance, { prompts, standIns, releases }: RoomParts): void {
  web.get<{ Querystring: { done?: string } }>(page, { config }, async (request, reply) => {
    const who = signedIn(request);
    const manifest = (await prompts.draft(who))?.manifest;
    const job = standIns.latest();
    const lastSave = job ? null : (await releases(who).draft()).lastSave;
    return reply.page("prompts/stand-ins.njk", {
      ...{ job, lastSave, done: request.query.done ?? "", underWay: job?.endedAt === null },
      language: manifest?.languages.get(job?.language ?? "")?.name ?? job?.language,
    });
  });

  web.post<{ Body: { language?: string } | undefined }>(page, { config }, async (request, reply) => {
    const { language = "" } = request.body ?? {};
    const draft = await prompts.draft(signedIn(request));
    if (!draft) return reply.trouble(409, unreadable);
    if (!draft.manifest.languages.has(language)) return reply.trouble(404, notFound);
    const ordered = standIns.order(language, by(request));
    return reply.redirect(ordered === "ordered" ? page : `${page}?done=under-way`, 303);
  });

  web.post(`${page}/stop`, { config }, async (request, reply) => {
    standIns.stop(by(request));
    return reply.redirect(page, 303);
  });
}
