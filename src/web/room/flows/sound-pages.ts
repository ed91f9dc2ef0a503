/** A prompt as callers hear it on a telephone: of the release that they are called with, with what A-law makes of it. */
import { asHeardBeside } from "#prompts/sounds-beside.ts";
import type { RoomPages } from "../build-room.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";

type OfSound = { Params: { release: string; language: string; prompt: string } };

/** What calls say before there is any release. */
const folders = "folders";

/** @param of null: the folders */
export const soundAddress = (of: number | null, language: string, prompt: string): string =>
  `/flows/sounds/${of ?? folders}/${language}/${prompt}.wav`;

export const soundPages: RoomPages = async (web, { spoken }) => {
  web.get<OfSound>(
    "/flows/sounds/:release/:language/:prompt.wav",
    { config: { right: "telephony" } },
    async (request, reply) => {
      const { release: place, ...of } = request.params;
      if (place !== folders && !/^[1-9]\d{0,8}$/.test(place)) return reply.trouble(404, notFound);
      const release = place === folders ? null : Number(place);
      const bytes = await spoken.sound(signedIn(request).userId, { release, ...of });
      if (bytes === null) return reply.trouble(404, notFound);
      const heard = await asHeardBeside(bytes);
      return reply.type("audio/wav").header("cache-control", "private, no-cache").send(heard);
    },
  );
};
