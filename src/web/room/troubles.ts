/** What went wrong, in words: what happened, and what to do next. Nothing of how it came about is shown. */
import type { FastifyInstance, FastifyReply } from "fastify";
import { AppError } from "#lib/errors.ts";
import type { RoomParts } from "./ports.ts";

export interface Trouble {
  title: string;
  happened: string;
  next: string;
}

declare module "fastify" {
  interface FastifyReply {
    trouble(status: number, trouble: Trouble): FastifyReply;
  }
}

export const notFound: Trouble = {
  title: "There is no such page",
  happened: "The address is mistyped or out of date, or what it showed is not yours to see.",
  next: "Check the address, or start again from the page that led you here.",
};

const known: Record<number, Trouble> = {
  403: {
    title: "This form is out of date",
    happened: "It was opened before you signed in, or too long ago. Nothing was changed.",
    next: "Go back, load the page again and send the form once more.",
  },
  404: notFound,
  413: {
    title: "That file is too large",
    happened: "What you sent is larger than this page takes. Nothing was changed.",
    next: "Split it into smaller files, or use the command “hearback import”.",
  },
  429: {
    title: "Too many tries",
    happened: "There were too many requests from you in a short time.",
    next: "Wait a minute, then try again.",
  },
};

const broken: Trouble = {
  title: "Sorry, there is a problem",
  happened: "Something is broken on our side. Whatever you saved before is kept.",
  next: "Try again in a few minutes. If it goes on, tell whoever runs Hearback in your trust.",
};

const refused: Trouble = {
  title: "That could not be understood",
  happened: "The address or the form had something in it that this page does not know. Nothing was changed.",
  next: "Go back and try again.",
};

export function tellTroubles(web: FastifyInstance, { logger }: RoomParts): void {
  web.decorateReply("trouble", function trouble(this: FastifyReply, status, { title, happened, next }) {
    return this.code(status).page("trouble.njk", { title, happened, next });
  });
  web.setNotFoundHandler(async (_request, reply) => reply.trouble(404, notFound));
  web.setErrorHandler<Error & { statusCode?: number }>(async (error, request, reply) => {
    const status = error.statusCode && error.statusCode < 500 ? error.statusCode : 500;
    if (status < 500) return reply.trouble(status, known[status] ?? refused);
    const code = error instanceof AppError ? error.code : error.name;
    logger.error({ route: request.routeOptions.url, code, error: error.message }, "a page failed");
    return reply.trouble(500, broken);
  });
}
