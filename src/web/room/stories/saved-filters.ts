/** Ways of looking at the list, kept under a name: nobody's but the user's own. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { RoomParts } from "../ports.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";
import { filterPairs, filterQuery, isUuid, listPath, type Query, readFilter } from "./filter.ts";
import { chipsOf } from "./wording.ts";

const longestName = 60;
const config = { right: "stories" } as const;

type One = { Params: { id: string }; Body: { name?: string } | undefined };
type New = { Body: { name?: string; query?: string } | undefined };

/** What is wrong, beside the field that has it. */
interface Fault {
  /** Of which saved filter; null: of the new one. */
  id: string | null;
  text: string;
  typed: string;
}

export function savedFilterPages(web: FastifyInstance, { savedFilters }: RoomParts): void {
  async function show(request: FastifyRequest, reply: FastifyReply, fault: Fault | null, query = "") {
    const saved = await savedFilters.find(signedIn(request).userId);
    return reply.code(fault ? 422 : 200).page("stories/saved-filters.njk", {
      ...{
        fault,
        query,
        saved: saved.map((one) => ({ ...one, asks: asksOf(one.query) })),
        asks: asksOf(query),
      },
    });
  }

  web.get<{ Querystring: Query }>("/stories/filters", { config }, (request, reply) =>
    show(request, reply, null, filterQuery(readFilter(request.query))),
  );

  web.post<New>("/stories/filters", { config }, async (request, reply) => {
    const filter = readFilter(queryOf(request.body?.query ?? ""));
    const query = filterQuery(filter);
    const { name, fault } = readName(request.body?.name);
    if (fault) return show(request, reply, { id: null, text: fault, typed: name }, query);
    const done = await savedFilters.save(signedIn(request).userId, { name, query });
    if (done === "saved") return reply.redirect(listPath(filterPairs(filter)), 303);
    const text = "You have 50 saved filters. Remove one that you do not use first";
    return show(request, reply, { id: null, text, typed: name }, query);
  });

  web.post<One>("/stories/filters/:id/name", { config }, async (request, reply) => {
    const { id } = request.params;
    const { name, fault } = readName(request.body?.name);
    if (!isUuid(id)) return reply.trouble(404, notFound);
    if (fault) return show(request, reply, { id, text: fault, typed: name });
    const done = await savedFilters.rename(signedIn(request).userId, id, name);
    if (done === "unknown") return reply.trouble(404, notFound);
    if (done === "renamed") return reply.redirect("/stories/filters", 303);
    const text = "Another of your saved filters has this name. Choose a different one";
    return show(request, reply, { id, text, typed: name });
  });

  web.post<One>("/stories/filters/:id/remove", { config }, async (request, reply) => {
    if (!isUuid(request.params.id)) return reply.trouble(404, notFound);
    await savedFilters.remove(signedIn(request).userId, request.params.id);
    return reply.redirect("/stories/filters", 303);
  });
}

function readName(typed = ""): { name: string; fault: string | null } {
  const name = typed.replaceAll("\0", "").trim();
  if (name === "") return { name, fault: "Enter a name for the filter" };
  return {
    name,
    fault: name.length > longestName ? `The name must be ${longestName} characters or fewer` : null,
  };
}

function queryOf(text: string): Query {
  const query: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(text)) query[name] = [...(query[name] ?? []), value];
  return query;
}

/** E.g. "Rating: Poor, Ward: Ward 7". */
const asksOf = (query: string): string =>
  chipsOf(readFilter(queryOf(query)))
    .map(({ text }) => text)
    .join(", ");
