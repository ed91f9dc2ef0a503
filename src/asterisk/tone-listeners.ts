import type { LineEvent } from "#call/line.ts";
import { type Clock, inTime } from "#lib/clock.ts";
import type { LineRequests } from "./line-requests.ts";
import { type Listening, toneDetect } from "./listening.ts";
import type { Snoops } from "./snoops.ts";

/** The tones that the line's own detector has no room for, each on a snoop channel, while a machine may still answer. */
export class ToneListeners {
  readonly #channelId: string;
  readonly #requests: LineRequests;
  readonly #snoops: Snoops;
  readonly #ids: string[] = [];
  readonly #over = new AbortController();

  constructor(channelId: string, requests: LineRequests, snoops: Snoops) {
    this.#channelId = channelId;
    this.#requests = requests;
    this.#snoops = snoops;
  }

  async start(listening: Listening, clock: Clock, tell: (event: LineEvent) => void): Promise<void> {
    const frequencies = listening.tone.frequenciesHz.slice(1);
    if (frequencies.length === 0) return;
    for (const frequencyHz of frequencies) void this.#listenFor(frequencyHz, listening, tell);
    await clock.wait(listening.tone.forMs, this.#over.signal).catch(() => {});
    this.stop();
  }

  stop(): void {
    this.#over.abort(inTime);
    for (const id of this.#ids.splice(0)) void this.#snoops.close(id);
  }

  async #listenFor(
    frequencyHz: number,
    listening: Listening,
    tell: (event: LineEvent) => void,
  ): Promise<void> {
    const id = `${this.#channelId}-tone-${frequencyHz}`;
    this.#ids.push(id);
    const open = await this.#snoops.open(id, "hears", (event) => {
      if (event.type === "ChannelToneDetected") tell({ kind: "tone" });
    });
    if (!open) return;
    if (this.#over.signal.aborted) await this.#snoops.close(id);
    else await this.#requests.set(id, toneDetect(listening, frequencyHz));
  }
}
