/** "/urgent": stories that somebody must act on, each with a clock and an owner; none leaves without a reason. */
import type { FastifyRequest } from "fastify";
import type { SignedIn } from "#access/rights.ts";
import { countOf } from "../british.ts";
import type { RoomPages } from "../build-room.ts";
import { isId } from "../listening/audio.ts";
import { type Fault, type Fields, isFault, textOf } from "../listening/forms.ts";
import type { RoomParts } from "../ports.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";
import { type Closing, closings, type UrgentAct, type UrgentFlag } from "./ports.ts";

interface Asked {
  Params: { id: string };
  Querystring: { done?: string };
  Body: Fields;
}
type Request = FastifyRequest<Asked>;

/** Within so long somebody is to have acted. */
const goalMs = 4 * 3_600_000;

const doneWords: Record<string, string> = {
  take: "You have taken it.",
  "hand-over": "It is handed over.",
  "give-back": "It is given back: somebody else can take it now.",
  close: "It is closed.",
};

const closingWords: Record<Closing, string> = {
  acted: "We acted on it",
  passed_on: "Passed on to those who must act",
  nothing_needed: "Nothing needed to be done",
  mistake: "Flagged by mistake",
};
const isClosing = (word: string | undefined): word is Closing =>
  (closings as readonly string[]).includes(word ?? "");

/** Time since, in words, and how it stands to the goal. */
export function urgentClock(flaggedAt: Date, now: Date): { words: string; late: boolean } {
  const spentMs = Math.max(0, now.getTime() - flaggedAt.getTime());
  // In whole minutes, so that the two make the goal.
  const leftMs = goalMs - 60_000 * Math.floor(spentMs / 60_000);
  return leftMs >= 0
    ? { words: `waiting for ${roughly(spentMs)}, ${roughly(leftMs)} left`, late: false }
    : { words: `waiting for ${roughly(spentMs)}, late by ${roughly(-leftMs)}`, late: true };
}

function roughly(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return countOf(minutes, "minute");
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return countOf(Math.floor(hours / 24), "day");
  return minutes % 60 === 0
    ? countOf(hours, "hour")
    : `${countOf(hours, "hour")} ${countOf(minutes % 60, "minute")}`;
}

export const urgentPages: RoomPages = async (web, parts) => {
  web.get<Asked>("/urgent", { config: { right: "stories" } }, async (request, reply) =>
    reply.page(
      "urgent/list.njk",
      await shown(parts, signedIn(request), { done: doneWords[request.query.done ?? ""] }),
    ),
  );
  for (const [name, act] of Object.entries(acts(parts)))
    web.post<Asked>(`/urgent/:id/${name}`, { config: { right: "stories" } }, async (request, reply) => {
      const { id } = request.params;
      const outcome = isId(id) ? await act(request, id) : "missing";
      if (outcome === "missing") return reply.trouble(404, notFound);
      if (outcome === "done") return reply.redirect(`/urgent?done=${name}#flag-${id}`, 303);
      const fault = isFault(outcome) ? outcome : faults[outcome];
      const values = await shown(parts, signedIn(request), {
        fault,
        act: name,
        flagId: id,
        typed: request.body,
      });
      return reply.code(422).page("urgent/list.njk", values);
    });
};

const faults: Record<"outdated" | "stranger", Fault> = {
  outdated: { field: "", text: "Somebody else was quicker: look how it stands now" },
  stranger: { field: "user", text: "Choose a colleague who may hear the story" },
};

async function shown(
  { urgent, listening, clock }: RoomParts,
  who: SignedIn,
  rest: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const { open, closed } = await urgent.list(who);
  const now = clock.now();
  const told = async (flag: UrgentFlag) => ({
    ...flag,
    clock: urgentClock(flag.flaggedAt, now),
    mine: flag.owner?.userId === who.userId,
    colleagues: (await listening.colleagues(who, flag.storyId)).filter(
      ({ userId }) => userId !== flag.owner?.userId,
    ),
  });
  return {
    ...rest,
    open: await Promise.all(open.map(told)),
    closed: closed.map((flag) => ({ ...flag, because: flag.closed && closingWords[flag.closed.because] })),
    closingWords,
  };
}

type Act = (request: Request, flagId: string) => Promise<UrgentAct | "stranger" | Fault>;

function acts({ urgent }: RoomParts): Record<string, Act> {
  return {
    take: (request, id) => urgent.take(signedIn(request), id),
    "hand-over": async (request, id) => {
      const { user } = request.body;
      if (!isId(user)) return "stranger";
      const reason = textOf(request.body, "reason", {
        what: "Say why you hand it over",
        least: 3,
        most: 1000,
      });
      return isFault(reason) ? reason : urgent.handOver(signedIn(request), id, { userId: user, reason });
    },
    "give-back": async (request, id) => {
      const reason = textOf(request.body, "reason", {
        what: "Say why you give it back",
        least: 3,
        most: 1000,
      });
      return isFault(reason) ? reason : urgent.giveBack(signedIn(request), id, reason);
    },
    close: async (request, id) => {
      const { because } = request.body;
      if (!isClosing(because)) return { field: "because", text: "Choose why it is closed" };
      const done = textOf(request.body, "done", { what: "Say what was done", least: 3, most: 1000 });
      return isFault(done) ? done : urgent.close(signedIn(request), id, { because, done });
    },
  };
}
