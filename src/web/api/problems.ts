/** Every way in which the API says no, as RFC 9457 has it; the slugs are stable, and /docs explains each. */
import type { FastifyReply } from "fastify";
import { AppError } from "#lib/errors.ts";

interface About {
  status: number;
  title: string;
  /** What to do about it, for /docs. */
  remedy: string;
}

export const problems = {
  "token-missing": about(401, "A token is needed", "Send Authorization: Bearer with a token of ours."),
  "token-refused": about(401, "The token is not good", "It is unknown, expired or revoked: make another."),
  "scope-missing": about(403, "The token may not do this", "Make a token that has the scope named."),
  "too-many-requests": about(429, "Too many requests", "Wait for as many seconds as Retry-After says."),
  "request-wrong": about(400, "The request is wrong", "Put right what `detail` names."),
  "cursor-wrong": about(400, "No such page", "Give as `after` what `next` of the page before said."),
  "body-too-large": about(413, "The body is too large", "Split the list."),
  "type-unsupported": about(415, "This content type is not read here", "Send what /docs names."),
  "upload-stalled": about(408, "The upload stood still", "Send it again; nothing was kept of it."),
  "imports-busy": about(503, "Two imports are under way", "Wait for as many seconds as Retry-After says."),
  "route-missing": about(404, "There is no such address", "See /docs for what there is."),
  "campaign-missing": about(404, "There is no such campaign", "See the list of campaigns."),
  "campaign-exists": about(409, "There is a campaign of this name", "Choose another name."),
  "campaign-status": about(409, "The campaign cannot become this", "A stopped campaign never starts again."),
  "campaign-not-ready": about(409, "The campaign cannot start yet", "Put right what `detail` names."),
  "campaign-settings": about(422, "The campaign's settings are wrong", "Put right what `detail` names."),
  "list-refused": about(422, "Nothing was imported", "Mend the rows in `faults`, or give skipBad=true."),
  "visit-missing": about(404, "There is no such visit", "Ids are those of the list of visits."),
  "visit-status": about(409, "The visit cannot become this", "What is done or withdrawn stays so."),
  "visit-being-called": about(409, "The visit is being called", "Ask again when the call has ended."),
  "recording-missing": about(404, "There is no such recording", "It was deleted, or is not kept yet."),
  "range-unsatisfiable": about(416, "The range begins behind the end", "Content-Range tells the length."),
  "number-refused": about(
    422,
    "That is no number that is rung",
    "Give one UK number, or a right NHS number.",
  ),
  "opt-out-missing": about(404, "There is no such opt-out", "Ids are those of the list of opt-outs."),
  "key-reused": about(422, "This Idempotency-Key stood for another request", "Give each request its own."),
  "key-in-use": about(409, "The first request with this key is under way", "Ask again a little later."),
  unavailable: about(503, "Hearback cannot answer now", "The database is away: ask again later."),
  fault: about(500, "Something is broken", "The log tells what, under the moment of this answer."),
} satisfies Record<string, About>;

export type ProblemSlug = keyof typeof problems;

function about(status: number, title: string, remedy: string): About {
  return { status, title, remedy };
}

/** Thrown by a route. */
export class Problem extends Error {
  readonly slug: ProblemSlug;
  readonly more: Record<string, unknown>;
  /** @param more members beside RFC 9457's own; never a person's data */
  constructor(slug: ProblemSlug, detail?: string, more: Record<string, unknown> = {}) {
    super(detail ?? problems[slug].remedy);
    this.slug = slug;
    this.more = more;
  }
}

/** Codes of ours whose messages are made for people and carry ids only. */
const told: Record<string, ProblemSlug> = {
  campaign_missing: "campaign-missing",
  campaign_exists: "campaign-exists",
  campaign_status: "campaign-status",
  campaign_not_ready: "campaign-not-ready",
  campaign_settings: "campaign-settings",
  campaign_settings_wrong: "campaign-settings",
  visit_missing: "visit-missing",
  visit_status: "visit-status",
  visit_being_called: "visit-being-called",
  opt_out_missing: "opt-out-missing",
  cursor_wrong: "cursor-wrong",
  upload_too_large: "body-too-large",
  upload_stalled: "upload-stalled",
};

/** Fastify's own refusals by status, node-postgres' and the system's by code: their texts are not passed on. */
const byStatus: Record<number, ProblemSlug> = {
  400: "request-wrong",
  404: "route-missing",
  408: "upload-stalled",
  413: "body-too-large",
  415: "type-unsupported",
};
const databaseAway = /^(ECONN\w+|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|EPIPE|08\w{3}|57P0[123]|53300)$/;

type Thrown = Error & { statusCode?: number; code?: unknown; validation?: unknown };

export function problemOf(thrown: Thrown): Problem {
  if (thrown instanceof Problem) return thrown;
  const slug = thrown instanceof AppError ? told[thrown.code] : undefined;
  if (slug) return new Problem(slug, thrown.message);
  // Ajv's texts name the place and the rule, never what was there.
  if (thrown.validation) return new Problem("request-wrong", thrown.message);
  const refused = byStatus[thrown.statusCode ?? 0];
  if (refused) return new Problem(refused);
  return new Problem(databaseAway.test(String(thrown.code)) ? "unavailable" : "fault");
}

/** RFC 9457; `type` is an address at which the problem is explained. */
export function sendProblem(reply: FastifyReply, { slug, message, more }: Problem): FastifyReply {
  const { status, title } = problems[slug];
  const body = { type: `/docs#${slug}`, title, status, detail: message, ...more };
  return reply.code(status).type("application/problem+json").send(JSON.stringify(body));
}
