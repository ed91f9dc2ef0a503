/** A flow changed as text, in the draft: its checks and a try-out beside it, all of it without a script too. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { SignedIn } from "#access/rights.ts";
import type { Fault } from "#lib/fault.ts";
import type { Author, ReleaseDesk, Saved } from "#release/ports.ts";
import type { RoomPages } from "../build-room.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";
import { completionsOf, createDraftSource, type EditedFlow, flowPath, readEdited } from "./draft-files.ts";
import { readActs, tryOut } from "./try-out.ts";
import { shownTry } from "./try-pages.ts";

interface Typed {
  text?: string;
  /** Of the file as it was when the page was opened. */
  hash?: string;
  /** Of the file that somebody else saved meanwhile, and that is to be overwritten. */
  theirs?: string;
  act?: "check" | "save" | "save-over" | "undo" | "try-again";
  press?: string;
  acts?: string;
}

type OfFlow = { Params: { flow: string }; Body: Typed | undefined; Querystring: { done?: string } };

/** Of a flow's file, and what a form makes of it. */
const bodyLimit = 1_048_576;
const word = { type: "string", maxLength: 200 };
const schema = {
  body: {
    type: ["object", "null"],
    properties: {
      text: { type: "string", maxLength: 300_000 },
      ...{ hash: word, theirs: word, act: word, press: word, acts: { type: "string", maxLength: 2_000 } },
    },
  },
};

export const authorOf = ({ userId, name }: SignedIn): Author => ({ kind: "user", id: userId, name });
/** As browsers send what was typed, with one line end at its end. */
const clean = (text: string): string => `${text.replace(/\r\n?/g, "\n").replace(/\n+$/, "")}\n`;

export const editPages: RoomPages = async (web, { releases, clock }) => {
  const config = { right: "telephony" } as const;
  const source = createDraftSource(clock);

  web.get<OfFlow>("/flows/:flow/edit", { config }, async (request, reply) => {
    const { flow } = request.params;
    const { files } = await source.fresh(releases(signedIn(request)));
    if (!files.has(flowPath(flow))) return reply.trouble(404, notFound);
    return show(request, reply, { edited: readEdited(files, flow, null), saved: null });
  });

  web.post<OfFlow>("/flows/:flow/edit", { config, bodyLimit, schema }, async (request, reply) => {
    const { flow } = request.params;
    const desk = releases(signedIn(request));
    const { files } = await source.fresh(desk);
    if (!files.has(flowPath(flow))) return reply.trouble(404, notFound);
    const { act = "check", text = "" } = request.body ?? {};
    if (act === "undo") {
      const undone = await desk.undo(authorOf(signedIn(request)));
      return reply.redirect(`/flows/${flow}/edit?done=${undone.length > 0 ? "undone" : "nothing"}`, 303);
    }
    const edited = readEdited(files, flow, clean(text));
    if (act !== "save" && act !== "save-over") return show(request, reply, { edited, saved: null });
    const saved = await save(desk, request, edited.text);
    if (saved.kind === "saved") return reply.redirect(`/flows/${flow}/edit?done=saved`, 303);
    const theirs = saved.kind === "conflict" ? await desk.file("draft", flowPath(flow)) : null;
    return show(request, reply, { edited, saved, theirs: theirs && new TextDecoder().decode(theirs) });
  });

  /** For the editor's script, while somebody types. */
  web.post<OfFlow>("/flows/:flow/check", { config, bodyLimit, schema }, async (request, reply) => {
    const { flow } = request.params;
    const { files } = await source.recent(releases(signedIn(request)));
    if (!files.has(flowPath(flow))) return reply.trouble(404, notFound);
    const edited = readEdited(files, flow, clean(request.body?.text ?? ""));
    return reply.send({ faults: edited.faults.map(inSentences), completions: completionsOf(edited) });
  });
};

/** With a capital and a full stop, where it has none of its own. */
const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? "" : "."}`;
const inSentences = (fault: Fault): Fault => ({
  ...fault,
  ...{ what: sentence(fault.what), instead: sentence(fault.instead) },
});

const save = (desk: ReleaseDesk, request: FastifyRequest<OfFlow>, text: string): Promise<Saved> => {
  const { hash = "", theirs = "", act } = request.body ?? {};
  const expectedHash = (act === "save-over" ? theirs : hash) || null;
  const path = flowPath(request.params.flow);
  return desk.saveFile(
    { path, bytes: new TextEncoder().encode(text), expectedHash },
    authorOf(signedIn(request)),
  );
};

interface Shown {
  edited: EditedFlow;
  saved: Exclude<Saved, { kind: "saved" }> | null;
  theirs?: string | null;
}

async function show(
  request: FastifyRequest<OfFlow>,
  reply: FastifyReply,
  { edited, saved, theirs = null }: Shown,
) {
  const { flow: name } = request.params;
  const { hash, press, acts: before, act } = request.body ?? {};
  const acts = act === "try-again" ? [] : readActs([before, press].filter(Boolean).join(","));
  const { flow, flows, faults, words } = edited;
  const tried = flow ? shownTry(await tryOut({ flow, flows, acts, language: "en-GB" }), words) : null;
  return reply.code(saved ? 409 : 200).page("flows/edit.njk", {
    ...{ flow: name, title: flow?.title ?? name, text: edited.text, saved, theirs, tried },
    hash: hash ?? edited.hash ?? "",
    faults: faults.map(inSentences),
    completions: JSON.stringify(completionsOf(edited)).replaceAll("<", "\\u003c"),
    done: request.query.done ?? "",
  });
}
