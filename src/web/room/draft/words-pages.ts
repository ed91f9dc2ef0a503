/** "/prompts/words/ID": what one prompt says, in each language, and how the speaker is to say it; and a new prompt. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { type PromptWords, withWords, wordsHash, wordsIn } from "#prompts/edit-words.ts";
import { type Manifest, manifestPath, readManifest } from "#prompts/manifest.ts";
import { checkFile } from "#release/check-file.ts";
import { hashOf, type ReleaseFiles, textOf } from "#release/files.ts";
import type { ReleaseDesk, Saved } from "#release/ports.ts";
import type { RoomPages } from "../build-room.ts";
import type { RoomParts } from "../ports.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";
import { editAddress, mendingOf, wordsAddress } from "./addresses.ts";
import { shownFault } from "./faults.ts";
import { authorOf } from "./typed.ts";

type Typed = Record<string, string | undefined>;
interface OfPrompt {
  Params: { id: string };
  Body: Typed | undefined;
  Querystring: { done?: string };
}

const base = wordsAddress(":id");
const promptId = /^[a-z0-9-]{1,64}$/;

export const wordsPages: RoomPages = async (web, parts) => {
  const config = { right: "telephony" } as const;
  const text = { type: "string", maxLength: 4_000 };
  const schema = { body: { type: ["object", "null"], additionalProperties: text } };

  web.get<OfPrompt>(base, { config }, (request, reply) => show(parts, request, reply, request.params.id, {}));

  web.post<OfPrompt>(base, { config, schema }, async (request, reply) => {
    const { id } = request.params;
    const desk = parts.releases(signedIn(request));
    const { files } = await desk.draft();
    const { manifest } = readManifest(files);
    const { seen = "", theirs = "", act } = request.body ?? {};
    const there = manifest ? hashIn(manifest, id) : seen;
    // Whoever has the page open when somebody takes the prompt out loses nothing that they typed.
    if (there === "" && (seen === "" || !promptId.test(id))) return reply.trouble(404, notFound);
    if (!manifest) return showUnreadable(request, reply, files);
    const typed = typedWords(request.body ?? {}, manifest);
    if ((act === "save-over" ? theirs : seen) !== there)
      return show(parts, request, reply, id, { typed, isConflict: true });
    if (typed.texts.size === 0) return show(parts, request, reply, id, { typed, isEmpty: true });
    const saved = await save(desk, request, files, id, typed);
    return saved.kind === "saved"
      ? reply.redirect(`${wordsAddress(id)}?done=saved`, 303)
      : show(parts, request, reply, id, { typed, isConflict: true });
  });

  web.post<OfPrompt>("/prompts/words", { config, schema }, async (request, reply) => {
    const { id = "" } = request.body ?? {};
    const desk = parts.releases(signedIn(request));
    const { files } = await desk.draft();
    const { manifest } = readManifest(files);
    if (!manifest) return reply.redirect(editAddress(manifestPath), 303);
    if (manifest.prompts.has(id)) return reply.redirect(wordsAddress(id), 303);
    if (!promptId.test(id)) return reply.redirect("/prompts?wrong=id#new", 303);
    const first = [...manifest.languages.keys()][0] ?? "en-GB";
    const saved = await save(desk, request, files, id, { texts: new Map([[first, ""]]), notes: null });
    const done = saved.kind === "saved" ? "added" : "again";
    return reply.redirect(
      done === "added" ? `${wordsAddress(id)}?done=added` : "/prompts?wrong=again#new",
      303,
    );
  });
};

/** "": it has no such prompt. */
const hashIn = (manifest: Manifest, id: string): string =>
  manifest.prompts.has(id) ? wordsHash(wordsIn(manifest, id)) : "";

/** As a browser sends them: line ends mean nothing in what is said. */
const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

function typedWords(body: Typed, { languages }: Manifest): PromptWords {
  const texts = [...languages.keys()].flatMap((tag): [string, string][] => {
    const text = oneLine(body[`text-${tag}`] ?? "");
    return text === "" ? [] : [[tag, text]];
  });
  return { texts: new Map(texts), notes: oneLine(body.notes ?? "") || null };
}

const save = (
  desk: ReleaseDesk,
  request: FastifyRequest,
  files: ReleaseFiles,
  id: string,
  words: PromptWords,
): Promise<Saved> => {
  const text = withWords(textOf(files, manifestPath) ?? "", id, words);
  const there = files.get(manifestPath);
  return desk.saveFile(
    { path: manifestPath, bytes: new TextEncoder().encode(text), expectedHash: there ? hashOf(there) : null },
    authorOf(signedIn(request)),
  );
};

/** Somebody saved a fault into the list meanwhile: what was typed stays on the page until the fault is mended. */
function showUnreadable(request: FastifyRequest<OfPrompt>, reply: FastifyReply, files: ReleaseFiles) {
  const { seen, notes, ...body } = request.body ?? {};
  const languages = Object.entries(body).flatMap(([field, text]) => {
    const tag = /^text-([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)$/.exec(field)?.[1];
    return tag === undefined ? [] : [{ tag, name: tag, text }];
  });
  return reply.code(409).page("draft/words.njk", {
    ...{ id: request.params.id, isUnreadable: true, seen, notes, languages },
    faults: readManifest(files).faults.map((fault) => shownFault(fault, files)),
  });
}

interface Told {
  typed?: PromptWords;
  /** Somebody else changed these words meanwhile. */
  isConflict?: boolean;
  /** It would say nothing in any language. */
  isEmpty?: boolean;
}

async function show(
  parts: RoomParts,
  request: FastifyRequest<OfPrompt>,
  reply: FastifyReply,
  id: string,
  { typed, isConflict = false, isEmpty = false }: Told,
) {
  const { files, changes } = await parts.releases(signedIn(request)).draft();
  const { manifest } = readManifest(files);
  if (!manifest) return reply.redirect(editAddress(manifestPath), 303);
  const there = manifest.prompts.has(id) ? wordsIn(manifest, id) : null;
  const shown = typed ?? there;
  if (!shown) return reply.trouble(404, notFound);
  return reply.code(isConflict ? 409 : isEmpty ? 400 : 200).page("draft/words.njk", {
    ...{ id, isConflict, isEmpty, done: request.query.done ?? "", notes: shown.notes },
    change: changes.find(({ path }) => path === manifestPath) ?? null,
    seen: request.body?.seen ?? hashIn(manifest, id),
    theirs: isConflict && there ? { hash: wordsHash(there), ...there, texts: [...there.texts] } : null,
    languages: [...manifest.languages.values()].map(({ tag, name }) => ({
      ...{ tag, name, text: shown.texts.get(tag) ?? "" },
    })),
    faults: checkFile(files, manifestPath)
      .filter((fault) => mendingOf(fault, files).href === wordsAddress(id))
      .map((fault) => shownFault(fault, files)),
  });
}
