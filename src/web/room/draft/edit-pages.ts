/**
 * A file of the draft changed as text, with its checks beside it, and what else fits: a flow's try-out, the flow tests.
 * All of it without a script too.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { isWritten } from "#release/file-kind.ts";
import { isReleasePath } from "#release/files.ts";
import type { Draft, ReleaseDesk } from "#release/ports.ts";
import type { RoomPages } from "../build-room.ts";
import { createDraftSource } from "../flows/draft-files.ts";
import type { RoomParts } from "../ports.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";
import { editAddress, filesAddress, savesAddress } from "./addresses.ts";
import { checkTyped, type Edited, editedFile, isEditable, type Refused, shownEditor } from "./editor.ts";
import { authorOf, bodyLimit, clean, save, type Typed, typedSchema } from "./typed.ts";

export interface OfFile {
  Params: { flow?: string; folder?: string; file?: string };
  Body: Typed | undefined;
  Querystring: { done?: string; line?: string; column?: string };
}
type Request = FastifyRequest<OfFile>;

const pathOf = ({ params: { flow, folder, file } }: Request): string =>
  flow === undefined ? `${folder}/${file}` : `flows/${flow}.yaml`;

export const editPages: RoomPages = async (web, parts) => {
  const config = { right: "telephony" } as const;
  const source = createDraftSource(parts.clock);
  const desk = (request: Request) => parts.releases(signedIn(request));
  const options = { config, bodyLimit, schema: typedSchema };

  for (const [edit, check] of [
    ["/flows/:flow/edit", "/flows/:flow/check"],
    [`${filesAddress}/:folder/:file`, `${filesAddress}/:folder/:file/check`],
  ] as const) {
    web.get<OfFile>(edit, { config }, async (request, reply) => {
      const path = pathOf(request);
      const draft = await source.fresh(desk(request));
      if (!(await isKnown(desk(request), draft, path))) return reply.trouble(404, notFound);
      if (!isEditable(draft.files, path)) return reply.redirect(savesAddress(path), 303);
      // A flow's own address, with the line that a fault led to.
      const address = editAddress(path);
      if (request.url.split("?")[0] !== address)
        return reply.redirect(request.url.replace(/^[^?]*/, address), 303);
      return show(parts, request, reply, editedFile(draft, path, null));
    });

    web.post<OfFile>(edit, options, async (request, reply) => {
      const path = pathOf(request);
      const draft = await source.fresh(desk(request));
      if (!(await isKnown(desk(request), draft, path))) return reply.trouble(404, notFound);
      const edited = editedFile(draft, path, clean(request.body?.text ?? ""));
      const { act = "check" } = request.body ?? {};
      if (edited.hash === null && act !== "save-over")
        return show(parts, request, reply, edited, await takenOut(desk(request), path));
      if (act === "undo") return undo(parts, request, reply, edited);
      if (act !== "save" && act !== "save-over") return show(parts, request, reply, edited);
      const saved = await save(desk(request), request, path);
      if (saved.kind === "saved") return reply.redirect(`${editAddress(path)}?done=saved`, 303);
      const theirs = saved.kind === "conflict" ? await desk(request).file("draft", path) : null;
      return show(parts, request, reply, edited, {
        ...saved,
        theirs: theirs && new TextDecoder().decode(theirs),
      });
    });

    /** For the editor's script, while somebody types. */
    web.post<OfFile>(check, options, async (request, reply) => {
      const path = pathOf(request);
      const draft = await source.recent(desk(request));
      if (!(await isKnown(desk(request), draft, path))) return reply.trouble(404, notFound);
      return reply.send(checkTyped(editedFile(draft, path, clean(request.body?.text ?? ""))));
    });
  }
};

/** Now, or once: whoever has a file open that somebody takes out goes on with what they typed. */
const isKnown = async (desk: ReleaseDesk, { files }: Draft, path: string): Promise<boolean> =>
  isEditable(files, path) ||
  (isReleasePath(path) && isWritten(path) && (await desk.versionsOf(path)).length > 0);

async function takenOut(desk: ReleaseDesk, path: string): Promise<Refused> {
  const [last] = await desk.versionsOf(path);
  const [by, at] = last && last.sha256 === null && !last.undone ? [last.author, last.at] : [null, null];
  return { kind: "conflict", path, hash: null, by, at, theirs: null };
}

/** Of the save that the page told, this file's part; what is typed and not saved yet would be lost by it, and so keeps it from happening. */
async function undo(parts: RoomParts, request: Request, reply: FastifyReply, edited: Edited) {
  const { path, text, saved } = edited;
  if (text !== clean(saved))
    return show(parts, request, reply, edited, {
      kind: "refused",
      because:
        "What you typed is not saved yet, and would be lost: save it first, or put back what was there",
    });
  const who = signedIn(request);
  const undone = await parts.releases(who).undo(request.body?.seen ?? "", authorOf(who), path);
  if (undone.kind !== "covered")
    return reply.redirect(
      `${editAddress(path)}?done=${undone.kind === "undone" ? "undone" : "nothing"}`,
      303,
    );
  const name = undone.by.name ?? "Somebody";
  return show(parts, request, reply, edited, {
    kind: "refused",
    because: `${name} saved ${undone.path} after that save: look at the earlier saves, and put back the one that you mean`,
  });
}

async function show(
  parts: RoomParts,
  request: Request,
  reply: FastifyReply,
  edited: Edited,
  refused: Refused | null = null,
) {
  const { body, query } = request;
  const values = await shownEditor(parts, edited, { typed: body ?? null, query, refused });
  return reply.code(refused ? 409 : 200).page("draft/edit.njk", values);
}
