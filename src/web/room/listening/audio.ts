/** The sound of a story under a listening grant: whole or any range, never kept by a cache. */
import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "#lib/errors.ts";
import { readRange } from "../../byte-range.ts";
import { openAsPcm, type PcmWav } from "../../pcm-wav.ts";
import type { RoomPages } from "../build-room.ts";
import type { RoomParts } from "../ports.ts";
import type { Trouble } from "../troubles.ts";
import { signedIn } from "../who.ts";

const over: Trouble = {
  title: "This may not be heard any more",
  happened: "The fifteen minutes for which the story was open are over, or it was opened by somebody else.",
  next: "Open the story again to go on listening.",
};
const gone: Trouble = {
  title: "There is no sound any more",
  happened: "The story was erased.",
  next: "Go back to the stories.",
};

interface Asked {
  Params: { file: string };
  Querystring: { clip?: string };
}

export const isId = (id: string | undefined): id is string =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id ?? "");

export const audioPages: RoomPages = async (web, parts) => {
  // Whose it is says the grant: governance has some too.
  web.get<Asked>("/listen/:file", { config: { right: "signed-in" } }, async (request, reply) => {
    const id = /^(.+)\.wav$/.exec(request.params.file)?.[1];
    if (!isId(id)) return reply.callNotFound();
    const used = await parts.listening.useGrant(signedIn(request), id);
    if (!used) return reply.trouble(403, over);
    const wav = await soundAsked(parts, request, used.storyId);
    return wav === "gone" ? reply.trouble(404, gone) : wav ? send(wav, request, reply) : reply.callNotFound();
  });
};

async function soundAsked(
  { listening, soundOf }: RoomParts,
  request: FastifyRequest<Asked>,
  storyId: string,
): Promise<PcmWav | "gone" | null> {
  const { clip: clipId } = request.query;
  const cut = isId(clipId) ? await listening.clip(signedIn(request), storyId, clipId) : null;
  if (clipId !== undefined && !cut) return null;
  try {
    return await openAsPcm(soundOf(storyId), cut ?? undefined);
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === "story_missing") return "gone";
    throw thrown;
  }
}

function send(wav: PcmWav, { headers }: FastifyRequest, reply: FastifyReply) {
  const range = readRange(headers.range, wav.bytes);
  reply.headers({ "accept-ranges": "bytes", "cache-control": "no-store" });
  if (range === "unsatisfiable")
    return reply.code(416).header("content-range", `bytes */${wav.bytes}`).send();
  const { from, to } = range ?? { from: 0, to: wav.bytes - 1 };
  if (range) reply.code(206).header("content-range", `bytes ${from}-${to}/${wav.bytes}`);
  return reply
    .type("audio/wav")
    .header("content-length", to - from + 1)
    .send(Readable.from(wav.stream(from, to), { objectMode: false }));
}
