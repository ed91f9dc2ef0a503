/** A prompt as it is heard on a telephone: the draft's, with what A-law makes of it. */
import { soundPath } from "#prompts/sounds.ts";
import { asHeardBeside } from "#prompts/sounds-beside.ts";
import { isReleasePath } from "#release/files.ts";
import type { RoomPages } from "../build-room.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";

type OfSound = { Params: { language: string; prompt: string } };

export const soundPages: RoomPages = async (web, { releases }) => {
  web.get<OfSound>(
    "/flows/sounds/:language/:prompt.wav",
    { config: { right: "telephony" } },
    async (request, reply) => {
      const path = soundPath(request.params.language, request.params.prompt);
      const bytes = isReleasePath(path) ? await releases(signedIn(request)).file("draft", path) : null;
      if (bytes === null) return reply.trouble(404, notFound);
      const heard = await asHeardBeside(bytes);
      return reply.type("audio/wav").header("cache-control", "private, no-cache").send(heard);
    },
  );
};
