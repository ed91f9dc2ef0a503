import type { Command, Input } from "#flow/state.ts";
import type { KeyBuffer } from "./key-buffer.ts";
import type { Audio } from "./line.ts";
import type { AttentiveLine } from "./line-events.ts";
import { MachineHeard } from "./machine.ts";

export interface Speaking {
  line: AttentiveLine;
  keys: KeyBuffer;
  /** Keys that act in every step at once: repeat and opt-out. */
  everywhere: string[];
  optOutKey: string;
  handsetPauseMs: number;
  voicemailTalkMs: number;
}

/** A playback that never reports its end does not hold a call for ever: no prompt is longer. */
const longestPromptMs = 120_000;

/**
 * Plays a question and waits for one key. Keys interrupt; a key typed ahead that answers it saves the playing.
 * @returns the key, or silence once the prompts have ended and `answerWithinMs` has passed
 * @throws LineEnded, MachineHeard (only beside a greeting)
 */
export async function ask(at: Speaking, command: Command & { kind: "ask" }, audio: Audio[]): Promise<Input> {
  const { line, keys } = at;
  const ahead = takeUsable(at, command.expects);
  if (ahead) return { kind: "key", digit: ahead };

  const id = line.play(audio);
  let playing = true;
  let until = line.nowMs() + longestPromptMs;
  for (;;) {
    const event = await line.nextOrSilence(command.greeting ? Math.min(until, machineAt(at)) : until);
    if (event === "unseen") {
      if (!playing) until = line.nowMs() + command.answerWithinMs;
      continue;
    }
    if (event === "silence") {
      if (command.greeting && line.nowMs() >= machineAt(at)) throw new MachineHeard("talk");
      if (line.nowMs() < until) continue;
      if (playing) line.stopPlaying(id);
      return { kind: "silence" };
    }
    switch (event.kind) {
      case "play-started":
        if (event.id === id) keys.questionBegan();
        break;
      case "play-finished":
        if (event.id !== id) break;
        playing = false;
        keys.questionBegan();
        until = line.nowMs() + command.answerWithinMs;
        break;
      case "tone":
        if (command.greeting) throw new MachineHeard("beep");
        break;
      case "key": {
        if (!keys.press(event.digit, event.atMs)) break;
        if (playing) line.stopPlaying(id);
        return { kind: "key", digit: keys.take() ?? event.digit };
      }
    }
  }
}

/** When unbroken talk would give a machine away. */
function machineAt({ line, voicemailTalkMs }: Speaking): number {
  return line.talk.since === null ? Number.POSITIVE_INFINITY : line.talk.since + voicemailTalkMs;
}

/** A key typed ahead, if it can answer here; others are forgotten, and the question is put. */
function takeUsable({ keys, everywhere }: Speaking, expects: string[]): string | undefined {
  while (keys.hasKey) {
    const digit = keys.take();
    if (digit !== undefined && (expects.includes(digit) || everywhere.includes(digit))) return digit;
  }
  return undefined;
}

/**
 * Says something. A key interrupts: one that acts everywhere does so, any other waits for the next question.
 * @throws LineEnded
 */
export async function say(at: Speaking, audio: Audio[]): Promise<Input> {
  const { line, keys } = at;
  if (keys.hasKey) return typedAhead(at);
  if (audio.length === 0) return { kind: "played" };
  const id = line.play(audio);
  const until = line.nowMs() + longestPromptMs;
  for (;;) {
    const event = await line.next(until);
    if (!event) return { kind: "played" };
    // Cut off by a hang-up it has not been played: what follows was never come to.
    if (event.kind === "play-finished" && event.id === id && !event.hungUp) return { kind: "played" };
    if (event.kind !== "key" || !keys.press(event.digit, event.atMs)) continue;
    line.stopPlaying(id);
    return typedAhead(at);
  }
}

/** A waiting key that acts everywhere is taken; any other goes on waiting, and what was to be said is not. */
function typedAhead({ keys, everywhere }: Speaking): Input {
  if (!everywhere.includes(keys.waiting ?? "")) return { kind: "played" };
  return { kind: "key", digit: keys.take() ?? "" };
}

/**
 * Leaves the handset time to get back to the ear; a further key ends the wait.
 * @param keyAtMs when it was taken (line.nowMs): what keeping it took lies within the pause
 * @throws LineEnded
 */
export async function handsetPause({ line, keys, handsetPauseMs }: Speaking, keyAtMs: number): Promise<void> {
  const until = keyAtMs + handsetPauseMs;
  for (;;) {
    const event = await line.next(until);
    if (!event) return;
    if (event.kind === "key" && keys.press(event.digit, event.atMs)) return;
  }
}
