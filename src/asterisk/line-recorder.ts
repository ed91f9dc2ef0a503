import type { LineEvent, RecordOptions } from "#call/line.ts";
import type { Clock } from "#lib/clock.ts";
import { type AriEvent, timeOf } from "./ari-events.ts";
import { type LineRequests, refused } from "./line-requests.ts";

type RecordingEvent = AriEvent & { type: "RecordingStarted" | "RecordingFinished" | "RecordingFailed" };

interface Recording extends RecordOptions {
  name: string;
  stopAsked: boolean;
  started: boolean;
  startedAtMs: number | null;
}

interface HowEnded {
  silence: boolean;
  failed: boolean;
  endedBefore?: boolean;
}

/** So soon after a key Asterisk has ended a recording, and told so; on a machine that is busy with much else. */
const endsAfterKeyMs = 2_000;

/** The recordings that a line has asked for, until each has ended. */
export class LineRecorder {
  readonly #channelId: string;
  readonly #requests: LineRequests;
  readonly #clock: Clock;
  readonly #tell: (event: LineEvent) => void;
  readonly #recordings = new Map<string, Recording>();
  /**
   * Nobody of ours looked until then (clock.monotonicMs): events may be lost, and with them a key. It can end a recording
   * asked for since, too: Asterisk counts a # of that time as long as one takes (80 ms, measured).
   */
  #unseenUntilMs = Number.NEGATIVE_INFINITY;

  constructor(
    channelId: string,
    requests: LineRequests,
    { clock, tell }: { clock: Clock; tell: (event: LineEvent) => void },
  ) {
    this.#channelId = channelId;
    this.#requests = requests;
    this.#clock = clock;
    this.#tell = tell;
  }

  get busy(): boolean {
    return this.#recordings.size > 0;
  }

  /** Is something being recorded that prompts are to be heard over? */
  get underPrompts(): boolean {
    return [...this.#recordings.values()].some((recording) => recording.underPrompts);
  }

  start(name: string, options: RecordOptions): void {
    const recording = asked(name, options);
    this.#recordings.set(name, recording);
    void this.#begin(recording);
  }

  stop(name: string): void {
    const recording = this.#recordings.get(name);
    if (!recording || recording.stopAsked) return;
    recording.stopAsked = true;
    void this.#stop(recording);
  }

  /** One that another process asked for; its end may come while we ask. */
  async takeUp(name: string, options: RecordOptions): Promise<"running" | "ended" | "none"> {
    const recording = asked(name, options);
    this.#recordings.set(name, recording);
    this.outOfSight();
    const live = await this.#requests.send("GET", livePath(recording));
    // Without an answer the connection was lost: the next one finds out, as for any other.
    if (live === null) return "running";
    this.#seenAgain();
    if (live !== 404) return "running";
    this.#recordings.delete(name);
    const stored = await this.#requests.send("GET", storedPath(recording));
    return stored === 404 ? "none" : "ended";
  }

  take(event: RecordingEvent): void {
    const recording = this.#recordings.get(event.recording.name);
    if (!recording) return;
    if (event.type === "RecordingStarted") {
      if (recording.started) return;
      recording.started = true;
      recording.startedAtMs = timeOf(event);
      this.#tell({ kind: "recording-started", name: recording.name });
      // One that is still queued behind a tone cannot be stopped (measured): Asterisk forgets that it was asked.
      if (recording.stopAsked) void this.#stop(recording);
    } else
      this.#end(recording, {
        silence: endedBySilence(recording, event),
        failed: event.type === "RecordingFailed",
      });
  }

  /** Events come as soon as the connection is back, before anybody has looked: a key of theirs may be missing. */
  outOfSight(): void {
    this.#unseenUntilMs = Number.POSITIVE_INFINITY;
  }

  /** After a lost connection: what ended meanwhile, ends now; what never began, is asked for again. */
  async resume(): Promise<void> {
    this.outOfSight();
    const found = await Promise.all([...this.#recordings.values()].map((one) => this.#resume(one)));
    if (!found.includes(false)) this.#seenAgain();
  }

  /** Nothing more will be heard of them; the files are what they are. */
  endAll(): void {
    for (const recording of [...this.#recordings.values()])
      this.#end(recording, { silence: false, failed: false });
  }

  clear(): void {
    this.#recordings.clear();
  }

  /** Whether one runs in Asterisk just now; what is played is heard behind it. */
  async isLive(): Promise<boolean> {
    const asked = [...this.#recordings.values()].map((one) => this.#requests.send("GET", livePath(one)));
    return (await Promise.all(asked)).includes(200);
  }

  async #begin(recording: Recording): Promise<void> {
    const path = `channels/${this.#channelId}/record`;
    const status = await this.#requests.send("POST", path, recordQuery(recording));
    if (refused(status)) this.#end(recording, { silence: false, failed: true });
  }

  async #stop(recording: Recording): Promise<void> {
    const status = await this.#requests.send("POST", `${livePath(recording)}/stop`);
    if (status === 404) this.#end(recording, { silence: false, failed: false, endedBefore: true });
  }

  #end(recording: Recording, { silence, failed, endedBefore = false }: HowEnded): void {
    if (!this.#recordings.delete(recording.name)) return;
    const { name } = recording;
    const sightLost = this.#clock.monotonicMs() < this.#unseenUntilMs;
    this.#tell({
      ...{ kind: "recording-finished", name, endedBySilence: silence, failed },
      ...(sightLost ? { sightLost } : {}),
      ...(endedBefore ? { endedBefore } : {}),
    });
  }

  /** False where Asterisk did not answer. */
  async #resume(recording: Recording): Promise<boolean> {
    const live = await this.#requests.send("GET", livePath(recording));
    if (live === 200 && recording.stopAsked) await this.#stop(recording);
    if (live !== 404) return live !== null;
    const stored = await this.#requests.send("GET", storedPath(recording));
    if (stored === 404 && !recording.stopAsked) await this.#begin(recording);
    else if (stored !== null) this.#end(recording, { silence: false, failed: stored === 404 });
    return stored !== null;
  }

  #seenAgain(): void {
    this.#unseenUntilMs = this.#clock.monotonicMs() + endsAfterKeyMs;
  }
}

const asked = (name: string, options: RecordOptions): Recording => ({
  ...{ ...options, name, stopAsked: false, started: false, startedAtMs: null },
});

const storedPath = ({ name }: Recording) => `recordings/stored/${encodeURIComponent(name)}`;
const livePath = ({ name }: Recording) => `recordings/live/${encodeURIComponent(name)}`;

/** What Asterisk is asked for. Durations are whole seconds there; it ends 0.5 to 1 s after the limit (measured). */
function recordQuery({ name, limitMs, silenceMs }: Recording): Record<string, string | number> {
  return {
    name,
    // Raw A-law: survives kill -9 of Asterisk but for its last 32 KiB, where a WAV would claim to be empty.
    format: "alaw",
    ifExists: "fail",
    // So that a # ends it also while nobody of ours is there.
    terminateOn: "#",
    maxDurationSeconds: Math.max(1, Math.ceil(limitMs / 1000)),
    // 0: never. Otherwise Asterisk also cuts what it takes for silence off the end of the file.
    maxSilenceSeconds: Math.ceil(silenceMs / 1000),
  };
}

/**
 * Did it end because nothing was said? Asterisk does not tell, but cuts the silence off: the file is then shorter than
 * the time that it took, by the silence asked for (measured; by -0.6 to 1 s otherwise, its duration being in seconds).
 */
function endedBySilence(recording: Recording, event: RecordingEvent): boolean {
  const endedAtMs = timeOf(event);
  if (recording.silenceMs === 0 || recording.stopAsked) return false;
  if (recording.startedAtMs === null || endedAtMs === null) return false;
  const cutMs = endedAtMs - recording.startedAtMs - (event.recording.duration ?? 0) * 1000;
  return cutMs > Math.max(1_000, recording.silenceMs / 2);
}
