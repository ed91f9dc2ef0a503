import type { Command, Input } from "#flow/state.ts";
import { handsetPause, type Speaking, say } from "./ask.ts";
import type { Audio } from "./line.ts";
import { LineEnded } from "./line-events.ts";
import type { CallLog } from "./ports.ts";

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
/** How long an ended recording may take to say so. */
const finishWithinMs = 3_000;

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

  const recording = new Part(command, line.nowMs());
  line.startRecording(command.name, {
    limitMs: command.limitMs + spareMs,
    silenceMs: 0,
    underPrompts: command.nudge,
  });
  const nudgeId = command.nudge ? line.play(audio) : null;
  if (nudgeId) recording.quietFrom = Number.POSITIVE_INFINITY; // the silence is counted from the nudge's end
  if (line.talk.since !== null) recording.heard(line.talk.since);
  try {
    const input = await listen(at, recording, nudgeId);
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

async function listen(at: Speaking, part: Part, nudgeId: string | null): Promise<Input> {
  const { line } = at;
  for (;;) {
    const event = await line.next(Math.min(part.limitAt, part.silentAt));
    if (!event) return finish(at, part, line.nowMs() >= part.limitAt ? "limit" : "silence");
    switch (event.kind) {
      case "talk-started":
        part.heard(line.talk.since ?? line.nowMs());
        break;
      case "talk-finished":
        part.quiet(line.talk.lastHeard ?? line.nowMs());
        break;
      case "play-finished":
        if (event.id === nudgeId && part.talkingSince === null) part.quietFrom = line.nowMs();
        break;
      case "recording-started":
        if (event.name === part.command.name) part.begin(line.nowMs());
        break;
      case "recording-finished":
        if (event.name !== part.command.name) break;
        part.endedAt = line.nowMs();
        // Asterisk could not record: go on politely with what there is; the story's keeping tells the fault.
        if (event.failed) return { kind: "recorded", endedBy: "hash", spoke: false };
        return ended(part, event.endedBySilence ? "silence" : "limit");
      case "key":
        if (event.digit !== "#" && event.digit !== at.optOutKey) break;
        at.keys.press(event.digit, event.atMs);
        at.keys.take();
        return finish(at, part, event.digit === "#" ? "hash" : "opt-out");
    }
  }
}

/** Stops the recording and waits until Asterisk has closed the file; a hang-up meanwhile changes nothing about it. */
async function finish(at: Speaking, part: Part, endedBy: EndedBy): Promise<Input> {
  const { line } = at;
  part.endedAt = line.nowMs();
  line.stopRecording(part.command.name);
  const until = line.nowMs() + finishWithinMs;
  for (;;) {
    const event = await line.next(until);
    if (!event || (event.kind === "recording-finished" && event.name === part.command.name)) break;
    if (event.kind === "talk-finished") part.quiet(part.endedAt);
  }
  return ended(part, endedBy);
}

type EndedBy = (Input & { kind: "recorded" })["endedBy"];

const ended = (part: Part, endedBy: EndedBy): Input => ({ kind: "recorded", endedBy, spoke: part.spoke });

/** What has been heard in the part being recorded. Times: clock.monotonicMs. */
class Part {
  readonly command: RecordCommand;
  startedAt: number;
  endedAt: number | null = null;
  spoke = false;
  talkingSince: number | null = null;
  quietFrom: number;
  #speechMs = 0;

  constructor(command: RecordCommand, now: number) {
    this.command = command;
    this.startedAt = now;
    this.quietFrom = now;
  }

  /** Asterisk has begun; until then it was only asked to. */
  begin(now: number): void {
    this.startedAt = now;
    if (this.quietFrom < now) this.quietFrom = now;
    if (this.talkingSince !== null) this.talkingSince = now;
  }

  get limitAt(): number {
    return this.startedAt + this.command.limitMs;
  }

  get silentAt(): number {
    return this.talkingSince === null ? this.quietFrom + this.command.silenceMs : Number.POSITIVE_INFINITY;
  }

  heard(now: number): void {
    this.spoke = true;
    this.talkingSince ??= Math.max(now, this.startedAt);
  }

  quiet(now: number): void {
    if (this.talkingSince !== null) this.#speechMs += now - this.talkingSince;
    this.talkingSince = null;
    this.quietFrom = now;
  }

  speechMs(now: number): number {
    return this.#speechMs + (this.talkingSince === null ? 0 : (this.endedAt ?? now) - this.talkingSince);
  }
}
