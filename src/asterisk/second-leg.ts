/** A person whom the caller is put through to: their leg, and the bridge in which both talk. Nothing is recorded. */
import type { JoinOrder, LineEvent } from "#call/line.ts";
import type { AriChannel, AriEvent } from "./ari-events.ts";
import { type LineRequests, refused } from "./line-requests.ts";

export interface SecondLegParts {
  channelId: string;
  requests: LineRequests;
  /** What dials this number on the trunk (ari-telephone.ts). @throws AppError undialable */
  dialling(order: JoinOrder): { query: Record<string, string | number>; variables: Record<string, string> };
  tell(event: LineEvent): void;
}

/** Each try has an id of its own, by which another process finds the one that is up. */
const mostTries = 9;

export class SecondLeg {
  readonly #parts: SecondLegParts;
  readonly #bridge: string;
  #tries = 0;
  /** Of the leg that rings or talks. */
  #legId: string | null = null;
  #joined = false;
  #detach: () => void = () => {};

  constructor(parts: SecondLegParts) {
    this.#parts = parts;
    this.#bridge = `bridges/${parts.channelId}-join`;
  }

  /** One at a time; answered by "joined" and "parted", or by "parted" alone. */
  join(order: JoinOrder): void {
    const { channelId, tell } = this.#parts;
    if (this.#tries >= mostTries) {
      tell({ kind: "parted" });
      return;
    }
    this.#hold(`${channelId}-to${++this.#tries}`);
    // A number that cannot be written as the trunk wants it: for the caller it is a line that does not answer.
    this.#dial(order).catch(() => this.part());
  }

  /** Whoever it rings for, or talks, is hung up. */
  part(): void {
    if (this.#legId) void this.#parts.requests.send("DELETE", `channels/${this.#legId}`);
    void this.#over();
  }

  /** The call is over: nobody waits for this leg any more. */
  clear(): void {
    if (!this.#legId) return;
    void this.#parts.requests.send("DELETE", `channels/${this.#legId}`);
    void this.#parts.requests.send("DELETE", this.#bridge);
    this.#forget();
  }

  /** Whether two people talk, or did until just now: its end is told as "parted". */
  async takeUp(): Promise<boolean> {
    if (this.#tries > 0) return true;
    const { channelId, requests } = this.#parts;
    for (let tried = 1; tried <= mostTries; tried++) {
      const id = `${channelId}-to${tried}`;
      this.#hold(id);
      const found = await requests.connection.request("GET", `channels/${id}`).catch(() => null);
      if (found?.status === 200 && (found.body as AriChannel).state === "Up") {
        this.#tries = tried;
        this.#joined = true;
        return true;
      }
      this.#forget();
    }
    return false;
  }

  #hold(legId: string): void {
    this.#legId = legId;
    this.#detach = this.#parts.requests.connection.attach(legId, (event) => this.#take(legId, event));
  }

  async #dial(order: JoinOrder): Promise<void> {
    const { channelId, requests, dialling } = this.#parts;
    const { query, variables } = dialling(order);
    // What the caller hears meanwhile, made by their own channel.
    void requests.send("POST", `channels/${channelId}/ring`);
    const status = await requests.send("POST", `channels/${this.#legId}`, query, { variables });
    if (status === null || refused(status)) this.part();
  }

  #take(legId: string, event: AriEvent): void {
    if (legId !== this.#legId) return;
    if (event.type === "StasisStart") void this.#bridgeBoth(legId);
    else if (event.type === "ChannelDestroyed") void this.#over();
  }

  async #bridgeBoth(legId: string): Promise<void> {
    const { channelId, requests, tell } = this.#parts;
    await requests.send("DELETE", `channels/${channelId}/ring`);
    await requests.send("POST", this.#bridge, { type: "mixing" });
    const channel = `${channelId},${legId}`;
    const status = await requests.send("POST", `${this.#bridge}/addChannel`, { channel });
    if (this.#legId !== legId) return;
    if (status === null || refused(status)) return this.part();
    this.#joined = true;
    tell({ kind: "joined" });
  }

  /** Told once the caller's channel is out of the bridge: what is played to it before that may never end. */
  async #over(): Promise<void> {
    if (!this.#legId) return;
    const { channelId, requests, tell } = this.#parts;
    const joined = this.#joined;
    this.#forget();
    if (joined) {
      await requests.send("POST", `${this.#bridge}/removeChannel`, { channel: channelId });
      await requests.send("DELETE", this.#bridge);
    } else await requests.send("DELETE", `channels/${channelId}/ring`);
    tell({ kind: "parted" });
  }

  #forget(): void {
    this.#detach();
    this.#legId = null;
    this.#joined = false;
  }
}
