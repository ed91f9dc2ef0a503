import type { Command } from "#flow/state.ts";
import type { Speaking } from "./ask.ts";
import type { Audio } from "./line.ts";

/** After a digit, so long for the next; then the number is taken as it is. */
const nextWithinMs = 5_000;
/** A playback that never reports its end does not hold a call for ever. */
const longestPromptMs = 120_000;

/**
 * Plays a request and takes digits until #, the longest length, or a pause. Digits interrupt the words; `*` forgets what
 * was keyed and says the words again. The same digit twice is two digits here.
 * @returns the digits; "" where nothing was keyed
 * @throws LineEnded
 */
export async function keyIn(
  { line, keys }: Speaking,
  command: Command & { kind: "key-in" },
  audio: Audio[],
): Promise<string> {
  keys.clear();
  let digits = "";
  let id: string | null = line.play(audio);
  let until = line.nowMs() + longestPromptMs;
  for (;;) {
    const event = await line.nextOrSilence(until);
    if (event === "unseen") {
      until = line.nowMs() + nextWithinMs;
      continue;
    }
    if (event === "silence") {
      if (id) line.stopPlaying(id);
      return digits;
    }
    if (event.kind === "play-finished" && event.id === id) {
      id = null;
      if (digits === "") until = line.nowMs() + command.firstWithinMs;
    }
    if (event.kind !== "key") continue;
    if (event.digit === "#" && digits === "" && id) continue; // the end of what was keyed before
    if (id) line.stopPlaying(id);
    id = null;
    if (event.digit === "#") return digits;
    if (event.digit === "*") {
      digits = "";
      id = line.play(audio);
      until = line.nowMs() + longestPromptMs;
      continue;
    }
    digits += event.digit;
    if (digits.length === command.most) {
      keys.numberTaken(event.atMs);
      return digits;
    }
    until = line.nowMs() + nextWithinMs;
  }
}
