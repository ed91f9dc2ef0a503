/** "/dialplan": Asterisk's own files as a release holds them, to be read, with what the guard and the linter find. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Fault } from "#lib/fault.ts";
import { checkAsterisk } from "#release/check-files.ts";
import { dialplanDigest } from "#release/dialplan-in-force.ts";
import { fileKind } from "#release/file-kind.ts";
import { type ReleaseFiles, textOf } from "#release/files.ts";
import type { Place, ReleaseDesk } from "#release/ports.ts";
import type { RoomPages } from "../build-room.ts";
import { editAddress } from "../draft/addresses.ts";
import { shownFault } from "../draft/faults.ts";
import type { RoomParts } from "../ports.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";
import { nodeDialplans } from "./node-dialplans.ts";
import { ownership } from "./ownership.ts";

interface Asked {
  Params: { file?: string };
  Querystring: { release?: string };
}

const config = { right: "telephony" } as const;

export const dialplanPages: RoomPages = async (web, parts) => {
  web.get<Asked>("/dialplan", { config }, async (request, reply) => {
    const held = await heldFiles(parts, request);
    if (!held) return reply.trouble(404, notFound);
    const { files, desk, ...place } = held;
    const digest = dialplanDigest(files);
    const faults = checkAsterisk(files);
    return reply.page("dialplan/dialplan.njk", {
      ...place,
      groups: groupsOf(files, faults),
      serious: faults.filter(({ level }) => level === "fault").length,
      nodes: nodeDialplans(await nodeNames(parts), await parts.dialplans(), digest),
      drafted: (await desk.draft()).changes.filter(({ path }) => isAsterisk(path)),
    });
  });

  web.get<Asked>("/dialplan/:file", { config }, async (request, reply) => {
    const path = `asterisk/${request.params.file}`;
    const held = await heldFiles(parts, request);
    const text = held && isAsterisk(path) ? textOf(held.files, path) : null;
    return text === null ? reply.trouble(404, notFound) : showFile(reply, held!, path, text);
  });
};

interface Held {
  /** Null: none is live, and these are the draft's. */
  release: number | null;
  live: number | null;
  files: ReleaseFiles;
  desk: ReleaseDesk;
}

/** Of the release that is asked for; else of the live one. Null: there is no such release. */
async function heldFiles(parts: RoomParts, request: FastifyRequest<Asked>): Promise<Held | null> {
  const desk = parts.releases(signedIn(request));
  const { live } = await desk.state();
  const { release: asked } = request.query;
  if (asked !== undefined && !/^[1-9]\d{0,8}$/.test(asked)) return null;
  const release = asked === undefined ? live : Number(asked);
  const place: Place = release ?? "draft";
  const files = await desk.filesOf(place);
  return files && { release, live, files, desk };
}

const nodeNames = async ({ nodes }: RoomParts): Promise<string[]> =>
  (await nodes.look()).nodes.map(({ name }) => name);

const isAsterisk = (path: string): boolean => ["dialplan", "trunks"].includes(fileKind(path));

function groupsOf(files: ReleaseFiles, faults: readonly Fault[]) {
  const rows = [...files.keys()].filter(isAsterisk).map((path) => ({
    name: path.slice("asterisk/".length),
    faults: faults.filter(({ file, level }) => file === path && level === "fault").length,
    warnings: faults.filter(({ file, level }) => file === path && level === "warning").length,
    ...ownership(path),
  }));
  const own = rows.filter(({ place }) => place !== null).toSorted((a, b) => a.place! - b.place!);
  const others = rows.filter(({ place }) => place === null).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return [
    { title: "Yours to change", own: true, rows: own },
    { title: "The exchange’s own settings", own: false, rows: others },
  ];
}

/** All that is found before the text; what is found in a line, below that line too. */
function showFile(reply: FastifyReply, { files, release, live }: Held, path: string, text: string) {
  const found = checkAsterisk(files)
    .filter(({ file }) => file === path)
    .map((fault) => shownFault(fault, files));
  const lines = text.replace(/\n$/, "").split("\n");
  return reply.page("dialplan/file.njk", {
    ...{ name: path.slice("asterisk/".length), release, live, found, edit: editAddress(path), path },
    ...ownership(path),
    lines: lines.map((line, i) => ({
      ...{ number: i + 1, text: line },
      faults: found.filter((fault) => fault.line === i + 1),
    })),
  });
}
