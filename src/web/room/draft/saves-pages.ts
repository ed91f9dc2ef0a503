/** A file's earlier saves: who saved what when, what each changed, and any of them put back. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { isWritten } from "#release/file-kind.ts";
import { hashOf, isReleasePath } from "#release/files.ts";
import type { FileVersion, ReleaseDesk } from "#release/ports.ts";
import { textDiff } from "#release/text-diff.ts";
import type { RoomPages } from "../build-room.ts";
import type { RoomParts } from "../ports.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";
import { editAddress, filesAddress, savesAddress } from "./addresses.ts";
import { authorOf } from "./typed.ts";

interface OfFile {
  Params: { folder: string; file: string };
  Body: { seen?: string; version?: string } | undefined;
}

/** More are not shown at once; a file that is saved so often has releases between. */
const mostShown = 40;
const mostPieces = 20;

export const savesPages: RoomPages = async (web, parts) => {
  const config = { right: "telephony" } as const;
  const saves = `${filesAddress}/:folder/:file/saves`;

  /** For whoever knows the path only. */
  web.get<{ Querystring: { path?: string } }>(`${filesAddress}/saves`, { config }, async (request, reply) => {
    const { path = "" } = request.query;
    if (!isReleasePath(path)) return reply.trouble(404, notFound);
    return reply.redirect(isWritten(path) ? savesAddress(path) : editAddress(path), 303);
  });

  web.get<OfFile>(saves, { config }, (request, reply) => showSaves(parts, request, reply, false));

  web.post<OfFile>(saves, { config }, async (request, reply) => {
    const path = pathOf(request);
    const desk = parts.releases(signedIn(request));
    const { seen = "", version = "" } = request.body ?? {};
    const bytes = isReleasePath(path) && isWritten(path) ? await desk.versionOf(path, version) : null;
    if (!bytes) return reply.trouble(404, notFound);
    const saved = await desk.saveFile(
      { path, bytes, expectedHash: seen || null },
      authorOf(signedIn(request)),
    );
    return saved.kind === "saved"
      ? reply.redirect(`${editAddress(path)}?done=restored`, 303)
      : showSaves(parts, request, reply.code(409), true);
  });
};

const pathOf = ({ params: { folder, file } }: FastifyRequest<OfFile>): string => `${folder}/${file}`;

async function showSaves(
  parts: RoomParts,
  request: FastifyRequest<OfFile>,
  reply: FastifyReply,
  changedMeanwhile: boolean,
) {
  const path = pathOf(request);
  const desk = parts.releases(signedIn(request));
  if (!isReleasePath(path) || !isWritten(path)) return reply.trouble(404, notFound);
  const there = await desk.file("draft", path);
  const versions = await desk.versionsOf(path);
  if (!there && versions.length === 0) return reply.trouble(404, notFound);
  const hash = there && hashOf(there);
  return reply.page("draft/saves.njk", {
    ...{ path, changedMeanwhile, hash, edit: there && editAddress(path) },
    versions: await shownVersions(desk, path, versions, hash),
  });
}

/** Each beside what was there before it. */
async function shownVersions(
  desk: ReleaseDesk,
  path: string,
  versions: readonly FileVersion[],
  now: string | null,
) {
  const textAt = async (sha256: string | null | undefined) => {
    const bytes = sha256 ? await desk.versionOf(path, sha256) : null;
    return bytes && new TextDecoder().decode(bytes);
  };
  return Promise.all(
    versions.slice(0, mostShown).map(async (version, i) => {
      const before = versions.slice(i + 1).find(({ undone }) => !undone);
      const text = await textAt(version.sha256);
      const earlier = before ? await textAt(before.sha256) : null;
      return {
        ...{ ...version, text, isFirst: !before, isNow: version.sha256 === now && !version.undone },
        pieces: before && text !== null ? textDiff(earlier, text).slice(0, mostPieces) : [],
      };
    }),
  );
}
