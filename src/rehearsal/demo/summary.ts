import { fileURLToPath } from "node:url";
import { styleText } from "node:util";
import type { SurveyResult } from "#postgres/results.ts";
import { expectedOf } from "#rehearsal/people/expected.ts";
import type { Expected } from "#rehearsal/people/person.ts";
import { isOneOfTheTwelve, storyTexts } from "#rehearsal/people/stories.ts";
import { combinedWordErrorRate } from "#transcript/word-error-rate.ts";
import { faultsOf } from "./judge.ts";

export interface DemoVerdict {
  lines: string[];
  /** Every outcome is what the pretend person's script says. */
  asScripted: boolean;
}

/** What the demo says at its end. `numbers`: E.164 by visit reference, for those whose script is known. */
export async function summarise(
  results: SurveyResult[],
  numbers: ReadonlyMap<string, string>,
  judged: boolean,
): Promise<DemoVerdict> {
  const expected = new Map<string, Expected>();
  if (judged) {
    for (const [visitRef, number] of numbers) expected.set(visitRef, expectedOf(number));
  }
  const faults = results.flatMap((result) => {
    const wanted = expected.get(result.visit_ref);
    return wanted ? faultsOf(result, wanted).map((fault) => `${result.visit_ref}: ${fault}`) : [];
  });
  const lines = [
    heading("Summary"),
    ...counts(results),
    ...wordErrors(results, expected, await storyTexts()),
    ...(judged ? verdict(expected.size, faults) : []),
    ...sample(results),
  ];
  return { lines, asScripted: faults.length === 0 };
}

const heading = (text: string): string => `\n${styleText("bold", text)}`;

function counts(results: SurveyResult[]): string[] {
  const by = Map.groupBy(results, (result) => result.disposition);
  const rows = [...by].toSorted(([, a], [, b]) => b.length - a.length);
  const rated = results.filter(({ rating }) => rating !== null).length;
  const stories = results.filter(({ story_id }) => story_id !== null).length;
  return [
    `  ${results.length} visits: ${rated} ratings, ${stories} stories`,
    ...rows.map(([disposition, list]) => `  ${String(list.length).padStart(4)}  ${disposition}`),
  ];
}

/** How well the recogniser heard the twelve stories, against what the pretend people really said. */
function wordErrors(
  results: SurveyResult[],
  expected: ReadonlyMap<string, Expected>,
  texts: ReadonlyMap<string, string>,
): string[] {
  const pairs = new Map<string, { reference: string; heard: string }>();
  for (const result of results) {
    const [story, ...more] = expected.get(result.visit_ref)?.story ?? [];
    if (!story || more.length > 0 || !isOneOfTheTwelve(story) || result.transcript_state !== "done") continue;
    if (!pairs.has(story))
      pairs.set(story, { reference: texts.get(story) ?? "", heard: result.transcript ?? "" });
  }
  if (pairs.size === 0) return [];
  const rate = combinedWordErrorRate([...pairs.values()]);
  return [`  word error rate over ${pairs.size} different stories: ${(rate * 100).toFixed(1)} %`];
}

function verdict(people: number, faults: string[]): string[] {
  if (faults.length === 0)
    return [styleText("green", `  all ${people} outcomes are what the pretend people's scripts say`)];
  return [
    styleText("red", `  ${faults.length} outcomes are not what the scripts say:`),
    ...faults.map((fault) => `    ${fault}`),
  ];
}

/** The one that the recogniser is surest of. */
function sample(results: SurveyResult[]): string[] {
  const [story] = results
    .filter(({ disposition, transcript }) => disposition === "completed" && transcript)
    .toSorted((a, b) => (b.transcript_confidence ?? 0) - (a.transcript_confidence ?? 0));
  if (!story?.recording_uri) return [];
  return [
    heading("One story"),
    `  visit ${story.visit_ref}, rating ${story.rating} (${story.rating_label}), ${story.story_seconds} s`,
    `  “${story.transcript}”`,
    `  heard by ${story.transcript_engine}: rough words, for rehearsals only`,
    `  audio: ${fileURLToPath(story.recording_uri)} (sealed; the address below plays it)`,
  ];
}
