/** "/releases/draft/files": each file of the draft, what it changes for calls, its faults; a new flow; taking one out. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { checkWritten } from "#release/check-file.ts";
import { fileKind, isWritten } from "#release/file-kind.ts";
import { hashOf } from "#release/files.ts";
import type { Draft, ReleaseDesk } from "#release/ports.ts";
import type { RoomPages } from "../build-room.ts";
import type { RoomParts } from "../ports.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";
import { editAddress, filesAddress, savesAddress } from "./addresses.ts";
import { goesWith, newFlow } from "./new-flow.ts";
import { authorOf } from "./typed.ts";

type Named = { Body: { name?: string; title?: string; from?: string } | undefined };
interface OfPath {
  Querystring: { path?: string };
  Body: { path?: string; hash?: string | string[] } | undefined;
}

export const filesPages: RoomPages = async (web, parts) => {
  const config = { right: "telephony" } as const;
  const deskOf = (request: FastifyRequest) => parts.releases(signedIn(request));

  web.get<{ Querystring: { done?: string } }>(filesAddress, { config }, (request, reply) =>
    showFiles(parts, request, reply, { done: request.query.done ?? "" }),
  );

  web.post<Named>(`${filesAddress}/new-flow`, { config }, async (request, reply) => {
    const { name = "", title = "", from = "" } = request.body ?? {};
    const made = newFlow((await deskOf(request).draft()).files, { name, title, from });
    if (made.kind === "refused")
      return showFiles(parts, request, reply.code(400), { name, title, from, fault: made });
    const saves = made.files.map(([path, text]) => ({
      ...{ path, bytes: new TextEncoder().encode(text), expectedHash: null },
    }));
    const saved = await deskOf(request).saveFiles(saves, authorOf(signedIn(request)));
    if (saved.kind === "saved") return reply.redirect(`${editAddress(saves[0]!.path)}?done=made`, 303);
    const text = `There are files of a flow named ${name} already: choose another name`;
    return showFiles(parts, request, reply.code(409), { name, title, from, fault: { of: "name", text } });
  });

  web.get<OfPath>(`${filesAddress}/remove`, { config }, async (request, reply) => {
    const { files } = await deskOf(request).draft();
    const { path = "" } = request.query;
    if (!files.has(path)) return reply.trouble(404, notFound);
    const going = goesWith(files, path).map((one) => ({ path: one, hash: hashOf(files.get(one)!) }));
    return reply.page("draft/remove.njk", { path, going, back: editAddress(path) });
  });

  web.post<OfPath>(`${filesAddress}/remove`, { config }, async (request, reply) => {
    const { path = "", hash = [] } = request.body ?? {};
    const seen = [hash].flat();
    const { files } = await deskOf(request).draft();
    if (!files.has(path)) return reply.trouble(404, notFound);
    const saves = goesWith(files, path).map((one, i) => ({
      ...{ path: one, bytes: null, expectedHash: seen[i] ?? null },
    }));
    const saved = await deskOf(request).saveFiles(saves, authorOf(signedIn(request)));
    return reply.redirect(`${filesAddress}?done=${saved.kind === "saved" ? "removed" : "kept"}`, 303);
  });
};

const groups = [
  { kinds: ["flow", "test"], title: "Flows and their tests" },
  { kinds: ["words"], title: "The words of prompts" },
  { kinds: ["dialplan"], title: "Dialplans: Asterisk’s own files" },
  { kinds: ["trunks"], title: "Trunks and numbers" },
  { kinds: ["sound", "record"], title: "Sounds that differ" },
];

interface More {
  done?: string;
  name?: string;
  title?: string;
  from?: string;
  fault?: { of: string; text: string };
}

async function showFiles(parts: RoomParts, request: FastifyRequest, reply: FastifyReply, more: More) {
  const desk = parts.releases(signedIn(request));
  const draft = await desk.draft();
  const { live, rows } = await rowsOf(desk, draft);
  return reply.page("draft/files.njk", {
    ...{ done: "", ...more, live },
    groups: groups.map(({ kinds, title }) => ({
      title,
      rows: rows.filter(({ path }) => kinds.includes(fileKind(path))),
    })),
    flows: [...draft.files.keys()].flatMap((path) =>
      fileKind(path) === "flow" ? [path.slice("flows/".length, -".yaml".length)] : [],
    ),
  });
}

/** Against what new calls get; sounds only where they differ. */
async function rowsOf(desk: ReleaseDesk, draft: Draft) {
  const { live } = await desk.state();
  const differing = live === null ? draft.changes : ((await desk.diff(live, "draft")) ?? []);
  const kinds = new Map(differing.map(({ path, kind }) => [path, kind]));
  const faults = checkWritten(draft.files);
  const written = [...draft.files.keys()].filter(isWritten);
  const rows = [...new Set([...written, ...kinds.keys()])].sort().map((path) => {
    const saved = draft.changes.find((change) => change.path === path);
    return {
      ...{ path, kind: kinds.get(path) ?? "same", by: saved?.author ?? null, at: saved?.at ?? null },
      faults: faults.filter(({ file, level }) => file === path && level === "fault").length,
      edit: draft.files.has(path) ? editAddress(path) : null,
      saves: isWritten(path) ? savesAddress(path) : null,
    };
  });
  return { live, rows };
}
