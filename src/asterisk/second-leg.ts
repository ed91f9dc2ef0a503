/** A person whom the caller is put through to: their leg, and the bridge in which both talk. Nothing is recorded. */
import type { JoinOrder, LineEvent } from "#call/line.ts";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/logger.ts";
import { type AriChannel, type AriEvent, tellsOfRinging } from "./ari-events.ts";
import { dispositionOf } from "./cause-codes.ts";
import { type LineRequests, refused } from "./line-requests.ts";

interface Dialling {
  query: Record<string, string | number>;
  variables: Record<string, string>;
}

export interface SecondLegParts {
  channelId: string;
  requests: LineRequests;
  /** What dials this number on a trunk, after so many that refused it; null: there is no further one. @throws AppError undialable */
  dialling(order: JoinOrder, tried: number): Dialling | null;
  tell(event: LineEvent): void;
  clock: Clock;
  logger: Logger;
}

/** A trunk's trouble, not the person's: the next trunk may do better. */
const troubles: readonly string[] = ["congestion", "failed"];
/** Q.850: where Asterisk itself finds the trunk out of reach, it refuses the request. */
const noCircuit = 34;
/** Asterisk has a channel of that id. */
const idTaken = 409;
/** Q.850: interworking, unspecified. Nobody saw how the leg ended. */
const unseen = 127;
const absolute = "TIMEOUT(absolute)";
/** A timer of Asterisk's may be early by less. */
const timerMs = 1_000;

/** Each try has an id of its own, by which another process finds the one that is up. */
const mostTries = 9;

export class SecondLeg {
  readonly #parts: SecondLegParts;
  readonly #bridge: string;
  #tries = 0;
  /** Of the leg that rings or talks. */
  #legId: string | null = null;
  /** That leg was heard to ring. */
  #rang = false;
  #joined = false;
  /** Since the leg answered: settled once both are in the bridge, or not. */
  #bridging: Promise<void> | null = null;
  /** The order to take the caller out of the bridge was not answered. */
  #leftInBridge = false;
  /** Given up, but the order to hang up was not answered. */
  readonly #upStill = new Set<string>();
  /** Of the talk: its order, and since when both are joined. */
  #order: JoinOrder | null = null;
  #joinedAtMs = 0;
  #trunksTried = 0;
  #detach: () => void = () => {};

  constructor(parts: SecondLegParts) {
    this.#parts = parts;
    this.#bridge = `bridges/${parts.channelId}-join`;
  }

  /** One at a time; answered by "joined" and "parted", or by "parted" alone. */
  join(order: JoinOrder): void {
    this.#order = order;
    this.#trunksTried = 0;
    if (!this.#ring(order)) this.#parts.tell({ kind: "parted" });
  }

  /** By the next trunk; false where none is left, or this one cannot be written the number for. */
  #ring(order: JoinOrder): boolean {
    if (this.#tries >= mostTries) return false;
    const request = this.#requestFor(order);
    if (!request) return false;
    this.#hold(`${this.#parts.channelId}-to${++this.#tries}`);
    void this.#dial(request);
    return true;
  }

  /** A number that cannot be written as the trunk wants it: for the caller it is a line that does not answer. */
  #requestFor(order: JoinOrder): Dialling | null {
    try {
      return this.#parts.dialling(order, this.#trunksTried);
    } catch {
      return null;
    }
  }

  /** Whoever it rings for, or talks, is hung up. */
  part(): void {
    if (this.#legId) void this.#hangUp(this.#legId);
    void this.#over();
  }

  /** The call is over: nobody waits for this leg any more. */
  clear(): void {
    if (!this.#legId) return;
    const { requests } = this.#parts;
    void requests.send("DELETE", `channels/${this.#legId}`);
    void Promise.resolve(this.#bridging).then(() => requests.send("DELETE", this.#bridge));
    this.#forget();
  }

  /** Whether two people talk, or did until just now: its end is told as "parted". If not, the caller is ours alone. */
  async takeUp(): Promise<boolean> {
    if (this.#tries > 0) return true;
    const { channelId } = this.#parts;
    for (let tried = 1; tried <= mostTries; tried++) {
      const id = `${channelId}-to${tried}`;
      this.#hold(id);
      if ((await this.#stateOf(id)) === "Up") {
        this.#tries = tried;
        this.#joined = true;
        return true;
      }
      this.#forget();
    }
    await this.#takeOut();
    return false;
  }

  /** The connection is back: what the leg did meanwhile was told to nobody. */
  async resume(): Promise<void> {
    await Promise.all([...this.#upStill].map((legId) => this.#hangUp(legId)));
    if (this.#leftInBridge) await this.#takeOut();
    await this.#bridging;
    const legId = this.#legId;
    if (!legId) return;
    const state = await this.#stateOf(legId);
    if (legId !== this.#legId) return;
    if (state === "none") {
      this.#rang = true; // it may have
      this.#gone(unseen, null);
    } else if (state === "Ringing") this.#rang = true;
    else if (state === "Up" && !this.#joined) this.#bridging ??= this.#bridgeBoth(legId);
  }

  /** Sent again after a lost connection: nobody answers a telephone at whose other end nobody is. */
  async #hangUp(legId: string): Promise<void> {
    const status = await this.#parts.requests.send("DELETE", `channels/${legId}`);
    if (status === null) this.#upStill.add(legId);
    else this.#upStill.delete(legId);
  }

  #hold(legId: string): void {
    this.#legId = legId;
    this.#detach = this.#parts.requests.connection.attach(legId, (event) => this.#take(legId, event));
  }

  async #dial({ query, variables }: Dialling): Promise<void> {
    const { channelId, requests } = this.#parts;
    // What the caller hears meanwhile, made by their own channel.
    void requests.send("POST", `channels/${channelId}/ring`);
    const legId = this.#legId;
    const status = await requests.send("POST", `channels/${legId}`, query, { variables });
    if (legId === null || legId !== this.#legId) return;
    if (status === null) this.part();
    else if (status === idTaken) await this.#goOnWith(legId);
    else if (refused(status)) this.#gone(noCircuit, null);
  }

  /** A process that died in this call rang them under this id: who has answered is joined; who has not is rung anew. */
  async #goOnWith(legId: string): Promise<void> {
    const state = await this.#stateOf(legId);
    if (legId !== this.#legId) return;
    if (state === "Up") this.#bridging ??= this.#bridgeBoth(legId);
    else {
      void this.#hangUp(legId);
      this.#detach();
      if (!this.#order || !this.#ring(this.#order)) void this.#over();
    }
  }

  /** As Asterisk has it: "none" where there is no such channel, null where it did not say. */
  async #stateOf(legId: string): Promise<string | null> {
    const { connection } = this.#parts.requests;
    const found = await connection.request("GET", `channels/${legId}`).catch(() => null);
    if (found?.status === 200) return (found.body as AriChannel).state;
    return found?.status === 404 ? "none" : null;
  }

  #take(legId: string, event: AriEvent): void {
    if (legId !== this.#legId) return;
    if (event.type === "StasisStart") this.#bridging ??= this.#bridgeBoth(legId);
    else if (tellsOfRinging(event)) this.#rang = true;
    else if (event.type === "ChannelDestroyed") this.#gone(event.cause, event.tech_cause ?? null);
  }

  /** A telephone that has rung, or was answered, rings no second time by another trunk. */
  #gone(cause: number, sipCode: number | null): void {
    const order = this.#order;
    const reached = this.#rang || this.#bridging !== null;
    if (this.#joined) this.#tellLimit();
    else if (order && !reached && troubles.includes(dispositionOf({ rang: false, cause, sipCode }))) {
      this.#detach();
      this.#trunksTried += 1;
      if (this.#ring(order)) return;
    }
    void this.#over();
  }

  /** The caller's own limit, too, is the talk's from here on, for it was that of a call without one. */
  async #bridgeBoth(legId: string): Promise<void> {
    const { channelId, requests, tell, clock } = this.#parts;
    await requests.send("DELETE", `channels/${channelId}/ring`);
    if (this.#order) {
      const { talkSeconds, restSeconds } = this.#order;
      await requests.set(channelId, { variable: absolute, value: String(talkSeconds + restSeconds) });
      await requests.set(legId, { variable: absolute, value: String(talkSeconds) });
    }
    if (this.#legId !== legId) return;
    await requests.send("POST", this.#bridge, { type: "mixing" });
    const channel = `${channelId},${legId}`;
    const status = await requests.send("POST", `${this.#bridge}/addChannel`, { channel });
    if (this.#legId !== legId) return;
    if (status === null || refused(status)) return this.part();
    this.#joined = true;
    this.#leftInBridge = false; // of an earlier talk: this one's bridge is to stay
    this.#joinedAtMs = clock.monotonicMs();
    tell({ kind: "joined" });
  }

  #tellLimit(): void {
    const { channelId, clock, logger } = this.#parts;
    const durationMs = Math.round(clock.monotonicMs() - this.#joinedAtMs);
    if (!this.#order || durationMs < this.#order.talkSeconds * 1000 - timerMs) return;
    logger.warn({ channelId, durationMs }, "a talk with a person came to its limit, and was ended");
  }

  /**
   * Told once the caller's channel is out of the bridge: what is played to it before that may never end. Who is given up
   * while both are being joined may have left the caller alone in it.
   */
  async #over(): Promise<void> {
    if (!this.#legId) return;
    const { channelId, requests, tell } = this.#parts;
    const bridging = this.#bridging;
    const answered = this.#joined || bridging !== null;
    this.#forget();
    await bridging;
    if (answered) {
      await this.#takeOut();
      if (this.#order)
        await requests.set(channelId, { variable: absolute, value: String(this.#order.restSeconds) });
    } else await requests.send("DELETE", `channels/${channelId}/ring`);
    tell({ kind: "parted" });
  }

  async #takeOut(): Promise<void> {
    const { channelId, requests } = this.#parts;
    const status = await requests.send("POST", `${this.#bridge}/removeChannel`, { channel: channelId });
    this.#leftInBridge = status === null;
    await requests.send("DELETE", this.#bridge);
  }

  #forget(): void {
    this.#detach();
    this.#legId = null;
    this.#rang = false;
    this.#joined = false;
    this.#bridging = null;
  }
}
