import type { Disposition } from "#call/disposition.ts";

/** How the one visit of a test call stands at a moment. */
export interface TestCall {
  /** Of its last attempt; null: not tried yet. */
  attempt: "intent" | "dialing" | "live" | "ended" | "unknown" | "refused" | null;
  refusedBecause: string | null;
  ringing: boolean;
  /** The flow's step, while the call goes on. */
  step: string | null;
  /** Q.850 of the ending, 0 where the network gave none. */
  cause: number | null;
  status: "due" | "calling" | "done" | "held" | "withdrawn";
  disposition: Disposition;
  ratingLabel: string | null;
  storySeconds: number | null;
  transcriptState: "none" | "waiting" | "done" | "no_words" | "failed";
  transcript: string | null;
  transcriptEngine: string | null;
  callbackDue: Date | null;
}

/** The call is over and nothing more is to be waited for. */
export const isSettled = (line: TestCall): boolean => isOver(line) && line.transcriptState !== "waiting";

/** A line for each thing that happened between two looks. */
export function stepsBetween(before: TestCall | null, after: TestCall): string[] {
  const begins = (test: (line: TestCall) => boolean) => test(after) && !(before && test(before));
  const lines: string[] = [];
  if (begins(({ attempt }) => attempt === "dialing")) lines.push("dialling");
  if (begins(({ ringing }) => ringing)) lines.push("ringing");
  if (begins(({ attempt }) => attempt === "live")) lines.push("answered");
  if (after.attempt === "live" && after.step && after.step !== before?.step)
    lines.push(`at step ${after.step}`);
  if (after.ratingLabel && after.ratingLabel !== before?.ratingLabel)
    lines.push(`rated: ${after.ratingLabel}`);
  if (begins(isOver)) lines.push(endingOf(after));
  if (after.storySeconds !== null && before?.storySeconds !== after.storySeconds)
    lines.push(`story: ${after.storySeconds} s`);
  if (begins((line) => isOver(line) && line.transcriptState === "waiting"))
    lines.push("waiting for the story and its words");
  return lines;
}

/** What there is to say at the end. */
export function resultLines(line: TestCall): string[] {
  const words = {
    none: null,
    waiting: "still being transcribed",
    done: `${line.transcript} (by ${line.transcriptEngine ?? "an unknown engine"})`,
    no_words: "no words heard",
    failed: "the transcription failed; the audio is kept",
  }[line.transcriptState];
  return [
    `Disposition: ${line.disposition}`,
    ...(line.ratingLabel ? [`Rating:      ${line.ratingLabel}`] : []),
    ...(line.storySeconds === null ? [] : [`Story:       ${line.storySeconds} s`]),
    ...(words === null ? [] : [`Words:       ${words}`]),
    ...(line.callbackDue
      ? [`Asked to be called at ${line.callbackDue.toISOString()}; a test call does not keep that.`]
      : []),
  ];
}

const isOver = ({ attempt, status }: TestCall): boolean =>
  attempt === "ended" ||
  attempt === "unknown" ||
  attempt === "refused" ||
  (attempt === null && status === "done");

function endingOf({ attempt, refusedBecause, disposition, cause }: TestCall): string {
  if (attempt === "refused") return `not rung: ${refusedBecause ?? "refused at the last check"}`;
  if (attempt === null) return `not rung: ${disposition}`;
  return `ended: ${disposition}${cause ? ` (cause code ${cause})` : ""}`;
}
