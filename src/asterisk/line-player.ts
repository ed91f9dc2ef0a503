import type { LineEvent } from "#call/line.ts";
import type { AriPlayback } from "./ari-events.ts";
import { type LineRequests, refused } from "./line-requests.ts";
import type { Snoops } from "./snoops.ts";

interface Playback {
  id: string;
  media: string[];
  /** Over a recording: on a channel that speaks beside the line's own, which is busy with recording. */
  aside: boolean;
  started: boolean;
  stopAsked: boolean;
}

/** What is being played on a line. Asterisk plays one after the other, in the order in which they were asked for. */
export class LinePlayer {
  readonly #channelId: string;
  readonly #requests: LineRequests;
  readonly #snoops: Snoops;
  readonly #tell: (event: LineEvent) => void;
  readonly #onQuiet: () => void;
  readonly #playbacks = new Map<string, Playback>();

  constructor(
    channelId: string,
    requests: LineRequests,
    snoops: Snoops,
    { tell, onQuiet }: { tell: (event: LineEvent) => void; onQuiet: () => void },
  ) {
    this.#channelId = channelId;
    this.#requests = requests;
    this.#snoops = snoops;
    this.#tell = tell;
    this.#onQuiet = onQuiet;
  }

  /** All pieces in one request, so that no gap of ours comes between them. */
  play(id: string, media: string[], { aside }: { aside: boolean }): void {
    const playback = { id, media, aside, started: false, stopAsked: false };
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
  started({ id }: AriPlayback): void {
    const playback = this.#playbacks.get(id);
    if (!playback || playback.started) return;
    playback.started = true;
    this.#tell({ kind: "play-started", id });
  }

  finished({ id, state }: AriPlayback): void {
    this.#end(id, state !== "failed");
  }

  /** After a lost connection: what ended meanwhile, ends now; what never began, is asked for again. */
  async resume(): Promise<void> {
    await Promise.all([...this.#playbacks.values()].map((playback) => this.#resume(playback)));
  }

  /** What is said over a recording ends with it. */
  endAside(): void {
    void this.#snoops.close(asideOf(this.#channelId));
    for (const { id, aside } of [...this.#playbacks.values()]) if (aside) this.#end(id, false);
  }

  clear(): void {
    this.#playbacks.clear();
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
      if (event.type === "PlaybackStarted") this.started(event.playback);
      if (event.type === "PlaybackFinished") this.finished(event.playback);
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

  async #resume(playback: Playback): Promise<void> {
    const status = await this.#requests.send("GET", pathOf(playback));
    if (status === 404 && !playback.started && !playback.stopAsked) await this.#begin(playback);
    else if (status === 404) this.#end(playback.id, playback.started);
    else if (playback.stopAsked) await this.#requests.send("DELETE", pathOf(playback));
  }
}

const asideOf = (channelId: string) => `${channelId}-aside`;
const pathOf = ({ id }: Playback) => `playbacks/${encodeURIComponent(id)}`;
