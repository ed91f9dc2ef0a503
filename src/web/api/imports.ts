import type { FastifyInstance } from "fastify";
import type { Encoding } from "#campaign/csv-text.ts";
import type { ImportReport } from "#campaign/import-visits.ts";
import type { ApiParts } from "../ports.ts";
import { findCampaign } from "./campaigns.ts";
import { askerOf } from "./guard.ts";
import { Problem } from "./problems.ts";
import { count, flag, list, object, oneOf, text } from "./schemas.ts";
import { openUpload } from "./upload.ts";

const mostBytes = 64 * 1024 * 1024;
const stallMs = 15_000;
/** Each holds a connection to the database, and its campaign, until the list has come. */
const atOnce = 2;

const counts = {
  rows: count("Rows read, bad ones included"),
  added: count("New visits"),
  same: count("Visits that the campaign had already, with the same content"),
  stopped: count("Visits that were there already and are not called any more, as their rows want it"),
  ringing: count("Of these, visits whose telephone rings, or is answered, just now: that call is the last"),
  bad: count("Rows with a fault; with skipBad they were left out"),
  doNotCall: count("Good rows with a reason not to call: kept, never rung"),
  faultCount: count("Faults in all"),
  faults: list(
    object({
      line: count("The line on which the row begins; the header is line 1"),
      column: text("Empty where it is the whole row"),
      fault: text("What is wrong; never what was in the cell"),
      remedy: text("What to do about it"),
    }),
    "The first thousand",
  ),
};

interface ImportRoute {
  Params: { campaign: string };
  Querystring: { skipBad: boolean; encoding: Encoding; keep?: string };
  Body: AsyncIterable<Uint8Array>;
}

const schema = {
  tags: ["Imports"],
  summary: "Add a list of visits to a campaign",
  description:
    "All rows or none, unless skipBad is given; the same list twice changes nothing. One row a visit, with the columns " +
    "that README.md names. A visit that is there already is stopped by a row with a do_not_call_reason or a " +
    "visit_status. At most 64 MiB.",
  params: object({ campaign: text("The campaign's name", { minLength: 1, maxLength: 100 }) }),
  querystring: object(
    {
      skipBad: flag("Import the good rows and leave out the bad ones", { default: false }),
      encoding: { ...oneOf(["utf-8", "windows-1252"], "Of the list"), default: "utf-8" },
      keep: text("Columns to keep beside those that Hearback knows, with commas between", {
        maxLength: 1000,
      }),
    },
    [],
  ),
  body: { content: { "text/csv": { schema: {} } } },
  response: { 200: object(counts) },
};

export async function importRoutes(web: FastifyInstance, parts: ApiParts): Promise<void> {
  let underWay = 0;
  // In a plugin of its own: only here is a body handed over unread.
  web.removeAllContentTypeParsers();
  web.addContentTypeParser("text/csv", (_request, payload, done) => done(null, payload));
  // Before the idempotency key is looked at, which needs the hash of what comes.
  web.addHook("preValidation", async (request) => {
    const upload = openUpload(request.body as ImportRoute["Body"], {
      mostBytes,
      stallMs,
      clock: parts.clock,
    });
    request.body = upload.bytes;
    request.bodyHash = upload.hash;
  });
  web.post<ImportRoute>("/campaigns/:campaign/imports", {
    config: { scope: "write:imports" },
    schema,
    handler: async (request, reply) => {
      const { params, query, body } = request;
      const campaign = await findCampaign(parts, params.campaign);
      if (underWay >= atOnce) {
        reply.header("retry-after", "10");
        throw new Problem("imports-busy");
      }
      underWay += 1;
      try {
        const keep = query.keep ? query.keep.split(",").map((column) => column.trim()) : [];
        const { encoding, skipBad } = query;
        const list = { bytes: body, encoding, keep, skipBad };
        const report = await parts.imports.run(campaign, list, askerOf(request));
        if (report.kind === "refused") throw refusal(report);
        return report;
      } finally {
        underWay -= 1;
      }
    },
  });
}

function refusal({ kind: _, added: __, ...counted }: ImportReport): Problem {
  const { bad, rows } = counted;
  const detail = bad > 0 ? `${bad} of ${rows} rows are bad.` : "The list is faulty.";
  return new Problem("list-refused", detail, counted);
}
