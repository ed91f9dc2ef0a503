/** All that a filter finds, as a file for a spreadsheet: for a reason, and told to the audit before its first line. */
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { csvLine } from "#campaign/rejects.ts";
import { ratingWords } from "../british.ts";
import type { RoomParts } from "../ports.ts";
import { signedIn } from "../who.ts";
import { filterQuery, type Query, readFilter } from "./filter.ts";
import type { TakenStory } from "./ports.ts";
import { chipsOf } from "./wording.ts";

const longestReason = 500;
const config = { right: "stories" } as const;

type Asked = { Querystring: Query };
type Sent = Asked & { Body: { reason?: string } | undefined };

export function exportPages(web: FastifyInstance, { stories, clock }: RoomParts): void {
  web.get<Asked>("/stories/export", { config }, (request, reply) => form(request, reply, null));

  web.post<Sent>("/stories/export", { config }, async (request, reply) => {
    const reason = (request.body?.reason ?? "").trim();
    const fault =
      reason === "" ? "Enter a reason" : `The reason must be ${longestReason} characters or fewer`;
    if (reason === "" || reason.length > longestReason) return form(request, reply, fault, reason);
    const { userId, name: userName } = signedIn(request);
    const batches = stories.taken({ userId, userName, filter: readFilter(request.query), reason });
    const lines = linesOf(batches);
    // The heading comes after the audit: what cannot be written there is not sent.
    const heading = await lines.next();
    const day = clock.now().toISOString().slice(0, 10);
    return reply
      .type("text/csv; charset=utf-8")
      .header("content-disposition", `attachment; filename="stories-${day}.csv"`)
      .send(Readable.from(withFirst(heading.value ?? "", lines), { objectMode: false }));
  });
}

function form(request: FastifyRequest<Asked>, reply: FastifyReply, fault: string | null, typed = "") {
  const filter = readFilter(request.query);
  return reply.code(fault ? 422 : 200).page("stories/export.njk", {
    ...{ fault, typed, query: filterQuery(filter), chips: chipsOf(filter) },
  });
}

const columns =
  "story_id,told_at,trust,unit,site,ward,service,channel,rating,rating_label,length_seconds,share_consent,words";

async function* linesOf(batches: AsyncGenerator<TakenStory[]>): AsyncGenerator<string> {
  let begun = false;
  for await (const stories of batches) {
    const text = stories.map(lineOf).join("");
    yield begun ? text : csvLine(columns.split(",")) + text;
    begun = true;
  }
  if (!begun) yield csvLine(columns.split(","));
}

async function* withFirst(first: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  try {
    yield first;
    yield* rest;
  } finally {
    // Also where whoever asked went away before the second.
    await rest.return(undefined);
  }
}

function lineOf(story: TakenStory): string {
  const { id, toldAt, trust, unit, site, ward, service, channel, rating, durationMs, consent, words } = story;
  const place = [trust, unit, site, ward, service, channel];
  const answer = [String(rating ?? ""), rating ? ratingWords(rating) : "", (durationMs / 1000).toFixed(1)];
  return csvLine([id, toldAt.toISOString(), ...place, ...answer, consent ? "yes" : "no", words ?? ""]);
}
