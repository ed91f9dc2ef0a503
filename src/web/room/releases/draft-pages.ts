/** The draft of the house: what it changes, whether it could be published, and publishing it. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { obstaclesBesideFaults, obstaclesTo } from "#release/obstacles.ts";
import type { CheckResult, DraftChange } from "#release/ports.ts";
import { shownFault } from "../draft/faults.ts";
import type { RoomParts } from "../ports.ts";
import { notFound } from "../troubles.ts";
import { callMeForm } from "./call-me-pages.ts";
import { differencesOf } from "./differences.ts";
import { authorOf, deskOf } from "./release-pages.ts";
import { shownWalk, walkPages } from "./walk-pages.ts";

const config = { right: "telephony" } as const;

type Published = {
  Body: { note?: string; digest?: string; share?: string; despite?: string } | undefined;
};

export async function draftPages(web: FastifyInstance, parts: RoomParts): Promise<void> {
  await walkPages(web, parts);

  web.get<{ Querystring: { check?: string; done?: string } }>(
    "/releases/draft",
    { config },
    async (request, reply) => {
      const checked = request.query.check ? await deskOf(parts, request).check() : null;
      return showDraft(parts, request, reply, { checked, done: request.query.done ?? "" });
    },
  );

  web.post<Published>("/releases/draft/publish", { config }, async (request, reply) => {
    const { note = "", digest = "", share, despite } = request.body ?? {};
    const noteFault = faultOfNote(note);
    const percent = share === undefined || share === "" ? 5 : Number(share);
    const shareFault = percent >= 1 && percent <= 100 ? null : "Enter a share from 1 to 100";
    if (noteFault || shareFault)
      return showDraft(parts, request, reply.code(400), { note, share, noteFault, shareFault });
    const published = await deskOf(parts, request).publish(
      { note, digest, share: percent / 100, despite: despite ? Number(despite) : undefined },
      authorOf(request),
    );
    if (published.kind === "published")
      return reply.redirect(`/releases/${published.number}?done=publish`, 303);
    const { obstacles, checked = null } = published;
    return showDraft(parts, request, reply.code(409), { note, share, obstacles, checked });
  });

  web.post<{ Body: { seen?: string } | undefined }>(
    "/releases/draft/undo",
    { config },
    async (request, reply) => {
      const undone = await deskOf(parts, request).undo(request.body?.seen ?? "", authorOf(request));
      const done = { undone: "undo", missing: "undo-missing", covered: "undo-covered" }[undone.kind];
      return reply.redirect(`/releases/draft?done=${done}`, 303);
    },
  );

  web.post<{ Body: { release?: string } | undefined }>(
    "/releases/draft/begin",
    { config },
    async (request, reply) => {
      const { release = "" } = request.body ?? {};
      if (!/^[1-9]\d{0,8}$/.test(release)) return reply.trouble(404, notFound);
      const begun = await deskOf(parts, request).beginFrom(Number(release), authorOf(request));
      if (begun.kind === "begun") return reply.redirect("/releases/draft?done=begun", 303);
      return showDraft(parts, request, reply.code(409), { refused: begun.because });
    },
  );

  web.get("/releases/draft/discard", { config }, async (request, reply) => {
    const { changes, digest } = await deskOf(parts, request).draft();
    if (changes.length === 0) return reply.redirect("/releases/draft", 303);
    return reply.page("releases/discard.njk", { digest, changes, authors: byAuthor(changes) });
  });

  web.post<{ Body: { draft?: string } | undefined }>(
    "/releases/draft/bring-back",
    { config },
    async (request, reply) => {
      const back = await deskOf(parts, request).bringBack(request.body?.draft ?? "", authorOf(request));
      return reply.redirect(`/releases/draft?done=${back ? "back" : "not-back"}`, 303);
    },
  );

  web.post<Published>("/releases/draft/discard", { config }, async (request, reply) => {
    const desk = deskOf(parts, request);
    const { digest } = await desk.draft();
    if (request.body?.digest !== digest) return reply.redirect("/releases/draft?done=discard-changed", 303);
    await desk.discard(authorOf(request));
    return reply.redirect("/releases/draft?done=discard", 303);
  });
}

/** Whose work it is: of each file, the last who saved it. */
function byAuthor(changes: readonly DraftChange[]): { name: string; files: string[] }[] {
  const files = new Map<string, string[]>();
  for (const { author, path } of changes) {
    const name = author.name ?? author.id;
    files.set(name, [...(files.get(name) ?? []), path]);
  }
  return [...files].map(([name, paths]) => ({ name, files: paths }));
}

function faultOfNote(note: string): string | null {
  if (note.trim() === "") return "Enter what changed, and why";
  return note.length > 2_000 ? "The note must be 2,000 characters or fewer" : null;
}

interface Shown {
  checked?: CheckResult | null;
  obstacles?: string[];
  note?: string;
  share?: string | undefined;
  noteFault?: string | null;
  shareFault?: string | null;
  done?: string;
  /** Why no draft was begun. */
  refused?: string;
}

async function showDraft(parts: RoomParts, request: FastifyRequest, reply: FastifyReply, shown: Shown) {
  const desk = deskOf(parts, request);
  const { changes, basedOn, digest, lastSave, baseWithdrawn, files } = await desk.draft();
  const { checked = null, obstacles = checked ? obstaclesTo(checked) : null } = shown;
  return reply.page("releases/draft.njk", {
    ...{ ...shown, checked, obstacles, changes, basedOn, digest, lastSave, baseWithdrawn },
    callMe: await callMeForm(parts, request, files),
    faults: checked?.faults.map((fault) => shownFault(fault, files)) ?? [],
    walk: await shownWalk(parts, request),
    thrownAway: changes.length === 0 ? await desk.thrownAway() : null,
    otherObstacles: checked ? obstaclesBesideFaults(checked) : obstacles,
    differences: await differencesOf(desk, changes, { before: basedOn, after: "draft" }),
  });
}
