/** What is shown only to those who say why: a story's sound to governance, who told it to coordinators. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "#lib/errors.ts";
import type { RoomPages } from "../build-room.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";
import { isId } from "./audio.ts";
import { type Fields, isFault, textOf } from "./forms.ts";

interface Asked {
  Params: { id: string };
  Body: Fields;
}

const leastReason = 10;
const reasonOf = (fields: Fields) =>
  textOf(fields, "reason", { what: "Say why", least: leastReason, most: 1000 });

export const glassPages: RoomPages = async (web, { glass, listening }) => {
  const found = async (request: FastifyRequest<Asked>) =>
    isId(request.params.id) ? glass.story(signedIn(request), request.params.id) : null;

  web.get<Asked>("/glass/:id", { config: { right: "governance" } }, async (request, reply) => {
    const story = await found(request);
    return story ? reply.page("listening/glass.njk", { story }) : reply.trouble(404, notFound);
  });

  web.post<Asked>("/glass/:id", { config: { right: "governance" } }, async (request, reply) => {
    const story = await found(request);
    if (!story) return reply.trouble(404, notFound);
    const reason = reasonOf(request.body);
    if (isFault(reason))
      return reply.code(422).page("listening/glass.njk", { story, fault: reason, typed: request.body });
    const grant = await glass.hear(signedIn(request), story.storyId, reason).catch(tooMany(reply));
    if (grant === "answered") return reply;
    if (!grant) return reply.trouble(404, notFound);
    return reply.page("listening/glass.njk", { story, grant, src: `/listen/${grant.id}.wav` });
  });

  web.get<Asked>("/stories/:id/who", { config: { right: "stories" } }, async (request, reply) => {
    const story = await whose(request);
    return story ? reply.page("listening/who.njk", { story }) : reply.trouble(404, notFound);
  });

  web.post<Asked>("/stories/:id/who", { config: { right: "stories" } }, async (request, reply) => {
    const story = await whose(request);
    if (!story) return reply.trouble(404, notFound);
    const reason = reasonOf(request.body);
    if (isFault(reason))
      return reply.code(422).page("listening/who.njk", { story, fault: reason, typed: request.body });
    const person = await glass.person(signedIn(request), story.storyId, reason);
    return person ? reply.page("listening/who.njk", { story, person }) : reply.trouble(404, notFound);
  });

  /** Only what is theirs as coordinators of its trust; the database says so once more. */
  async function whose(request: FastifyRequest<Asked>) {
    const who = signedIn(request);
    const trusts = who.grants.filter(({ role }) => role === "coordinator").map(({ trust }) => trust);
    const story = isId(request.params.id) ? await listening.brief(who, request.params.id) : null;
    return story && trusts.includes(story.trust) ? story : null;
  }
};

const tooMany =
  (reply: FastifyReply) =>
  (thrown: unknown): "answered" => {
    if (!(thrown instanceof AppError && thrown.code === "too_many_grants")) throw thrown;
    reply.trouble(429, {
      title: "Too many stories at once",
      happened: "More stories were opened from your account than anybody can hear in that time.",
      next: "Wait a minute, then try again.",
    });
    return "answered";
  };
