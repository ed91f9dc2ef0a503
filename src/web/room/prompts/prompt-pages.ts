/** "/prompts": how each prompt of the draft stands in each language, heard as on a telephone, recorded, put back. */
import multipart from "@fastify/multipart";
import type { FastifyReply, FastifyRequest } from "fastify";
import { asHeardBeside, takeInBeside } from "#prompts/sounds-beside.ts";
import type { SoundState } from "#prompts/states.ts";
import type { Refused, TakenSound } from "#prompts/take-in.ts";
import type { RoomPages } from "../build-room.ts";
import type { RoomParts } from "../ports.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";
import type { DraftPrompts, PromptPlace, PromptSaved } from "./ports.ts";
import { standInPages } from "./stand-in-pages.ts";
import { unreadable } from "./unreadable.ts";

/** A minute and a half in stereo, of 48,000 samples a second and 32 bits. */
const mostBytes = 40 * 1024 * 1024;

type Wanted = { find: string; state: string };
type OfGrid = { Querystring: Partial<Wanted> & { wrong?: string } };
const short = { type: "string", maxLength: 100 };
const gridSchema = {
  querystring: { type: "object", properties: { wrong: short, find: short, state: short } },
};

type Of = { Params: PromptPlace; Querystring: { done?: string } };
type OfSound = { Params: PromptPlace & { sha256: string } };
type Changed = { Params: PromptPlace; Body: { seen?: string; version?: string } };

const hash = /^[0-9a-f]{64}$/;

export const promptPages: RoomPages = async (web, parts) => {
  const { prompts } = parts;
  const config = { right: "telephony" } as const;
  const base = "/prompts/:language/:id";

  web.get<OfGrid>("/prompts", { config, schema: gridSchema }, async (request, reply) => {
    const draft = await prompts.draft(signedIn(request));
    const { wrong = "", find = "", state = "" } = request.query;
    return draft
      ? reply.page("prompts/list.njk", { ...gridOf(draft, { find, state }), wrong, find, state })
      : reply.trouble(409, unreadable);
  });
  standInPages(web, parts);

  web.get<Of>(base, { config }, (request, reply) =>
    promptPage(parts, request, reply, { done: request.query.done ?? null }),
  );

  web.get<OfSound>(`${base}/:sha256.wav`, { config }, async (request, reply) => {
    const { sha256 } = request.params;
    const wav = hash.test(sha256) ? await prompts.sound(signedIn(request), request.params, sha256) : null;
    if (!wav) return reply.trouble(404, notFound);
    return reply
      .header("cache-control", "private, max-age=86400, immutable")
      .type("audio/wav")
      .send(await asHeardBeside(wav));
  });

  await web.register(async (uploads) => {
    await uploads.register(multipart, {
      limits: { fileSize: mostBytes, files: 1, fields: 2, parts: 3, fieldSize: 100, headerPairs: 20 },
    });
    uploads.post<Of>(base, { config }, async (request, reply) => {
      const { bytes, seen } = await readUpload(request);
      const draft = await prompts.draft(signedIn(request));
      if (!draft) return reply.trouble(409, unreadable);
      const text = textOf(draft, request.params);
      if (text === null) return reply.trouble(404, notFound);
      const taken = await takenFrom(bytes, text);
      if (taken.kind === "refused") return promptPage(parts, request, reply, { refused: taken });
      const saved = await prompts.accept(signedIn(request), { ...request.params, seen }, taken.wav);
      return answered(parts, request, reply, { saved, done: "recorded" });
    });
  });

  web.post<Changed>(`${base}/restore`, { config }, async (request, reply) => {
    const { version = "" } = request.body ?? {};
    if (!hash.test(version)) return reply.trouble(404, notFound);
    const saved = await prompts.restore(signedIn(request), seenIn(request), version);
    return answered(parts, request, reply, { saved, done: "restored" });
  });

  web.post<Changed>(`${base}/approve`, { config }, async (request, reply) => {
    const saved = await prompts.approve(signedIn(request), seenIn(request));
    return answered(parts, request, reply, { saved, done: "approved" });
  });
};

const seenIn = ({ params, body }: FastifyRequest<Changed>) => ({ ...params, seen: body?.seen || null });

/** Pages take WAV only: what other formats need is a program that strangers' files have broken before. */
async function takenFrom(bytes: Buffer, text: string): Promise<TakenSound | Refused> {
  if (bytes.length > 0) return takeInBeside(bytes, text);
  const [what, instead] = ["no file was chosen", "choose a WAV file, or record one here"];
  return { kind: "refused", faults: [{ rule: "sound-format", level: "fault", what, instead }] };
}

async function readUpload(request: FastifyRequest): Promise<{ bytes: Buffer; seen: string | null }> {
  let [bytes, seen]: [Buffer, string | null] = [Buffer.alloc(0), null];
  if (!request.isMultipart()) return { bytes, seen };
  for await (const part of request.parts()) {
    if (part.type === "file") bytes = await part.toBuffer();
    else if (part.fieldname === "seen") seen = String(part.value) || null;
  }
  return { bytes, seen };
}

const textOf = ({ manifest }: DraftPrompts, { id, language }: PromptPlace): string | null =>
  manifest.prompts.get(id)?.words.get(language)?.text ?? null;

async function answered(
  parts: RoomParts,
  request: FastifyRequest<{ Params: PromptPlace }>,
  reply: FastifyReply,
  { saved, done }: { saved: PromptSaved; done: string },
) {
  const { language, id } = request.params;
  if (saved === "missing") {
    const isReadable = (await parts.prompts.draft(signedIn(request))) !== null;
    return isReadable ? reply.trouble(404, notFound) : reply.trouble(409, unreadable);
  }
  if (saved === "saved") return reply.redirect(`/prompts/${language}/${id}?done=${done}`, 303);
  return promptPage(parts, request, reply, { changed: true });
}

interface Told {
  done?: string | null;
  refused?: Refused;
  /** Somebody else was quicker. */
  changed?: boolean;
}

async function promptPage(
  { prompts }: RoomParts,
  request: FastifyRequest<{ Params: PromptPlace }>,
  reply: FastifyReply,
  { done = null, refused, changed = false }: Told,
) {
  const who = signedIn(request);
  const { language, id } = request.params;
  const draft = await prompts.draft(who);
  if (!draft) return reply.trouble(409, unreadable);
  const state = draft.states.get(language)?.get(id);
  if (!state) return reply.trouble(404, notFound);
  const versions = await prompts.versions(who, { language, id });
  const faults = [
    ...(refused?.faults.map(({ what, instead }) => `${sentence(what)}. ${sentence(instead)}`) ?? []),
    ...(changed
      ? ["Somebody else changed this prompt meanwhile, so nothing was done. Listen to it as it is now"]
      : []),
  ];
  return reply.code(refused ? 422 : changed ? 409 : 200).page("prompts/prompt.njk", {
    ...{ language, id, state, faults, done },
    word: wordFor(state),
    isWide: draft.wide.has(state.sha256 ?? ""),
    languageName: draft.manifest.languages.get(language)?.name ?? language,
    notes: draft.manifest.prompts.get(id)?.notes ?? null,
    others: [...draft.states.keys()].filter((tag) => tag !== language),
    versions: versions.filter(({ sha256 }) => sha256 !== state.sha256),
  });
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

interface Word {
  text: string;
  /** Of a tag, as nhsuk names it. */
  colour: string;
}

function wordFor({ kind, text, approval, fitForPatients }: SoundState): Word {
  if (kind === "missing") return { text: text === null ? "No words" : "Missing", colour: "red" };
  if (kind === "changed") return { text: "Words changed", colour: "orange" };
  if (kind === "recorded") return { text: "Recorded", colour: "green" };
  if (approval) return { text: "Stand-in, approved", colour: "aqua-green" };
  return fitForPatients
    ? { text: "Stand-in", colour: "grey" }
    : { text: "Stand-in, not approved", colour: "yellow" };
}

function gridOf({ manifest, states, wide }: DraftPrompts, { find, state: wanted }: Wanted) {
  const languages = [...manifest.languages.values()].map(({ tag, name }) => {
    const counts = new Map<string, number>();
    for (const state of states.get(tag)!.values()) {
      const { text } = wordFor(state);
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    // No machine says anew what a person recorded.
    const unsaid = [...states.get(tag)!.values()].some(
      ({ kind, text, making }) =>
        text !== null && (kind === "missing" || (kind === "changed" && making === "stand-in")),
    );
    const hashes = [...states.get(tag)!.values()].flatMap(({ sha256 }) => sha256 ?? []);
    const wides = hashes.filter((sha256) => wide.has(sha256)).length;
    return {
      ...{ tag, name, unsaid, counts: [...counts].map(([word, count]) => ({ word, count })) },
      ...{ wide: wides, narrow: hashes.length - wides },
    };
  });
  const first = languages[0]?.tag ?? "";
  const rows = [...manifest.prompts.values()].map(({ id, words }) => ({
    ...{ id, words: words.get(first)?.text ?? "" },
    cells: languages.map(({ tag, name }) => {
      const state = states.get(tag)!.get(id)!;
      return { tag, name, word: wordFor(state), isWide: wide.has(state.sha256 ?? "") };
    }),
  }));
  const sought = find.trim().toLowerCase();
  const says = (id: string) =>
    [...(manifest.prompts.get(id)?.words.values() ?? [])].some(({ text }) =>
      text.toLowerCase().includes(sought),
    );
  const found = rows.filter(
    ({ id, cells }) =>
      (id.includes(sought) || says(id)) && (wanted === "" || cells.some(({ word }) => word.text === wanted)),
  );
  const kinds = new Set(languages.flatMap(({ counts }) => counts.map(({ word }) => word)));
  return { languages, rows: found, all: rows.length, kinds: [...kinds] };
}
