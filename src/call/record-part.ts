import type { Command, Input } from "#flow/state.ts";
import { handsetPause, type Speaking, say } from "./ask.ts";
import type { Audio } from "./line.ts";
import { LineEnded } from "./line-events.ts";
import { listenTo } from "./listen-to-part.ts";
import type { CallLog } from "./ports.ts";
import { StoryPart } from "./story-part.ts";

type RecordCommand = Command & { kind: "record" };

/** The call ended in the middle of a story: what was said by then is the story. */
export class EndedInStory extends LineEnded {
  readonly spoke: boolean;
  constructor(how: LineEnded["how"], spoke: boolean) {
    super(how);
    this.spoke = spoke;
  }
}

/** Asterisk's own end of a recording comes after ours, only in case we are gone by then. */
const spareMs = 5_000;
/**
 * Records one part of a story. The silence is timed here, by the line's talk events, so that what follows can be said
 * while the next part already runs; during the recording only # and the opt-out key act.
 * @throws EndedInStory, LineEnded; what was recorded by then is kept
 */
export async function recordPart(
  at: Speaking,
  command: RecordCommand,
  audio: Audio[],
  callId: string,
  log: CallLog,
): Promise<Input> {
  const { line } = at;
  if (!command.nudge) {
    const before = await invitation(at, audio);
    if (before) return before;
  }
  // The row is written while the tone sounds: no word waits for it.
  const known = log.partBegun({ callId, name: command.name, take: command.take, part: command.part });
  known.catch(() => {}); // awaited below; here only so that a hang-up in the tone leaves no stray rejection
  const key = command.tone ? await say(at, [{ prompt: command.tone }]) : null;
  at.keys.clear();
  if (key?.kind === "key") return key;
  await known;

  const recording = new StoryPart(command, line.nowMs());
  line.startRecording(command.name, {
    limitMs: command.limitMs + spareMs,
    silenceMs: 0,
    underPrompts: command.nudge,
  });
  const nudgeId = command.nudge ? line.play(audio) : null;
  if (nudgeId) recording.quietFrom = Number.POSITIVE_INFINITY; // the silence is counted from the nudge's end
  if (line.talk.since !== null) recording.heard(line.talk.since);
  try {
    const input = await listenTo(at, recording, nudgeId);
    if (nudgeId) line.stopPlaying(nudgeId);
    return input;
  } catch (thrown) {
    throw thrown instanceof LineEnded ? new EndedInStory(thrown.how, recording.spoke) : thrown;
  } finally {
    await log.partEnded({
      name: command.name,
      durationMs: Math.round((recording.endedAt ?? line.nowMs()) - recording.startedAt),
      speechMs: Math.round(recording.speechMs(line.nowMs())),
    });
  }
}

/**
 * Goes on with a part that another process began: Asterisk records by itself while nobody listens, so that whoever tells
 * a story need not notice. A part that ended meanwhile counts as told, and the flow asks for more: a # that ended it has
 * not been answered.
 * @returns null where its recording was never begun
 * @throws EndedInStory, LineEnded
 */
export async function resumePart(
  at: Speaking,
  command: RecordCommand,
  begunAgoMs: number,
  log: CallLog,
): Promise<Input | null> {
  const { line } = at;
  const options = { limitMs: command.limitMs + spareMs, silenceMs: 0, underPrompts: command.nudge };
  const found = await line.takeUpRecording(command.name, options);
  if (found === "none") return null;
  if (found === "ended") return { kind: "recorded", endedBy: "silence", spoke: true };
  const recording = new StoryPart(command, line.nowMs() - begunAgoMs);
  // What was said before us nobody counted: better a silence kept than a story lost.
  recording.spoke = true;
  // They may be in the middle of a sentence: only its end will be told, or the next one's begin. Some speak on and on.
  recording.quietFrom = line.nowMs() + 5 * command.silenceMs;
  if (line.talk.since !== null) recording.heard(line.talk.since);
  try {
    return await listenTo(at, recording, null);
  } catch (thrown) {
    throw thrown instanceof LineEnded ? new EndedInStory(thrown.how, true) : thrown;
  } finally {
    await log.partEnded({ name: command.name, durationMs: null, speechMs: null });
  }
}

/** The words before a recording. # skips the story; a key that means nothing here hurries to the tone. */
async function invitation(at: Speaking, words: Audio[]): Promise<Input | null> {
  const heard = await say({ ...at, everywhere: [...everyKey] }, words);
  at.keys.clear();
  if (heard.kind !== "key") return null;
  if (heard.digit === "#") return { kind: "recorded", endedBy: "hash", spoke: false };
  if (at.everywhere.includes(heard.digit)) return heard;
  await handsetPause(at);
  at.keys.clear();
  return null;
}

const everyKey = "123456789*0#";
