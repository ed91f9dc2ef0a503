import type { Audio } from "#call/line.ts";
import type { CourseEntry } from "#release/walk-report.ts";
import type { ReleaseSounds } from "./sounds.ts";
import { lengthOf, type Playback } from "./watched-line.ts";

/** Something that the caller did, by the call's clock. */
export interface Deed {
  atMs: number;
  words: string;
}

/** After what was said, a shorter quiet is nobody's silence. */
const silenceMs = 4_000;

/** What happened in a call, in order, for a person who reads it. */
export function courseOf(
  playbacks: readonly Playback[],
  deeds: readonly Deed[],
  sounds: ReleaseSounds,
): CourseEntry[] {
  const said = playbacks.flatMap((playback) => entryOf(playback, sounds));
  const done = deeds.map(({ atMs, words }): Timed => ({ atMs, untilMs: atMs, entry: { did: words } }));
  const all = [...said, ...done].toSorted((a, b) => a.atMs - b.atMs);
  return all.flatMap(({ atMs, entry }, i) => {
    const before = all[i - 1];
    const quietMs = before && "said" in before.entry && "said" in entry ? atMs - before.untilMs : 0;
    const silence = { did: `does nothing for ${Math.round(quietMs / 1000)} s` };
    return quietMs < silenceMs ? [entry] : [silence, entry];
  });
}

interface Timed {
  atMs: number;
  untilMs: number;
  entry: CourseEntry;
}

function entryOf({ step, audio, started, ended, end }: Playback, sounds: ReleaseSounds): Timed[] {
  if (!started) return [];
  const cameMs = ended ? ended.heardMs - started.heardMs : Number.POSITIVE_INFINITY;
  const said: string[] = [];
  let beginsMs = 0;
  for (const piece of audio) {
    const words = wordsOf(piece);
    if (words && beginsMs < cameMs) said.push(words);
    beginsMs += lengthOf(piece, sounds);
  }
  if (said.length === 0) return [];
  const entry = { step, said, cutOff: end === "stopped" || end === "hung-up" };
  return [{ atMs: started.atMs, untilMs: ended?.atMs ?? started.atMs, entry }];
}

function wordsOf(piece: Audio): string | null {
  if ("pauseMs" in piece) return null;
  return "prompt" in piece ? piece.prompt : "what they told";
}
