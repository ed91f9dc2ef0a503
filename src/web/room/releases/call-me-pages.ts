/** "Call me now" on the draft's page, and "/releases/calls/ID": how such a call goes on, and what came of it. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { readFlows } from "#flow/check/check-flows.ts";
import type { ReleaseFiles } from "#release/files.ts";
import type { StaffCallState, StaffCallView } from "#release/staff-call.ts";
import type { RoomPages } from "../build-room.ts";
import { spokenIn } from "../flows/draft-files.ts";
import { wayWords } from "../flows/way-words.ts";
import type { RoomParts } from "../ports.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";

const config = { right: "telephony" } as const;

type Asked = { Body: Record<string, string> | undefined };
type OfCall = { Params: { call: string } };

const longestField = 200;
const fieldPrefix = "field-";
const recentCalls = 5;

const deskOf = ({ staffCalls }: RoomParts, request: FastifyRequest) => staffCalls(signedIn(request));

export const callMePages: RoomPages = async (web, parts) => {
  web.get("/releases/draft/call", { config }, (request, reply) => showForm(parts, request, reply, {}));

  web.post<Asked>("/releases/draft/call", { config }, async (request, reply) => {
    const typed = request.body ?? {};
    const { number = "", flow = "", language = "" } = typed;
    if (number === "")
      return showForm(parts, request, reply.code(400), { typed, fault: "Choose a telephone" });
    const { userId, name } = signedIn(request);
    const asked = await deskOf(parts, request).ask(
      { number, flow, language, place: "draft", fields: fieldsIn(typed) },
      { kind: "user", id: userId, name },
    );
    if (asked.kind === "asked") return reply.redirect(`/releases/calls/${asked.id}`, 303);
    return showForm(parts, request, reply.code(409), { typed, fault: `Not rung: ${asked.because}` });
  });

  web.get<OfCall>("/releases/calls/:call", { config }, async (request, reply) => {
    const call = await deskOf(parts, request).show(request.params.call);
    if (!call) return reply.trouble(404, notFound);
    return reply.page("releases/call.njk", { call: shownCall(call), at: parts.clock.now() });
  });

  /** The same for the page's script. */
  web.get<OfCall>("/releases/calls/:call/live", { config }, async (request, reply) => {
    const call = await deskOf(parts, request).show(request.params.call);
    if (!call) return reply.trouble(404, notFound);
    const html = web.fragment("releases/_call.njk", { call: shownCall(call) });
    return reply.header("cache-control", "no-store").type("text/html; charset=utf-8").send(html);
  });

  web.post<OfCall>("/releases/calls/:call/end", { config }, async (request, reply) => {
    const desk = deskOf(parts, request);
    const { call: id } = request.params;
    if (!(await desk.show(id))) return reply.trouble(404, notFound);
    const { userId, name } = signedIn(request);
    await desk.end(id, { kind: "user", id: userId, name });
    return reply.redirect(`/releases/calls/${id}`, 303);
  });
};

interface Typed {
  typed?: Record<string, string>;
  fault?: string;
}

async function showForm(parts: RoomParts, request: FastifyRequest, reply: FastifyReply, given: Typed) {
  const { files } = await parts.releases(signedIn(request)).draft();
  return reply.page("releases/call-me.njk", { callMe: await callMeForm(parts, request, files, given) });
}

/** What the form offers: the draft's flows, each with the fields of a visit that it speaks of. */
export async function callMeForm(
  parts: RoomParts,
  request: FastifyRequest,
  files: ReleaseFiles,
  { typed = {}, fault }: Typed = {},
) {
  const desk = deskOf(parts, request);
  const flows = [...readFlows(files).flows.values()];
  const { languages } = spokenIn(files, "en-GB");
  const fields = new Map<string, { name: string; kind: string; flows: string[] }>();
  for (const { flow, contact = {} } of flows)
    for (const [name, kind] of Object.entries(contact)) {
      const known = fields.get(name) ?? { name, kind, flows: [] };
      fields.set(name, { ...known, flows: [...known.flows, flow] });
    }
  return {
    ...{ numbers: desk.numbers, languages, typed, fault },
    flows: flows.map(({ flow, title }) => ({ flow, title })),
    fields: [...fields.values()].map((field) => ({
      ...{ ...field, input: `${fieldPrefix}${field.name}`, example: examples[field.kind] ?? "" },
    })),
    recent: (await desk.recent(recentCalls)).map(shownCall),
  };
}

const examples: Record<string, string> = {
  text: "a few words",
  number: "12",
  digits: "12345",
  date: "3/12/2026",
  time: "3/12/2026 10:30",
};

/** Those that were filled in. */
const fieldsIn = (typed: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(typed)
      .filter(([name, text]) => name.startsWith(fieldPrefix) && text.trim() !== "")
      .map(([name, text]) => [name.slice(fieldPrefix.length), text.trim().slice(0, longestField)]),
  );

const stateWords: Record<StaffCallState, string> = {
  asked: "Waiting for a line",
  dialling: "Dialling",
  ringing: "Ringing",
  live: "Answered",
  ended: "Over",
  refused: "Not rung",
};

const outcomeWords: Record<string, string> = {
  ended_by_us: "ended before it was answered",
  "instance-died": "the Hearback that made it stopped, and the call with it",
  unknown: "nobody can say what became of it",
};

function shownCall(call: StaffCallView) {
  const { id, state, shown, place, flow, language, by, askedAt, answeredAt, endedAt, endAsked } = call;
  const found = call.outcome && (outcomeWords[call.outcome] ?? call.outcome.replaceAll("_", " "));
  const outcome = found && `${found.charAt(0).toUpperCase()}${found.slice(1)}`;
  const sinceMs = (at: Date) => Math.max(0, at.getTime() - (answeredAt ?? askedAt).getTime());
  return {
    ...{ id, state, shown, place, flow, language, askedAt, answeredAt, endedAt, endAsked, outcome },
    ...{ words: stateWords[state], by: by.name ?? by.id, over: state === "ended" || state === "refused" },
    here: call.steps.at(-1)?.step ?? null,
    came: call.trail.length > 0 ? [] : call.steps.map(({ step, at }) => ({ step, ms: sinceMs(at) })),
    trail: call.trail.map(({ flow: of, step, enteredMs, leftMs, leftBy }) => ({
      ...{ step, enteredMs, leftMs },
      left: wayWords(null, { flow: of, step, on: leftBy }),
    })),
  };
}
