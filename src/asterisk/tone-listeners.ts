import type { LineEvent } from "#call/line.ts";
import { type Clock, later } from "#lib/clock.ts";
import type { LineRequests } from "./line-requests.ts";
import { type Listening, toneDetect } from "./listening.ts";
import type { Snoops } from "./snoops.ts";

/**
 * The tones that the line's own detector has no room for, each on a snoop channel, while a machine may still answer. They
 * are opened by the first sound from the far end, which a machine's greeting is, and a beep without one too: until then
 * there is nothing to find, and somebody who presses a key before they say a word costs none.
 */
export class ToneListeners {
  readonly #channelId: string;
  readonly #requests: LineRequests;
  readonly #snoops: Snoops;
  readonly #ids: string[] = [];
  /** Opens them; null where that is done, or not to be done. */
  #open: (() => void) | null = null;
  #over = false;
  #noLonger: () => void = () => {};

  constructor(channelId: string, requests: LineRequests, snoops: Snoops) {
    this.#channelId = channelId;
    this.#requests = requests;
    this.#snoops = snoops;
  }

  start(listening: Listening, clock: Clock, tell: (event: LineEvent) => void): void {
    const frequencies = listening.tone.frequenciesHz.slice(1);
    if (frequencies.length === 0) return;
    this.#open = () => {
      for (const frequencyHz of frequencies) void this.#listenFor(frequencyHz, listening, tell);
    };
    this.#noLonger = later(clock, listening.tone.forMs, () => this.stop());
  }

  /** The far end makes a sound. */
  hears(): void {
    const open = this.#open;
    this.#open = null;
    open?.();
  }

  stop(): void {
    this.#over = true;
    this.#open = null;
    this.#noLonger();
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
    if (this.#over) await this.#snoops.close(id);
    else await this.#requests.set(id, toneDetect(listening, frequencyHz));
  }
}
