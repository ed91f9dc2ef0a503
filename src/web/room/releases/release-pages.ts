/** "/releases": what calls say, by release: what is live, the canary, the draft, what differs, publish and the way back. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Author, LiveState, Moved, Place, ReleaseSummary } from "#release/ports.ts";
import { britishMoment } from "../british.ts";
import type { RoomPages } from "../build-room.ts";
import { readReason } from "../campaigns/reason.ts";
import type { RoomParts } from "../ports.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";
import { differencesOf } from "./differences.ts";
import { draftPages } from "./draft-pages.ts";
import { shownState } from "./words.ts";

const config = { right: "telephony" } as const;

type OfRelease = { Params: { number: string }; Querystring: { done?: string } };
type Move = { Body: { to?: string; reason?: string; live?: string; canary?: string } | undefined };
type Sound = { Params: { place: string; language: string; file: string } };

export const authorOf = (request: FastifyRequest): Author => {
  const { userId, name } = signedIn(request);
  return { kind: "user", id: userId, name };
};

export const deskOf = ({ releases }: RoomParts, request: FastifyRequest) => releases(signedIn(request));

export const releasePages: RoomPages = async (web, parts) => {
  await draftPages(web, parts);

  web.get<OfRelease>("/releases", { config }, (request, reply) =>
    showList(parts, request, reply, { done: request.query.done ?? "" }),
  );

  web.get<OfRelease>("/releases/:number", { config }, async (request, reply) => {
    const desk = deskOf(parts, request);
    const number = placeOf(request.params.number);
    const release = typeof number === "number" ? await desk.show(number) : null;
    if (!release) return reply.trouble(404, notFound);
    const before: Place | null = release.basedOn;
    const differences = await differencesOf(desk, release.difference, { before, after: release.number });
    const state = await desk.state();
    return reply.page("releases/release.njk", {
      ...{ release, differences, done: request.query.done ?? "" },
      dialplanChanges: before !== null && release.difference.some(({ path }) => path.startsWith("asterisk/")),
      canary: state.canary?.number === release.number ? shownState(state) : null,
      comparable: comparableIn(parts, state),
    });
  });

  web.get<Sound>("/releases/:place/sounds/:language/:file", { config }, async (request, reply) => {
    const { place, language, file } = request.params;
    const of = placeOf(place);
    const bytes = of && (await deskOf(parts, request).file(of, `prompts/${language}/${file}`));
    if (!bytes || !file.endsWith(".wav")) return reply.callNotFound();
    return reply.type("audio/wav").header("cache-control", "private, max-age=3600").send(Buffer.from(bytes));
  });

  web.post<OfRelease>("/releases/:number/approve", { config }, async (request, reply) => {
    const number = placeOf(request.params.number);
    if (typeof number !== "number") return reply.trouble(404, notFound);
    const moved = await deskOf(parts, request).approve(number, authorOf(request));
    return after(parts, request, reply, { moved, done: "approve" });
  });

  web.post<Move>("/releases/rollback", { config }, async (request, reply) => {
    const { to: target = "", live = "", canary = "", ...given } = request.body ?? {};
    const { reason, fault } = readReason(given.reason);
    if (target !== "" && numberOf(target) === null) return reply.trouble(404, notFound);
    if (fault) return showList(parts, request, reply.code(400), { fault, reason, target });
    const desk = deskOf(parts, request);
    const seen = { live: numberOf(live), canary: numberOf(canary) };
    const moved = await desk.rollback(numberOf(target), reason, authorOf(request), seen);
    return after(parts, request, reply, { moved, done: "rollback", reason, target });
  });
};

/** Null: no such place. */
function placeOf(word: string): Place | null {
  if (word === "draft") return "draft";
  return /^[1-9]\d{0,8}$/.test(word) ? Number(word) : null;
}

const numberOf = (word: string): number | null => {
  const place = placeOf(word);
  return typeof place === "number" ? place : null;
};

const after = (
  parts: RoomParts,
  request: FastifyRequest,
  reply: FastifyReply,
  { moved, done, ...typed }: { moved: Moved; done: string; reason?: string; target?: string },
) =>
  moved.kind === "done"
    ? reply.redirect(`/releases?done=${done}`, 303)
    : showList(parts, request, reply.code(409), { refused: moved.because, ...typed });

/** A trial and what the others get: who gets which is drawn per person. Null: no two releases are in use. */
const comparableIn = ({ voice }: RoomParts, { live, canary }: LiveState) =>
  canary && live !== null ? { first: live, second: canary.number, flows: [...voice.flows.values()] } : null;

async function showList(
  parts: RoomParts,
  request: FastifyRequest,
  reply: FastifyReply,
  more: { done?: string; fault?: string; refused?: string; reason?: string; target?: string },
) {
  const desk = deskOf(parts, request);
  const [releases, state, draft] = [await desk.list(), await desk.state(), await desk.draft()];
  const before = state.canary ? null : await desk.liveBefore();
  const mendable = more.done === "rollback" ? releases.find(({ state: is }) => is === "withdrawn") : null;
  return reply.page("releases/list.njk", {
    mendable,
    ...{ releases, state: shownState(state), changes: draft.changes.length, ...more },
    comparable: comparableIn(parts, state),
    targets: rollbackTargets(releases, state, before),
  });
}

/** What new calls can get instead, each by its number: "the one before" may be newer than what is live. */
function rollbackTargets(
  releases: readonly ReleaseSummary[],
  { live, canary }: LiveState,
  before: number | null,
) {
  const told = (number: number, was = "") => {
    const { publishedAt, author, note } = releases.find((one) => one.number === number)!;
    return `release ${number}${was} of ${britishMoment(publishedAt)}, by ${author.name ?? author.id}: ${shortened(note)}`;
  };
  const choice = (number: number, was: string) => ({
    value: String(number),
    text: `R${told(number, was).slice(1)}`,
  });
  const stays = live === null ? "what the folders hold" : told(live);
  const newer = live !== null && before !== null && before > live ? ", newer than the one that is live" : "";
  const first = canary
    ? [{ value: "", text: `The trial of release ${canary.number} ends; all new calls get ${stays}` }]
    : [
        before === null
          ? { value: "", text: "What the folders hold: no other release was live before" }
          : choice(before, ` (live before${newer})`),
      ];
  const others = releases.filter(
    ({ number, state }) => number !== live && number !== before && state !== "canary",
  );
  return [
    ...first,
    ...others.map(({ number, state }) => choice(number, state === "withdrawn" ? " (rolled back once)" : "")),
  ];
}

const shortened = (note: string): string => (note.length > 60 ? `${note.slice(0, 57)}...` : note);
