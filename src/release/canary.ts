/**
 * Whether a new release may have all calls: pure. It is compared with the last one by three measures, at six numbers of
 * calls, each by Fisher's exact test (one-sided: only worse counts). Each of these 18 tests has an 18th of 5 %
 * (Bonferroni), so that of releases as good as the last at most 5 % are rolled back by chance, however they are looked
 * at. What never happens by chance, a call in silence or a missing prompt, needs no test.
 */
import { atLeastByChance } from "./fisher.ts";

export interface ArmFigures {
  /** Answered by somebody, and over. */
  calls: number;
  /** Ended by a fault of ours. */
  failed: number;
  /** Hung up before any answer: in the greeting, or at the question. */
  hungUp: number;
  /** Nothing was pressed to the question. */
  unanswered: number;
  /** They heard nothing of us. */
  silent: number;
  /** Of those, calls that people made to us. */
  silentInbound: number;
  /** Times that a prompt had no sound. */
  missingPrompts: number;
}

export interface CanaryFigures {
  canary: ArmFigures;
  /** The release that is live for all others meanwhile. */
  last: ArmFigures;
}

export type CanaryVerdict =
  /** Its next look comes at so many calls. */
  | { kind: "waits"; nextLookAt: number; states: string }
  | { kind: "good"; states: string }
  | { kind: "bad"; states: string };

/** Of new calls, unless whoever publishes says otherwise. */
export const canaryShare = 0.05;
/** After so many calls of its own it is looked at; after the last, all get it. */
export const canaryLooks = [10, 20, 40, 80, 140, 200] as const;
export const callsWanted = 200;
export const falseAlarms = 0.05;

const measures = [
  { of: "failed", words: "calls ended by a fault" },
  { of: "hungUp", words: "people hung up before any answer" },
  { of: "unanswered", words: "people pressed nothing" },
] as const;

export const alphaEach = falseAlarms / (measures.length * canaryLooks.length);

/** The look that is due now; null: it was taken, or the next one is not reached. @param taken the looks so far */
export function lookDue({ canary }: CanaryFigures, taken: readonly number[]): number | null {
  const reached = canaryLooks.filter((look) => look <= canary.calls).at(-1);
  return reached === undefined || taken.includes(reached) ? null : reached;
}

/** @param look the one that is due, or null: only what needs no test is looked at */
export function verdictOf(figures: CanaryFigures, look: number | null): CanaryVerdict {
  const certain = certainlyBad(figures.canary);
  if (certain) return { kind: "bad", states: certain };
  const nextLookAt = canaryLooks.find((one) => one > figures.canary.calls) ?? callsWanted;
  if (look === null)
    return {
      ...{ kind: "waits", nextLookAt },
      states: `${figures.canary.calls} calls so far; looked at after ${nextLookAt}`,
    };
  const tested = measures.map((measure) => testOf(measure, figures));
  const worse = tested.filter(({ p }) => p < alphaEach);
  const states = statement(figures, look, tested);
  if (worse.length > 0)
    return { kind: "bad", states: `worse than the last release: ${worse.map(tell).join("; ")}. ${states}` };
  return look >= callsWanted ? { kind: "good", states } : { kind: "waits", nextLookAt, states };
}

function certainlyBad({ silent, silentInbound, missingPrompts }: ArmFigures): string | null {
  const ofOurs = silent - silentInbound;
  const heardNothing = [
    ...(ofOurs > 0 ? [`${ofOurs} answered ${ofOurs === 1 ? "call" : "calls"}`] : []),
    ...(silentInbound > 0 ? [`${silentInbound} ${silentInbound === 1 ? "call" : "calls"} to us`] : []),
  ];
  if (heardNothing.length > 0) return `${heardNothing.join(" and ")} heard nothing: one is enough`;
  if (missingPrompts > 0)
    return `a prompt had no sound ${missingPrompts === 1 ? "once" : `${missingPrompts} times`}: once is enough`;
  return null;
}

interface Tested {
  words: string;
  ours: number;
  theirs: number;
  of: CanaryFigures;
  p: number;
}

function testOf({ of, words }: (typeof measures)[number], figures: CanaryFigures): Tested {
  const { canary, last } = figures;
  const ours = { of: canary[of], calls: canary.calls };
  const theirs = { of: last[of], calls: last.calls };
  return { words, ours: ours.of, theirs: theirs.of, of: figures, p: atLeastByChance(ours, theirs) };
}

const tell = ({ words, ours, theirs, of, p }: Tested): string =>
  `${words} ${share(ours, of.canary.calls)} instead of ${share(theirs, of.last.calls)} (p ${rounded(p)})`;

const statement = ({ canary, last }: CanaryFigures, look: number, tested: Tested[]): string =>
  `Fisher's exact test, one-sided, at ${look} calls (${canary.calls} of this release, ${last.calls} of the last): ` +
  `${tested.map(tell).join("; ")}; worse counts below p = ${alphaEach.toFixed(4)}, which is ${falseAlarms * 100} % over ` +
  `${measures.length} measures and ${canaryLooks.length} looks`;

const share = (count: number, calls: number): string =>
  calls === 0 ? "0 of 0" : `${((100 * count) / calls).toFixed(1)} %`;

const rounded = (p: number): string => (p < 0.0001 ? "< 0.0001" : `= ${p.toFixed(4)}`);
