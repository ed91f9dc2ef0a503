import type { Path } from "#lib/yaml-source.ts";
import type { Flow } from "../../definition.ts";
import { saidBy } from "../../pieces.ts";
import type { Rule } from "../rule.ts";

type Bounds = readonly [least: number, most: number];

const ofTiming: Record<Exclude<keyof Flow["timing"], "tries">, Bounds> = {
  answerWithinMs: [500, 60_000],
  handsetPauseMs: [0, 5_000],
  sameKeyWithinMs: [0, 5_000],
  voicemailTalkMs: [2_000, 60_000],
};
const ofSilence: Bounds = [1_000, 60_000];
const ofPause: Bounds = [0, 20_000];

/** Not of the shape: a release that was published before there were these bounds is still read, and its calls held. */
export const impossibleTime: Rule = {
  name: "impossible-time",
  about: "A time in milliseconds that no call can mean: mostly one written in seconds.",
  find: ({ flow, source }) =>
    timesIn(flow).flatMap(({ path, ms, bounds: [least, most] }) => {
      if (ms >= least && ms <= most) return [];
      const bound = ms < least ? `${least} or more` : `${most} or less`;
      const instead = `write ${bound}: it is in milliseconds, and one second is 1000`;
      return [{ at: source.at(path), what: `${ms} cannot stand in ${path.at(-1)}`, instead }];
    }),
};

interface Time {
  path: Path;
  ms: number;
  bounds: Bounds;
}

function timesIn({ timing, takenOver, steps }: Flow): Time[] {
  const manners = Object.keys(ofTiming) as (keyof typeof ofTiming)[];
  return [
    ...manners.map((name) => ({ path: ["timing", name], ms: timing[name], bounds: ofTiming[name] })),
    ...pausesIn(["takenOver"], takenOver),
    ...Object.entries(steps).flatMap(([name, step]) => [
      ...saidBy(step).flatMap(({ field, pieces }) => pausesIn(["steps", name, field], pieces)),
      ...(step.kind === "record"
        ? [{ path: ["steps", name, "silenceMs"], ms: step.silenceMs, bounds: ofSilence }]
        : []),
    ]),
  ];
}

const pausesIn = (at: Path, pieces: Flow["takenOver"]): Time[] =>
  pieces.flatMap((piece, i) =>
    typeof piece !== "string" && "pauseMs" in piece
      ? [{ path: [...at, i, "pauseMs"], ms: piece.pauseMs, bounds: ofPause }]
      : [],
  );
