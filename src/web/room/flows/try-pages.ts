/** "/flows/NAME/try": the draft's flow gone through as a caller would; nobody is rung, and nothing is kept. */
import type { RoomPages } from "../build-room.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";
import { createDraftSource, type EditedFlow, flowPath, readEdited } from "./draft-files.ts";
import { contactOf, offeredLanguages, offersOf, tryFields } from "./try-fields.ts";
import { type HeardPrompt, readActs, type TryOut, tryActs, tryOut } from "./try-out.ts";
import { wayWords } from "./way-words.ts";

type OfFlow = { Params: { flow: string }; Querystring: { acts?: string; press?: string; language?: string } };

export const tryPages: RoomPages = async (web, { releases, clock }) => {
  const source = createDraftSource(clock);
  const text = { type: "string", maxLength: 2_000 };
  const properties = { acts: text, press: text, language: text };
  const schema = { querystring: { type: "object", properties, additionalProperties: text } };
  web.get<OfFlow>("/flows/:flow/try", { config: { right: "telephony" }, schema }, async (request, reply) => {
    const { flow: name } = request.params;
    const { files } = await source.recent(releases(signedIn(request)));
    if (!files.has(flowPath(name))) return reply.trouble(404, notFound);
    const { acts, press, language = "en-GB" } = request.query;
    const edited = readEdited(files, name, null, language);
    const { flow, flows, languages } = edited;
    const known = languages.includes(language) ? language : "en-GB";
    const done = readActs([acts, press].filter(Boolean).join(","));
    const fields = flow ? tryFields(flow, request.query) : [];
    const offered = flow ? offeredLanguages(flow, request.query) : [];
    const offers = offersOf(offered, known);
    const asked = { acts: done, language: known, offers, contact: contactOf(fields) };
    const tried = flow ? await tryOut({ flow, flows, ...asked }) : null;
    return reply.page("flows/try.njk", {
      ...{ flow: name, title: flow?.title ?? name, languages, language: known, fields, offered },
      tried: tried && shownTry(tried, edited.said),
      faults: edited.faults.length,
    });
  });
};

/** With the words that would be heard. */
export function shownTry(tried: TryOut, said: EditedFlow["said"]) {
  return {
    ...tried,
    text: tried.acts.join(","),
    keys: tryActs.filter((act) => act.length === 1),
    lines: tried.steps.map(({ step, heard, did }) => ({
      ...{ step, pieces: inPieces(heard, said) },
      did: did === null || step === tried.at ? null : didWords(did),
    })),
  };
}

/** What is said in one language, one after the other, is one piece: it is read out in that language. */
function inPieces(heard: readonly HeardPrompt[], said: EditedFlow["said"]) {
  const pieces: { language: string; words: string }[] = [];
  for (const { prompt, language } of heard) {
    const words = said(prompt, language);
    const last = pieces.at(-1);
    if (last?.language === language) last.words += ` ${words}`;
    else pieces.push({ language, words });
  }
  return pieces;
}

const didWords = (on: string): string => wayWords(null, { flow: "", step: "", on });
