/** "/flows": the scripts of calls, how each fares step by step, and who is in which step just now. */
import type { Flow } from "#flow/definition.ts";
import { saidBy } from "#flow/pieces.ts";
import { type FigureFilter, figuresOf, type LiveCount, type StepFigures } from "#result/flow-figures.ts";
import { drawFlow } from "#walk/draw/draw-flow.ts";
import { britishNumber, countOf } from "../british.ts";
import type { RoomPages } from "../build-room.ts";
import { type AskedPeriod, type ReadPeriod, readPeriod } from "../overview/period.ts";
import type { SpokenVoice } from "../ports.ts";
import { stepWords } from "../step-words.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";
import { chosenFlow } from "./chosen-flow.ts";
import type { FigureChoices } from "./ports.ts";
import { wayWords } from "./way-words.ts";

export interface AskedFigures extends AskedPeriod {
  language?: string;
  hour?: string;
  release?: string;
}

const usualDays = 7;
/** Fewer calls say little of a share. */
const enoughCalls = 20;

const text = { type: "string", maxLength: 40 };
export const figuresSchema = {
  querystring: {
    type: "object",
    properties: { from: text, to: text, language: text, hour: text, release: text },
  },
};

export interface ReadFigures {
  filter: FigureFilter;
  period: ReadPeriod;
}

/** What cannot be read is as if it were not asked for. */
export function readFigures(flow: string, asked: AskedFigures, now: Date): ReadFigures {
  const period = readPeriod(asked, now, usualDays);
  const number = (given: string | undefined, most: number) =>
    /^\d{1,6}$/.test(given ?? "") && Number(given) <= most ? Number(given) : null;
  return {
    period,
    filter: {
      ...{ flow, from: period.from, until: period.until },
      language: /^[A-Za-z-]{2,20}$/.test(asked.language ?? "") ? (asked.language ?? null) : null,
      release: number(asked.release, 999_999),
      hour: number(asked.hour, 23),
    },
  };
}

type OfFlow = { Params: { flow: string }; Querystring: AskedFigures };

export const flowPages: RoomPages = async (web, { spoken, flowFigures, clock }) => {
  const config = { right: "telephony" } as const;

  web.get("/flows", { config }, async (request, reply) => {
    const { userId } = signedIn(request);
    const period = readPeriod({}, clock.now(), usualDays);
    const [live, voice, canary] = await Promise.all([
      flowFigures.live(userId),
      spoken.of(userId, null),
      spoken.canary(userId),
    ]);
    const onTrial = [...(canary?.flows.values() ?? [])].filter(({ flow }) => !voice.flows.has(flow));
    const row = async (flow: Flow, trial: number | null) => {
      const counts = await flowFigures.counts(userId, readFigures(flow.flow, {}, clock.now()).filter);
      const figures = figuresOf(flow, counts, live);
      const query = trial === null ? "" : `?release=${trial}`;
      return { ...about(flow), trial, query, worst: worstOf(figures), ...sums(flow, figures) };
    };
    const flows = await Promise.all([
      ...[...voice.flows.values()].map((flow) => row(flow, null)),
      ...onTrial.map((flow) => row(flow, canary?.release ?? null)),
    ]);
    return reply.page("flows/list.njk", { flows, days: usualDays, period });
  });

  web.get<OfFlow>("/flows/:flow", { config, schema: figuresSchema }, async (request, reply) => {
    const { userId } = signedIn(request);
    const { filter, period } = readFigures(request.params.flow, request.query, clock.now());
    const met = await chosenFlow(spoken, userId, filter);
    if (!met) return reply.trouble(404, notFound);
    const { flow, voice } = met;
    const [counts, choices, live] = await Promise.all([
      flowFigures.counts(userId, filter),
      flowFigures.choices(userId, filter),
      flowFigures.live(userId, filter),
    ]);
    const figures = figuresOf(flow, counts, live);
    return reply.page("flows/flow.njk", {
      ...{
        ...about(flow),
        release: voice.release,
        period,
        filter,
        worst: worstOf(figures),
        ...sums(flow, figures),
      },
      choices: withChosen(choices, filter),
      drawing: drawn(voice, flow, { figures, query: queryOf(filter, period) }),
      steps: figures.map((each) => shown(voice, flow, each)),
      query: queryOf(filter, period),
      hours: Array.from({ length: 24 }, (_, hour) => hour),
      now: clock.now(),
    });
  });

  /** For the page's script, every few seconds: no figures, only who is where. */
  web.get<OfFlow>("/flows/:flow/live", { config, schema: figuresSchema }, async (request, reply) => {
    const { userId } = signedIn(request);
    const { filter } = readFigures(request.params.flow, request.query, clock.now());
    if (!(await chosenFlow(spoken, userId, filter))) return reply.trouble(404, notFound);
    const live = (await flowFigures.live(userId, filter)).filter(({ flow }) => flow === filter.flow);
    return reply.header("cache-control", "no-store").send({ all: sumOf(live), steps: byStep(live) });
  });
};

const about = ({ flow, title, version }: Flow) => ({ flow, title, version: version.slice(0, 12) });

const sumOf = (live: readonly Pick<LiveCount, "calls">[]): number =>
  live.reduce((sum, { calls }) => sum + calls, 0);

function byStep(live: readonly LiveCount[]): Record<string, number> {
  const steps: Record<string, number> = {};
  for (const { step, calls } of live) steps[step] = (steps[step] ?? 0) + calls;
  return steps;
}

const sums = (flow: Flow, figures: readonly StepFigures[]) => ({
  calls: Math.max(0, ...figures.map(({ calls }) => calls)),
  live: figures.reduce((sum, { live }) => sum + live, 0),
  completed: Math.max(0, ...figures.filter(({ step }) => isComplete(flow, step)).map(({ calls }) => calls)),
});

function isComplete(flow: Flow, name: string): boolean {
  const step = flow.steps[name];
  return step !== undefined && "complete" in step && step.complete === true;
}

/** Where most are lost, of steps that enough calls came to; null: nowhere, or nobody knows yet. */
export function worstOf(figures: readonly StepFigures[]): StepFigures | null {
  const known = figures.filter(({ calls, lost }) => calls >= enoughCalls && (lost ?? 0) > 0);
  return known.toSorted((one, other) => (other.lost ?? 0) - (one.lost ?? 0))[0] ?? null;
}

/** The flow as a picture, with its figures; each step leads to its page. */
function drawn(
  voice: SpokenVoice,
  flow: Flow,
  of: { figures: readonly StepFigures[]; query: string },
): string {
  const notes = of.figures.map((figures) => {
    const { step, calls, live, lost, lossShare, medianMs } = figures;
    const lines = [`Now ${live} · ${countOf(calls, "call")}`];
    if (lossShare !== null && lost) lines.push(`Lost ${lost} (${Math.round(lossShare * 100)}%)`);
    if (medianMs !== null) lines.push(`Half stay up to ${Math.round(medianMs / 100) / 10} s`);
    lines.push(...answersOf(voice, flow, figures));
    return [
      step,
      { lines, href: `/flows/${flow.flow}/steps/${step}?${of.query}`, level: lossShare ?? 0 },
    ] as const;
  });
  return drawFlow(flow, { words: voice.prompts.words, notes: new Map(notes) });
}

/** Told as lost, or no answer at all. */
const noAnswers = new Set(["hang-up", "unanswered", "next"]);
/** As many as a menu may have. */
const mostAnswers = 6;
/** Of a step's box, in characters. */
const boxFits = 26;

/** A line for each, the most given first: "2: good 30 (77%)". */
function answersOf(voice: SpokenVoice, { flow }: Flow, { step, ways }: StepFigures): string[] {
  const answers = ways.filter(({ on, times }) => times > 0 && !noAnswers.has(on));
  const lines = answers.slice(0, mostAnswers).map(({ on, times, share }) => {
    const words = wayWords(voice, { flow, step, on });
    const cut = words.length > boxFits ? `${words.slice(0, boxFits - 1)}…` : words;
    return `${cut} ${britishNumber(times)} (${Math.round(share * 100)}%)`;
  });
  return answers.length > mostAnswers ? [...lines, `and ${answers.length - mostAnswers} more`] : lines;
}

function shown(voice: SpokenVoice, flow: Flow, figures: StepFigures) {
  const { step } = figures;
  return {
    ...figures,
    words: flow.steps[step] && saidBy(flow.steps[step]).length > 0 ? stepWords(voice, flow.flow, step) : null,
    kind: flow.steps[step]?.kind ?? null,
    ways: figures.ways
      .filter(({ times }) => times > 0)
      .map((way) => ({ ...way, words: wayWords(voice, { flow: flow.flow, step, on: way.on }) })),
  };
}

/** What was chosen stands among the choices though no call of it came in this time. */
function withChosen(choices: FigureChoices, { language, release }: FigureFilter): FigureChoices {
  const languages = new Set([...choices.languages, ...(language === null ? [] : [language])]);
  const releases = new Set([...choices.releases, ...(release === null ? [] : [release])]);
  return {
    ...choices,
    languages: [...languages].toSorted(),
    releases: [...releases].toSorted((one, other) => one - other),
  };
}

/** The filter as an address has it, so that one page leads to the next with the same calls. */
export function queryOf(
  { language, release, hour }: FigureFilter,
  { firstDay, lastDay }: ReadPeriod,
): string {
  const fields = Object.entries({ from: firstDay, to: lastDay, language, release, hour });
  const given = fields.filter(([, value]) => value !== null).map(([name, value]) => [name, String(value)]);
  return new URLSearchParams(Object.fromEntries(given)).toString();
}
