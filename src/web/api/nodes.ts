import type { FastifyInstance } from "fastify";
import type { ApiParts } from "../ports.ts";
import { readinessOf } from "../readiness.ts";
import { count, flag, list, moment, object, oneOf, orNull, text, withMoments } from "./schemas.ts";

const tags = ["Health"];
const node = object({
  name: text("As the settings call it"),
  entityId: orNull(text("Asterisk's own id; null before the first connection")),
  version: orNull(text("Asterisk's version")),
  ari: oneOf(
    ["connecting", "ready", "lost", "fenced", "stopped", "refused"],
    "Only when ready may calls be made",
  ),
  refusedBecause: orNull(text("Why it is refused, and what to do about it")),
  draining: flag("It is to have no new calls"),
  eased: flag("Its events come late, and it is given fewer calls"),
  ami: orNull(oneOf(["connected", "away"], "Null where it is not set up")),
  calls: orNull(count("Calls up there, whoever's they are")),
});
const job = object({
  task: text("What is done"),
  waiting: count("Still to be done"),
  failed: count("Given up"),
  oldestSeconds: orNull({ type: "number", description: "How long the oldest has waited" }),
});
const health = object({
  at: moment("When this was looked at"),
  ready: flag("As /readyz says"),
  checks: {
    type: "object",
    additionalProperties: { type: "string" },
    description: "What was looked at: ok, or what is wrong",
  },
  callsUnderWay: count("Calls of this Hearback's"),
  maxCalls: orNull(count("What HEARBACK_MAX_CALLS allows")),
  notDialling: orNull(text("Why no call is dialled just now")),
  jobs: orNull(list(job)),
});

export function healthRoutes(web: FastifyInstance, { vitals }: ApiParts): void {
  web.get("/nodes", {
    config: { scope: "read:health" },
    schema: { tags, summary: "The Asterisk nodes", response: { 200: object({ items: list(node) }) } },
    handler: async () => ({ items: (await vitals()).nodes }),
  });
  web.get("/health", {
    config: { scope: "read:health" },
    schema: { tags, summary: "How Hearback is", response: { 200: health } },
    handler: async () => {
      const signs = await vitals();
      const { database, callsUnderWay, maxCalls, notDialling, at } = signs;
      const jobs = database.kind === "there" ? (database.work?.jobs ?? null) : null;
      return withMoments({ at, ...readinessOf(signs), callsUnderWay, maxCalls, notDialling, jobs });
    },
  });
}
