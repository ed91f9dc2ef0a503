import type { Input } from "#flow/state.ts";
import type { Speaking } from "./ask.ts";
import type { LineEvent } from "./line.ts";
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
    const event =
      part.silentAt < part.limitAt
        ? await line.nextOrSilence(part.silentAt)
        : ((await line.next(part.limitAt)) ?? "limit");
    if (event === "silence" || event === "limit") return finish(at, part, event);
    if (event === "unseen") {
      part.quietFrom = line.nowMs();
      continue;
    }
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
        // What they said, too, may have been told to nobody: better a silence kept than a story lost.
        if (event.sightLost) part.spoke = true;
        // Asterisk could not record: go on politely with what there is; the story's keeping tells the fault.
        if (event.failed && !event.hungUp) return { kind: "recorded", endedBy: "fault", spoke: false };
        if (event.endedBySilence) return ended(part, "silence");
        return line.nowMs() < part.limitAt ? endedEarly(at, part, event) : ended(part, "limit");
      case "key": {
        const endedBy = endedByKey(at, event);
        if (endedBy) return finish(at, part, endedBy);
      }
    }
  }
}

/**
 * By a # that is told next, or whose event was lost with a connection; with the call, whose end is told next; or, where
 * nothing of ours was lost, by Asterisk itself: its disk is full.
 */
async function endedEarly(
  at: Speaking,
  part: StoryPart,
  { sightLost = false, hungUp = false }: { sightLost?: boolean; hungUp?: boolean },
): Promise<Input> {
  const { line } = at;
  for (const until = line.nowMs() + (hungUp ? hangUpToldWithinMs : endToldWithinMs); ; ) {
    const event = await line.next(until);
    if (!event) return ended(part, sightLost ? "hash" : "fault");
    const endedBy = endedByKey(at, event);
    if (endedBy) return ended(part, endedBy);
  }
}

/** Null of all else: while a story is told, only # and the opt-out key act. */
function endedByKey({ keys, optOutKey }: Speaking, event: LineEvent): "hash" | "opt-out" | null {
  if (event.kind !== "key" || (event.digit !== "#" && event.digit !== optOutKey)) return null;
  keys.press(event.digit, event.atMs);
  keys.take();
  return event.digit === "#" ? "hash" : "opt-out";
}

/**
 * Stops the recording and waits until Asterisk has closed the file. A hang-up meanwhile changes nothing about it; a key
 * does, which they pressed as we were about to end it ourselves.
 */
async function finish(at: Speaking, part: StoryPart, endedBy: EndedBy): Promise<Input> {
  const { line } = at;
  part.endedAt = line.nowMs();
  line.stopRecording(part.command.name);
  const until = line.nowMs() + finishWithinMs;
  let by = endedBy;
  for (;;) {
    const event = await line.next(until);
    if (!event) break;
    if (event.kind === "recording-finished" && event.name === part.command.name) {
      if (by === "silence" && event.endedBefore) return endedEarly(at, part, { ...event, sightLost: true });
      break;
    }
    if (event.kind === "talk-finished") part.quiet(part.endedAt);
    if (by === "silence" || by === "limit") by = endedByKey(at, event) ?? by;
    // Behind a #, what is pressed is for what comes next.
    else if (by === "hash" && event.kind === "key") at.keys.press(event.digit, event.atMs);
  }
  return ended(part, by);
}

type EndedBy = (Input & { kind: "recorded" })["endedBy"];

const ended = (part: StoryPart, endedBy: EndedBy): Input => ({
  kind: "recorded",
  endedBy,
  spoke: part.spoke,
});
