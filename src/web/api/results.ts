import type { FastifyInstance } from "fastify";
import type { Disposition } from "#call/disposition.ts";
import type { ApiParts, ResultRecord } from "../ports.ts";
import { askerOf } from "./guard.ts";
import { Problem } from "./problems.ts";
import {
  count,
  disposition,
  flag,
  id,
  list,
  moment,
  object,
  oneOf,
  orNull,
  type PageQuery,
  pageOf,
  pageQuery,
  text,
  withMoments,
} from "./schemas.ts";

const tags = ["Results"];
/** The columns of survey_result, in its order; recording_uri, an address of ours only, becomes recordingPath. */
const result = object({
  visitId: id("The visit's id"),
  visitRef: text("The trust's own reference"),
  campaign: text("The campaign's name"),
  channel: oneOf(["voice"], "How it was asked"),
  disposition,
  attempts: count("Calls that rang, or may have"),
  answeredAt: orNull(moment("When the last answered call was answered")),
  rating: orNull({ type: "integer", description: "1 very good to 5 very poor, 6 don't know" }),
  ratingLabel: orNull(text("The rating in words")),
  storyId: orNull(id("The story's id")),
  storySeconds: orNull({ type: "number", description: "Its length" }),
  recordingPath: orNull(text("Where its audio is fetched")),
  transcript: orNull(text("Its words, as a machine heard them: untrusted text")),
  transcriptState: oneOf(["none", "waiting", "done", "no_words", "failed"], "How its words stand"),
  transcriptEngine: orNull(text("Whose words; (rough) means rehearsals only")),
  transcriptConfidence: orNull({ type: "number", description: "0 to 1" }),
  shareConsent: orNull(flag("May the words be shared without the name? Only where this is true")),
  callbackDue: orNull(moment("When a promised call is due")),
  updatedAt: moment("When anything in the row last changed"),
});

interface ResultQuery extends PageQuery {
  campaign?: string;
  disposition?: Disposition;
  since?: string;
}

export function resultRoutes(web: FastifyInstance, { results }: ApiParts): void {
  web.get<{ Querystring: ResultQuery }>("/results", {
    config: { scope: "read:results" },
    schema: {
      tags,
      summary: "What came of the visits, in the order in which it changed",
      description:
        "To stay up to date: read all pages, keep `settledUntil` of the first, and begin the next round with it as " +
        "`since`. A visit comes again whenever anything about it changes; the later row counts.",
      querystring: pageQuery({
        campaign: text("Of this campaign only", { minLength: 1, maxLength: 100 }),
        disposition,
        since: moment("Changed at or after this moment"),
      }),
      response: {
        200: object({
          items: list(result),
          next: orNull(text("To be given as `after`; null: nothing follows")),
          settledUntil: moment("Every change before this moment is in these pages"),
        }),
      },
    },
    handler: async (request) => {
      const { query } = request;
      const { campaign = null, disposition = null, since } = query;
      const filter = { campaign, disposition, since: since === undefined ? null : new Date(since) };
      const { items, next, settledUntil } = await results.page(
        { ...filter, ...pageOf(query) },
        askerOf(request),
      );
      return { items: items.map(shown), next, settledUntil: settledUntil.toISOString() };
    },
  });
  web.get<{ Params: { visitId: string } }>("/results/:visitId", {
    config: { scope: "read:results" },
    schema: {
      tags,
      summary: "What came of one visit",
      params: object({ visitId: id("The visit's id") }),
      response: { 200: result },
    },
    handler: async (request) => {
      const found = await results.find(request.params.visitId, askerOf(request));
      if (!found) throw new Problem("visit-missing");
      return shown(found);
    },
  });
}

function shown(row: ResultRecord): Record<string, unknown> {
  const named = Object.entries(withMoments(row)).map(([column, value]) => [camelCase(column), value]);
  const recordingPath = row.story_id === null ? null : `/api/v1/recordings/${row.story_id}`;
  return { ...Object.fromEntries(named), recordingPath };
}

const camelCase = (column: string): string =>
  column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
