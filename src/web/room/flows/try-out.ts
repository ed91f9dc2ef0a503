/** A flow tried in the browser: what a caller did so far is in the address, and the call is walked anew each time. */
import type { PromptBook } from "#call/prompt-book.ts";
import type { Flow } from "#flow/definition.ts";
import { messageOf } from "#lib/errors.ts";
import type { CallerAct } from "#walk/caller-act.ts";
import { walkScript } from "#walk/walk-script.ts";

/** What a caller can do, as the address has it: a key, or a word. */
export const tryActs = [..."123456789*0#", "silence", "story", "hang-up"] as const;
export type TryAct = (typeof tryActs)[number];

export interface HeardPrompt {
  prompt: string;
  language: string;
}

export interface TriedStep {
  step: string;
  /** In order, each with the language it was said in. */
  heard: HeardPrompt[];
  /** What the caller did then; null where nothing yet. */
  did: string | null;
}

export interface TryOut {
  acts: TryAct[];
  steps: TriedStep[];
  /** The step in which the caller is asked just now; null once the call is over. */
  at: string | null;
  /** How the call would count; as it stands so far, while it goes on. */
  disposition: string;
  answers: [name: string, value: string][];
  language: string;
  /** What keeps the flow from being walked; the flow's checks tell more. */
  fault: string | null;
}

const mostActs = 60;

/** "1,2,silence"; what cannot be read is left out. */
export const readActs = (text: string | undefined): TryAct[] =>
  (text ?? "")
    .split(",")
    .filter((word): word is TryAct => (tryActs as readonly string[]).includes(word))
    .slice(0, mostActs);

export interface TryAsked {
  flow: Flow;
  flows: ReadonlyMap<string, Flow>;
  acts: TryAct[];
  language: string;
  /** The languages that the campaign offers, this one among them; none: no key changes it. */
  offers?: string[];
  /** Fields of the list, as they would stand in it. */
  contact?: Record<string, string>;
}

/** Walks the real interpreter and the real conversation, on a pretend line: nobody is rung, and nothing is kept. */
export async function tryOut({
  flow,
  flows,
  acts,
  language,
  offers = [],
  contact = {},
}: TryAsked): Promise<TryOut> {
  const tried = { acts, language, fault: null };
  try {
    const call = [...acts.flatMap((act) => actsOf(act, flow)), ...waits, { hangUp: true as const }];
    const walked = await walkScript({
      flow,
      flows,
      book: byLanguage,
      script: { call, language, offers, contact },
    });
    const { talked, line, disposition } = walked;
    // A caller who still hangs up in the end was being asked until then.
    const isOver = acts.includes("hang-up") || line.hungUpByUs || talked.end.kind !== "hung-up";
    return {
      ...tried,
      steps: inSteps(walked.heard, talked.trail),
      ...{ at: isOver ? null : walked.lastStep, disposition },
      answers: Object.entries(talked.state.answers).map(([name, value]) => [name, String(value)]),
      language: talked.state.language,
    };
  } catch (thrown) {
    return { ...tried, steps: [], at: null, disposition: "failed", answers: [], fault: messageOf(thrown) };
  }
}

/** The words are heard to their end first: of several steps, with a moment between them, in which nobody presses. */
const waits: CallerAct[] = Array.from({ length: 4 }, () => [
  { wait: 550 },
  { hearOut: true as const },
]).flat();

function actsOf(act: TryAct, flow: Flow): CallerAct[] {
  switch (act) {
    case "silence":
      return [...waits, { wait: flow.timing.answerWithinMs + 1_000 }];
    case "story":
      return [...waits, { wait: 500 }, { talk: 4_000 }, { wait: 1_000 }];
    case "hang-up":
      return [...waits, { hangUp: true }];
    default:
      return [...waits, { press: act }];
  }
}

/** The language is all that is to be known of a sound. */
const byLanguage: PromptBook = {
  languages: [],
  soundOf: (_prompt, language) => ({ name: language, language }),
};

/** What was heard, a stay a line, with the way by which each was left. */
function inSteps(
  heard: readonly { prompt: string; sound: string; step: string }[],
  trail: readonly { step: string; leftBy: string }[],
): TriedStep[] {
  const steps: TriedStep[] = [];
  for (const { prompt, sound: language, step } of heard) {
    const last = steps.at(-1);
    if (last?.step === step) last.heard.push({ prompt, language });
    else steps.push({ step, heard: [{ prompt, language }], did: null });
  }
  let from = 0;
  for (const { step, leftBy } of trail) {
    const at = steps.findIndex((each, place) => place >= from && each.step === step);
    if (at < 0) continue;
    steps[at]!.did = leftBy;
    from = at + 1;
  }
  return steps;
}
