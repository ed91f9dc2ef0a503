/** One step of a flow: what is said in it, what people did, and the last calls that ended there. */
import type { Flow } from "#flow/definition.ts";
import { saidBy } from "#flow/pieces.ts";
import { figuresOf } from "#result/flow-figures.ts";
import type { RoomPages } from "../build-room.ts";
import { stepWords } from "../step-words.ts";
import { notFound } from "../troubles.ts";
import { networkWords } from "../visits/network-words.ts";
import { signedIn } from "../who.ts";
import { chosenFlow } from "./chosen-flow.ts";
import { type AskedFigures, figuresSchema, queryOf, readFigures } from "./flow-pages.ts";
import type { SpokenRelease } from "./ports.ts";
import { soundAddress } from "./sound-pages.ts";
import { wayWords } from "./way-words.ts";

type OfStep = { Params: { flow: string; step: string }; Querystring: AskedFigures };

export const stepPages: RoomPages = async (web, { spoken, flowFigures, clock }) => {
  const config = { right: "telephony" } as const;
  web.get<OfStep>("/flows/:flow/steps/:step", { config, schema: figuresSchema }, async (request, reply) => {
    const { userId } = signedIn(request);
    const { flow: name, step } = request.params;
    const { filter, period } = readFigures(name, request.query, clock.now());
    const met = await chosenFlow(spoken, userId, filter);
    if (!met) return reply.trouble(404, notFound);
    const { flow, voice } = met;
    const language = filter.language ?? voice.prompts.language;
    const [counts, live, ended] = await Promise.all([
      flowFigures.counts(userId, filter),
      flowFigures.live(userId, filter),
      flowFigures.endedAt(userId, filter, step),
    ]);
    const figures = figuresOf(flow, counts, live).find((each) => each.step === step);
    if (!figures) return reply.trouble(404, notFound);
    return reply.page("flows/step.njk", {
      ...{ flow: name, title: flow.title, step, figures, period, filter, query: queryOf(filter, period) },
      kind: flow.steps[step]?.kind ?? null,
      words: figures.gone ? null : stepWords(voice, name, step),
      ...{ language, release: voice.release },
      prompts: promptsOf(flow, step).map((id) => heardAs(voice, id, language)),
      ways: figures.ways.map((way) => ({ ...way, words: wayWords(voice, { flow: name, step, on: way.on }) })),
      ended: ended.map((call) => ({
        ...call,
        how: wayWords(voice, { flow: name, step, on: call.leftBy }),
        network: networkWords(call),
      })),
    });
  });
};

/** A prompt as calls of this language hear it; `sound` null: they cannot, and the words are those that it should have. */
function heardAs(voice: SpokenRelease, id: string, language: string) {
  const heard = voice.heard(id, language);
  if (!heard) return { id, words: voice.prompts.words.get(id) ?? null, language: null, sound: null };
  return { id, ...heard, sound: soundAddress(voice.release, heard.language, id) };
}

/** Every prompt that the step may say, once, in its order. */
function promptsOf(flow: Flow, step: string): string[] {
  const found = flow.steps[step];
  if (!found) return [];
  const labels =
    found.kind === "menu"
      ? found.choices.flatMap(({ say, label }) => [say, label].filter((id) => id !== undefined))
      : [];
  const said = saidBy(found).flatMap(({ pieces }) => pieces.filter((piece) => typeof piece === "string"));
  return [...new Set([...said, ...labels])];
}
