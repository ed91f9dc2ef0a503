import type { Input } from "#flow/state.ts";
import type { Speaking } from "./ask.ts";
import type { StoryPart } from "./story-part.ts";

/** How long an ended recording may take to say so. */
const finishWithinMs = 3_000;
/** After the end of its recording, the end of a call is told by then, or the key that ended it. */
const endToldWithinMs = 300;
/** Where they are known to have hung up, it comes, however busy the machine is. */
const hangUpToldWithinMs = 10_000;

/** Listens to a part until it ends, and ends it. @throws LineEnded */
export async function listenTo(at: Speaking, part: StoryPart, nudgeId: string | null): Promise<Input> {
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
        if (event.failed && !event.hungUp) return { kind: "recorded", endedBy: "fault", spoke: false };
        if (event.endedBySilence) return ended(part, "silence");
        return line.nowMs() < part.limitAt ? endedEarly(at, part, event) : ended(part, "limit");
      case "key":
        if (event.digit !== "#" && event.digit !== at.optOutKey) break;
        at.keys.press(event.digit, event.atMs);
        at.keys.take();
        return finish(at, part, event.digit === "#" ? "hash" : "opt-out");
    }
  }
}

/**
 * By a # that is told next, or whose event was lost with a connection; with the call, whose end is told next; or, where
 * nothing of ours was lost, by Asterisk itself: its disk is full.
 */
async function endedEarly(
  { line }: Speaking,
  part: StoryPart,
  { sightLost = false, hungUp = false }: { sightLost?: boolean; hungUp?: boolean },
): Promise<Input> {
  for (const until = line.nowMs() + (hungUp ? hangUpToldWithinMs : endToldWithinMs); ; ) {
    const event = await line.next(until);
    if (event?.kind === "key" && event.digit === "#") return ended(part, "hash");
    if (!event) return ended(part, sightLost ? "hash" : "fault");
  }
}

/** Stops the recording and waits until Asterisk has closed the file; a hang-up meanwhile changes nothing about it. */
async function finish(at: Speaking, part: StoryPart, endedBy: EndedBy): Promise<Input> {
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

const ended = (part: StoryPart, endedBy: EndedBy): Input => ({
  kind: "recorded",
  endedBy,
  spoke: part.spoke,
});
