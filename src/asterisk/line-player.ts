import type { LineEvent } from "#call/line.ts";
import type { Clock } from "#lib/clock.ts";
import { type AriPlayback, timeOf } from "./ari-events.ts";
import { type LineRequests, refused } from "./line-requests.ts";
import type { Snoops } from "./snoops.ts";
import { type AskedSound, type SoundFile, unheardIn } from "./unheard.ts";

/** What is to be played, and what is known of it. */
export interface Pieces {
  media: string[];
  asked: readonly AskedSound[];
  /** Of those that are no prompts: pauses; null where one is of unknown length. */
  otherMs: number | null;
}

/** Told of prompts that Asterisk did not play. */
export interface PlayerWatch {
  fileOf(sound: string): SoundFile | null;
  unheard(prompts: readonly string[]): void;
}

interface Playback extends Pieces {
  id: string;
  /** Over a recording: on a channel that speaks beside the line's own, which is busy with recording. */
  aside: boolean;
  started: boolean;
  stopAsked: boolean;
  /** The connection was away meanwhile: how long it lasted is not known any more. */
  sightLost: boolean;
  /** Of its first sound: by Asterisk's clock, and by ours that never steps. */
  began: { asteriskMs: number | null; ourMs: number } | null;
}

export interface PlayerOptions {
  tell: (event: LineEvent) => void;
  onQuiet: () => void;
  clock: Pick<Clock, "monotonicMs" | "wait">;
  watch?: PlayerWatch | null;
}

/**
 * A line that is up so long after a playback was not what cut it off. That the next one begins proves nothing: those that
 * wait do so on a line that hangs up, and fail one after the other (measured).
 */
const goesOnMs = 1_000;

/** What is being played on a line. Asterisk plays one after the other, in the order in which they were asked for. */
export class LinePlayer {
  readonly #channelId: string;
  readonly #requests: LineRequests;
  readonly #snoops: Snoops;
  readonly #tell: (event: LineEvent) => void;
  readonly #onQuiet: () => void;
  readonly #clock: Pick<Clock, "monotonicMs" | "wait">;
  readonly #watch: PlayerWatch | null;
  /** Not heard, or cut off by the end of the call: what follows tells. */
  readonly #doubted = new Set<{ prompts: readonly string[]; proven: boolean }>();
  readonly #playbacks = new Map<string, Playback>();

  constructor(
    channelId: string,
    requests: LineRequests,
    snoops: Snoops,
    { tell, onQuiet, clock, watch = null }: PlayerOptions,
  ) {
    this.#channelId = channelId;
    this.#requests = requests;
    this.#snoops = snoops;
    this.#tell = tell;
    this.#onQuiet = onQuiet;
    this.#clock = clock;
    this.#watch = watch;
  }

  /** All pieces in one request, so that no gap of ours comes between them. */
  play(id: string, pieces: Pieces, { aside }: { aside: boolean }): void {
    const playback = {
      ...pieces,
      id,
      aside,
      started: false,
      stopAsked: false,
      sightLost: false,
      began: null,
    };
    this.#playbacks.set(id, playback);
    void this.#begin(playback);
  }

  /** Sent behind the request to play and in front of the next one: nothing needs to be awaited. */
  stop(id: string): void {
    const playback = this.#playbacks.get(id);
    if (!playback || playback.stopAsked) return;
    playback.stopAsked = true;
    void this.#requests.send("DELETE", pathOf(playback));
  }

  /** Comes once for each piece of a list (measured); the first is the one that counts. */
  started({ id }: AriPlayback, atMs: number | null): void {
    const playback = this.#playbacks.get(id);
    if (!playback || playback.started) return;
    playback.started = true;
    playback.began = { asteriskMs: atMs, ourMs: this.#clock.monotonicMs() };
    this.#tell({ kind: "play-started", id });
  }

  finished({ id, state }: AriPlayback, atMs: number | null): void {
    const playback = this.#playbacks.get(id);
    this.#end(id, state !== "failed");
    if (playback && !playback.stopAsked) this.#doubt(playback, atMs, state === "failed");
  }

  /**
   * The call is over: what it cut off was heard as far as it went.
   * @param ours we hung up, and it was said before that: then what is proven stands
   */
  over({ ours }: { ours: boolean }): void {
    for (const { prompts, proven } of this.#doubted) if (ours && proven) this.#watch?.unheard(prompts);
    this.#doubted.clear();
  }

  /** After a lost connection: what ended meanwhile, ends now; what never began, is asked for again. */
  async resume(recording: () => Promise<boolean>): Promise<void> {
    for (const doubted of this.#doubted) if (!doubted.proven) this.#doubted.delete(doubted);
    for (const playback of this.#playbacks.values()) playback.sightLost = true;
    await Promise.all([...this.#playbacks.values()].map((playback) => this.#resume(playback, recording)));
  }

  /** What is said over a recording ends with it. */
  endAside(): void {
    void this.#snoops.close(asideOf(this.#channelId));
    for (const { id, aside } of [...this.#playbacks.values()]) if (aside) this.#end(id, false);
  }

  clear(): void {
    this.#playbacks.clear();
    this.#doubted.clear();
  }

  #doubt(playback: Playback, atMs: number | null, failed: boolean): void {
    if (!this.#watch || playback.asked.length === 0) return;
    const doubted = this.#unheardOf(playback, this.#watch, { atMs, failed });
    if (!doubted || doubted.prompts.length === 0) return;
    this.#doubted.add(doubted);
    void this.#clock.wait(goesOnMs).then(() => this.#tellUnheard(doubted));
  }

  /** Null: nothing can be said, since the folder of sounds cannot be looked at just now. */
  #unheardOf(
    { asked, otherMs, began, sightLost }: Playback,
    { fileOf }: PlayerWatch,
    { atMs, failed }: { atMs: number | null; failed: boolean },
  ) {
    const now = { asteriskMs: atMs, ourMs: this.#clock.monotonicMs() };
    const lastedMs = began && !sightLost ? lasted(began, now) : null;
    try {
      const files = new Map(asked.map(({ sound }) => [sound, fileOf(sound)]));
      const found = (sound: string) => files.get(sound) ?? null;
      const expectedMs =
        otherMs === null
          ? null
          : asked.reduce((sum, { sound }) => sum + (found(sound)?.lengthMs ?? 0), otherMs);
      return unheardIn({ asked, expectedMs, lastedMs, failed }, found);
    } catch {
      return null;
    }
  }

  #tellUnheard(doubted: { prompts: readonly string[]; proven: boolean }): void {
    if (this.#doubted.delete(doubted)) this.#watch?.unheard(doubted.prompts);
  }

  async #begin(playback: Playback): Promise<void> {
    const { id, media, aside } = playback;
    const target = aside ? await this.#openAside() : this.#channelId;
    if (target === null || playback.stopAsked) return this.#end(id, false);
    const path = `channels/${target}/play/${encodeURIComponent(id)}`;
    const status = await this.#requests.send("POST", path, { media: media.join(",") });
    if (refused(status)) this.#end(id, false);
  }

  async #openAside(): Promise<string | null> {
    const target = asideOf(this.#channelId);
    const open = await this.#snoops.open(target, "speaks", (event) => {
      if (event.type === "PlaybackStarted") this.started(event.playback, timeOf(event));
      if (event.type === "PlaybackFinished") this.finished(event.playback, timeOf(event));
    });
    return open ? target : null;
  }

  #end(id: string, played: boolean): void {
    const playback = this.#playbacks.get(id);
    if (!playback) return;
    this.#playbacks.delete(id);
    this.#tell({ kind: "play-finished", id, complete: played && !playback.stopAsked });
    if (this.#playbacks.size === 0) this.#onQuiet();
  }

  /** Behind a recording a tone is not said anew: it would come after the story. */
  async #resume(playback: Playback, recording: () => Promise<boolean>): Promise<void> {
    const status = await this.#requests.send("GET", pathOf(playback));
    const never = status === 404 && !playback.started && !playback.stopAsked;
    if (never && (playback.aside || !(await recording()))) await this.#begin(playback);
    else if (status === 404) this.#end(playback.id, playback.started);
    else if (playback.stopAsked) await this.#requests.send("DELETE", pathOf(playback));
  }
}

interface Moment {
  asteriskMs: number | null;
  ourMs: number;
}

/** By the clock that says longer: one of them may have stepped, and a prompt that was heard must not count as missing. */
function lasted(from: Moment, to: Moment): number {
  const byAsterisk = from.asteriskMs === null || to.asteriskMs === null ? 0 : to.asteriskMs - from.asteriskMs;
  return Math.max(byAsterisk, to.ourMs - from.ourMs);
}

const asideOf = (channelId: string) => `${channelId}-aside`;
const pathOf = ({ id }: Playback) => `playbacks/${encodeURIComponent(id)}`;
