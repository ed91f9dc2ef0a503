import type { FastifyInstance } from "fastify";
import type { ApiParts, Stopped } from "../ports.ts";
import { askerOf } from "./guard.ts";
import { flag, moment, object, orNull, text, withMoments } from "./schemas.ts";

const tags = ["Dialling"];
const dialling = object({
  stopped: flag("No call begins, of any campaign, on any machine"),
  at: orNull(moment("Since when")),
  by: orNull(text("Who stopped it")),
  because: orNull(text("Why")),
});

const standing = (stopped: Stopped | null) =>
  withMoments({ stopped: stopped !== null, ...(stopped ?? { at: null, by: null, because: null }) });

/** The switch that stops everything: calls going on come to their end, none begins. */
export function diallingRoutes(web: FastifyInstance, { dialling: stopSwitch }: ApiParts): void {
  web.get("/dialling", {
    config: { scope: "read:health" },
    schema: { tags, summary: "Whether calls may begin", response: { 200: dialling } },
    handler: async () => standing(await stopSwitch.stopped()),
  });
  web.post<{ Body: { because: string } }>("/dialling/stop", {
    config: { scope: "write:dialling" },
    schema: {
      tags,
      summary:
        "Begin no more calls from this instant, anywhere; where all is stopped already, that stop stands",
      body: object({ because: text("Why; no names of patients", { minLength: 1, maxLength: 500 }) }),
      response: { 200: dialling },
    },
    handler: async (request) => {
      const who = askerOf(request);
      const { because } = request.body;
      return standing(await stopSwitch.stop({ by: `token ${who.name}`, because }, who));
    },
  });
  web.post("/dialling/resume", {
    config: { scope: "write:dialling" },
    schema: { tags, summary: "Let calls begin again", response: { 200: dialling } },
    handler: async (request) => {
      const who = askerOf(request);
      await stopSwitch.resume({ by: `token ${who.name}` }, who);
      return standing(null);
    },
  });
}
