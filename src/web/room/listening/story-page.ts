/** "/stories/:id": one story, heard, read and worked on. Every act is a form; its page comes back with what is new. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { rolesOf } from "#access/rights.ts";
import { AppError } from "#lib/errors.ts";
import type { RoomPages } from "../build-room.ts";
import type { RoomParts } from "../ports.ts";
import { filterQuery, type Query, readFilter } from "../stories/filter.ts";
import { notFound, type Trouble } from "../troubles.ts";
import { signedIn } from "../who.ts";
import { isId } from "./audio.ts";
import { clipOf, type Fault, type Fields, isFault, labelOf, textOf } from "./forms.ts";
import type { OpenedStory } from "./ports.ts";
import { levelsFor, storyView } from "./story-view.ts";

interface Asked {
  Params: { id: string };
  Querystring: Query & { done?: string };
  Body: Fields;
}
type Request = FastifyRequest<Asked>;

const tooMany: Trouble = {
  title: "Too many stories at once",
  happened: "More stories were opened from your account than anybody can hear in that time.",
  next: "Wait a minute, then open the story again. If it was not you, tell whoever manages accounts in your trust.",
};

/** What a form led to: the part of the page where to go on, or a fault to mend. */
type Outcome = { section: string; done: string } | Fault | null;
type Act = (request: Request, story: OpenedStory) => Promise<Outcome>;

export const storyPages: RoomPages = async (web, parts) => {
  web.get<Asked>("/stories/:id", { config: { right: "stories" } }, async (request, reply) => {
    const story = await opened(parts, request, reply);
    return story === "answered" ? reply : show(parts, request, reply, { story });
  });
  web.post<Asked>("/stories/:id/listen", { config: { right: "stories" } }, async (request, reply) => {
    const story = await opened(parts, request, reply);
    if (story === "answered") return reply;
    return { src: `/listen/${story.grant.id}.wav`, expiresAt: story.grant.expiresAt };
  });
  for (const [name, act] of Object.entries(acts(parts))) actRoute(web, parts, name, act);
};

function actRoute(web: FastifyInstance, parts: RoomParts, name: string, act: Act): void {
  web.post<Asked>(`/stories/:id/${name}`, { config: { right: "stories" } }, async (request, reply) => {
    const story = await opened(parts, request, reply);
    if (story === "answered") return reply;
    const outcome = await act(request, story);
    if (outcome === null) return reply.trouble(404, notFound);
    if (isFault(outcome)) {
      const again = await opened(parts, request, reply);
      if (again === "answered") return reply;
      return show(parts, request, reply.code(422), { story: again, fault: outcome, act: name });
    }
    const query = [filterQuery(readFilter(request.query)), `done=${outcome.done}`].filter(Boolean).join("&");
    return reply.redirect(`/stories/${story.storyId}?${query}#${outcome.section}`, 303);
  });
}

async function opened(
  { listening }: RoomParts,
  request: Request,
  reply: FastifyReply,
): Promise<OpenedStory | "answered"> {
  try {
    const { id } = request.params;
    const story = isId(id) ? await listening.open(signedIn(request), id) : null;
    if (story) return story;
    reply.trouble(404, notFound);
  } catch (thrown) {
    if (!(thrown instanceof AppError && thrown.code === "too_many_grants")) throw thrown;
    reply.trouble(429, tooMany);
  }
  return "answered";
}

interface Shown {
  story: OpenedStory;
  fault?: Fault;
  /** The form that has the fault. */
  act?: string;
}

/** What was done, in words; by what the address says, which says nothing else. */
const doneWords: Record<string, string> = {
  heard: "Marked as heard.",
  unheard: "Marked as not heard.",
  note: "The note is saved.",
  label: "The label is given.",
  unlabel: "The label is taken away.",
  assign: "The story is assigned.",
  unassign: "The story is assigned to nobody.",
  flag: "The story is flagged as urgent.",
  correct: "The correction is saved. The search finds the new words.",
  undo: "The correction is undone.",
  clip: "The clip is saved.",
  unclip: "The clip is removed.",
};

async function show(
  parts: RoomParts,
  request: Request,
  reply: FastifyReply,
  { story, fault, act }: Shown,
): Promise<FastifyReply> {
  const who = signedIn(request);
  const filter = readFilter(request.query);
  const [levels, colleagues, labelsInUse, neighbours] = await Promise.all([
    levelsFor(parts, who, story),
    parts.listening.colleagues(who, story.storyId),
    parts.listening.labelsInUse(who, story.storyId),
    parts.stories.neighbours({ userId: who.userId, filter }, story.storyId),
  ]);
  return reply.page("listening/story.njk", {
    ...storyView(story, { levels, colleagues, labelsInUse, neighbours }),
    list: filterQuery(filter),
    link: `${parts.publicUrl}/stories/${story.storyId}`,
    mayAskWho: rolesOf({ grants: who.grants.filter(({ trust }) => trust === story.trust) }).has(
      "coordinator",
    ),
    done: doneWords[request.query.done ?? ""] ?? null,
    fault,
    act,
    typed: fault ? request.body : {},
  });
}

const outdated: Fault = {
  field: "text",
  text: "Somebody else changed the words meanwhile. Compare them with yours, and save again.",
};
const stranger: Fault = { field: "user", text: "Choose a colleague who may hear this story" };
const flagged: Fault = { field: "reason", text: "The story is flagged already" };

/** @returns by the end of its address, what each form does */
function acts({ work, urgent }: RoomParts): Record<string, Act> {
  const did = (ok: boolean, section: string, done: string): Outcome => (ok ? { section, done } : null);
  return {
    heard: async (request, { storyId }) => {
      const heard = request.body.heard !== "no";
      return did(
        await work.markHeard(signedIn(request), storyId, heard),
        "state",
        heard ? "heard" : "unheard",
      );
    },
    note: async (request, { storyId }) => {
      const text = textOf(request.body, "text", { what: "Enter a note", most: 4000 });
      return isFault(text) ? text : did(await work.note(signedIn(request), storyId, text), "notes", "note");
    },
    label: async (request, { storyId }) => {
      const label = labelOf(request.body);
      return isFault(label)
        ? label
        : did(await work.label(signedIn(request), storyId, label), "labels", "label");
    },
    unlabel: async (request, { storyId }) => {
      const label = labelOf(request.body);
      return isFault(label)
        ? label
        : did(await work.unlabel(signedIn(request), storyId, label), "labels", "unlabel");
    },
    assign: async (request, { storyId }) => {
      const { user = "" } = request.body;
      if (user !== "" && !isId(user)) return stranger;
      const done = await work.assign(signedIn(request), storyId, user || null);
      return done === "stranger" ? stranger : did(done, "state", user ? "assign" : "unassign");
    },
    flag: async (request, { storyId }) => {
      const reason = textOf(request.body, "reason", { what: "Say why it is urgent", least: 3, most: 1000 });
      if (isFault(reason)) return reason;
      const done = await urgent.flag(signedIn(request), storyId, reason);
      return done === "outdated" ? flagged : did(done === "done", "state", "flag");
    },
    correct: async (request, { storyId }) => {
      const text = textOf(request.body, "text", { what: "Enter the words", most: 20_000 });
      if (isFault(text)) return text;
      const change = { basedOn: Number(request.body.version), text };
      const done = await work.correct(signedIn(request), storyId, change);
      return done === "outdated" ? outdated : did(done, "words", "correct");
    },
    undo: async (request, { storyId }) => {
      const change = { basedOn: Number(request.body.version), backTo: Number(request.body.to) };
      if (!Number.isSafeInteger(change.backTo)) return outdated;
      const done = await work.goBack(signedIn(request), storyId, change);
      return done === "outdated" ? outdated : did(done, "words", "undo");
    },
    clip: async (request, { storyId, durationMs }) => {
      const clip = clipOf(request.body, durationMs);
      return isFault(clip)
        ? clip
        : did(await work.saveClip(signedIn(request), storyId, clip), "clips", "clip");
    },
    unclip: async (request, { storyId }) => {
      const { clip } = request.body;
      return isId(clip)
        ? did(await work.removeClip(signedIn(request), storyId, clip), "clips", "unclip")
        : null;
    },
  };
}
