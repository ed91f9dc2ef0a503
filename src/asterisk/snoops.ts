import type { Clock } from "#lib/clock.ts";
import type { AriEvent } from "./ari-events.ts";
import { type LineRequests, refused } from "./line-requests.ts";

const openWithinMs = 1_000;
const ways = { hears: { spy: "in" }, speaks: { whisper: "out" } } as const;

/** `hears`: the far end, and nothing of ours. `speaks`: to the far end, over whatever the line itself does. */
export type SnoopKind = "hears" | "speaks";

/**
 * Channels beside a line's own. They are in our application too, but are told apart by being attached here before they
 * exist. They end with their line. Each costs Asterisk 0.1 % of a core (measured), and stutters when the machine has no
 * time to spare, which the line's own channel does not: so nobody's story is recorded on one.
 */
export class Snoops {
  readonly #channelId: string;
  readonly #requests: LineRequests;
  readonly #clock: Clock;
  readonly #detach = new Map<string, () => void>();

  constructor(channelId: string, requests: LineRequests, clock: Clock) {
    this.#channelId = channelId;
    this.#requests = requests;
    this.#clock = clock;
  }

  /** True once it listens. `take` gets its events. */
  async open(snoopId: string, kind: SnoopKind, take: (event: AriEvent) => void): Promise<boolean> {
    const inStasis = new AbortController();
    this.#detach.get(snoopId)?.();
    const detach = this.#requests.connection.attach(snoopId, (event) => {
      if (event.type === "StasisStart") inStasis.abort();
      else take(event);
    });
    this.#detach.set(snoopId, detach);
    const query = { ...ways[kind], app: this.#requests.connection.app, appArgs: "snoop" };
    const path = `channels/${this.#channelId}/snoop/${snoopId}`;
    const status = await this.#requests.send("POST", path, query);
    if (status === null || refused(status)) return this.#exists(snoopId);
    if (!inStasis.signal.aborted) await this.#clock.wait(openWithinMs, inStasis.signal).catch(() => {});
    return true;
  }

  async close(snoopId: string): Promise<void> {
    const detach = this.#detach.get(snoopId);
    if (!detach) return;
    this.#detach.delete(snoopId);
    detach();
    await this.#requests.send("DELETE", `channels/${snoopId}`);
  }

  clear(): void {
    for (const detach of this.#detach.values()) detach();
    this.#detach.clear();
  }

  /** From before a lost connection, perhaps. */
  async #exists(snoopId: string): Promise<boolean> {
    if ((await this.#requests.send("GET", `channels/${snoopId}`)) === 200) return true;
    this.#detach.get(snoopId)?.();
    this.#detach.delete(snoopId);
    return false;
  }
}
