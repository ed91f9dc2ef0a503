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

export interface Recording {
  /** The invitation; or, of a nudge, what is said while it runs already. */
  words: Audio[];
  tone: Audio[];
  callId: string;
  log: CallLog;
}

/** Asterisk's own end of a recording comes after ours, only in case we are gone by then. */
const spareMs = 5_000;
/**
 * Records one part of a story. The silence is timed here, by the line's talk events, so that what follows can be said
 * while the next part already runs; from the tone on only # and the opt-out key act.
 * @throws EndedInStory, LineEnded; what was recorded by then is kept
 */
export async function recordPart(
  at: Speaking,
  command: RecordCommand,
  { words, tone, callId, log }: Recording,
): Promise<Input> {
  const { line } = at;
  if (!command.nudge) {
    const before = await invitation(at, words);
    if (before) return before;
  }
  // The row before the tone: should we die, whoever takes the call over must find what Asterisk records by itself.
  await log.partBegun({ callId, name: command.name, take: command.take, part: command.part });
  const recording = new StoryPart(command, line.nowMs());
  if (tone.length > 0) line.play(tone);
  // At once, and so behind the tone on the line itself: no word waits for us.
  line.startRecording(command.name, {
    limitMs: command.limitMs + spareMs,
    silenceMs: 0,
    underPrompts: command.nudge,
  });
  const nudgeId = command.nudge ? line.play(words) : null;
  if (nudgeId) recording.quietFrom = Number.POSITIVE_INFINITY; // the silence is counted from the nudge's end
  if (line.talk.since !== null) recording.heard(line.talk.since);
  const listening = listenTo(at, recording, nudgeId);
  const input = await noted(listening, { name: command.name, log, spoke: () => recording.spoke }, () => ({
    durationMs: Math.round((recording.endedAt ?? line.nowMs()) - recording.startedAt),
    speechMs: Math.round(recording.speechMs(line.nowMs())),
  }));
  if (nudgeId) line.stopPlaying(nudgeId);
  return input;
}

/**
 * Notes how a part ended. Of one that broke off (its disk is full) while somebody told something no end is noted:
 * whoever fetches it marks it as cut, however little is missing.
 * @throws EndedInStory where the call ended with it
 */
async function noted(
  listening: Promise<Input>,
  { name, log, spoke }: { name: string; log: CallLog; spoke: () => boolean },
  measured: () => { durationMs: number | null; speechMs: number | null },
): Promise<Input> {
  const end = () => log.partEnded({ name, ...measured() });
  try {
    const input = await listening;
    const brokeOff = input.kind === "recorded" && input.endedBy === "fault";
    if (!brokeOff || !spoke()) await end();
    return input;
  } catch (thrown) {
    await end();
    throw thrown instanceof LineEnded ? new EndedInStory(thrown.how, spoke()) : thrown;
  }
}

/** From the row of a part to its first sound: the tone, and what a busy machine adds. So much longer it looks to others. */
const beforeItBeganMs = 1_000;
/**
 * Goes on with a part that another process began: Asterisk records by itself while nobody listens, so that whoever tells
 * a story need not notice. One that ended meanwhile, and not at its limit, was ended by a #: nobody else ends it while
 * nobody is there.
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
  const endedBy = begunAgoMs < options.limitMs ? "hash" : "limit";
  if (found === "ended") {
    await log.partEnded({ name: command.name, durationMs: null, speechMs: null });
    return { kind: "recorded", endedBy, spoke: true };
  }
  const recording = new StoryPart(command, line.nowMs() - begunAgoMs);
  // What was said before us nobody counted: better a silence kept than a story lost.
  recording.spoke = true;
  // The line listens for talk anew, and tells at once of somebody in the middle of a sentence.
  recording.quietFrom = line.nowMs();
  if (line.talk.since !== null) recording.heard(line.talk.since);
  return noted(listenTo(at, recording, null), { name: command.name, log, spoke: () => true }, () => {
    const lastedMs = (recording.endedAt ?? line.nowMs()) - recording.startedAt - beforeItBeganMs;
    return { durationMs: lastedMs > 0 ? Math.round(lastedMs) : null, speechMs: null };
  });
}

/** The words before a recording. # skips the story; a key that means nothing here hurries to the tone. */
async function invitation(at: Speaking, words: Audio[]): Promise<Input | null> {
  const heard = await say({ ...at, everywhere: [...everyKey] }, words);
  at.keys.clear();
  if (heard.kind !== "key") return null;
  if (heard.digit === "#") return { kind: "recorded", endedBy: "hash", spoke: false };
  if (at.everywhere.includes(heard.digit)) return heard;
  await handsetPause(at, at.line.nowMs());
  at.keys.clear();
  return null;
}

const everyKey = "123456789*0#";
