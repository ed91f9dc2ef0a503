/**
 * The connection to one Asterisk, for ever: a link after the other, with growing pauses between tries, and each time
 * the event filter and the comparing of channels before anybody may dial.
 */
import type { Client } from "ari-client";
import type { Clock } from "#lib/clock.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import { type AriEvent, timeOf } from "./ari-events.ts";
import {
  type AriAccess,
  AriLink,
  type AriNode,
  askNode,
  type RestRequest,
  type RestResult,
} from "./ari-link.ts";
import { withDeadline } from "./deadline.ts";
import { EventDispatch, type EventHandler } from "./event-dispatch.ts";
import { EventLag } from "./event-lag.ts";
import { Operations } from "./operations.ts";
import { getStoredFile, type StoredFile } from "./stored-file.ts";

/**
 * connecting: not yet there for the first time. ready: calls may be made. lost: being reconnected.
 * fenced: another instance took our application's name; this one never acts again. stopped: by us.
 */
export type AriState = "connecting" | "ready" | "lost" | "fenced" | "stopped";

/** `restarted`: it is another run of Asterisk than before, and the calls of the old one are gone. */
export type ConnectedHandler = (node: AriNode, restarted: boolean) => Promise<void>;

export interface AriConnectionOptions extends AriAccess {
  clock: Clock;
  logger: Logger;
  /** Between 0 and 1. */
  chance?: () => number;
  /** Those of this Asterisk, where several links share them; closed by whoever made them. */
  operations?: Operations;
  /** Asked before a websocket is opened to this Asterisk; what it throws keeps it closed, and is tried again. */
  admit?(node: AriNode): Promise<void>;
}

/** Every request and operation: a call cannot wait longer. */
const answerWithinMs = 3_000;
const firstPauseMs = 100;
const longestPauseMs = 2_000;

export class AriConnection {
  readonly app: string;
  readonly #options: AriConnectionOptions;
  readonly #dispatch: EventDispatch;
  readonly #changed = new Set<(state: AriState) => void>();
  readonly #connected: ConnectedHandler[] = [];
  readonly #stopped = new AbortController();
  readonly lag = new EventLag();
  readonly #strange = new Map<string, number>();
  #unclaimed: (channelId: string, event: AriEvent) => void = () => {};
  #state: AriState = "connecting";
  #link: AriLink | null = null;
  #node: AriNode | null = null;
  readonly #operations: Operations;
  #running: Promise<void> = Promise.resolve();

  constructor(options: AriConnectionOptions) {
    this.app = options.app;
    this.#options = options;
    this.#dispatch = new EventDispatch(options.logger);
    this.#operations = options.operations ?? new Operations(options, options.clock);
  }

  get state(): AriState {
    return this.#state;
  }

  /** Who is, or was last, at the other end. */
  get node(): AriNode | null {
    return this.#node;
  }

  /** Since Asterisk was last heard, in milliseconds; it is asked every two seconds. Null while not connected. */
  get silentMs(): number | null {
    return this.#link?.silentMs ?? null;
  }

  /** Events that were not understood, by type: shown by health, and a sign of an upgraded Asterisk. */
  get strangeEvents(): ReadonlyMap<string, number> {
    return this.#strange;
  }

  /** Returns what ends it. */
  onChange(listener: (state: AriState) => void): () => void {
    this.#changed.add(listener);
    return () => this.#changed.delete(listener);
  }

  /** Awaited after each connection, before the state becomes ready; when it throws, the connection is tried anew. */
  onConnected(handler: ConnectedHandler): void {
    this.#connected.push(handler);
  }

  /** Gets the events of channels that nobody has attached. */
  onUnclaimed(handler: (channelId: string, event: AriEvent) => void): void {
    this.#unclaimed = handler;
  }

  /** All events of this channel, its playbacks and recordings go to `handler`, until what is returned is called. */
  attach(channelId: string, handler: EventHandler): () => void {
    return this.#dispatch.attach(channelId, handler);
  }

  owns(channelId: string): boolean {
    return this.#dispatch.owns(channelId);
  }

  /**
   * Connects, and resolves once ready; an Asterisk that is away is waited for.
   * @throws AppError ari_credentials_refused, at the first try only: later ones go on trying
   */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#running = this.#run(resolve, reject);
    });
  }

  /** Ends it for good. Calls that are up go on until their own limit. */
  async stop(): Promise<void> {
    if (this.#state !== "fenced") this.#become("stopped");
    this.#stopped.abort();
    this.#link?.close("stopped");
    await this.#running;
    if (!this.#options.operations) this.#operations.close();
  }

  /**
   * Over the websocket. A 404 is an answer like others: the channel is gone, which is how calls end.
   * @throws AppError ari_lost (nobody knows whether it was done), ari_timeout
   */
  request(
    method: RestRequest["method"],
    path: string,
    query: Record<string, string | number> = {},
    more: { json?: unknown; timeoutMs?: number } = {},
  ): Promise<RestResult> {
    if (!this.#link) return Promise.reject(new AppError("ari_lost", `not connected: ${method} ${path}`));
    const { json, timeoutMs = answerWithinMs } = more;
    return this.#link.request({ method, path, query, json, timeoutMs });
  }

  /** Whether Asterisk tells us what happens: it is asked to, and has so long. Not before what was lost has been found out. */
  async tells(withinMs: number): Promise<boolean> {
    return this.#state === "ready" && (await this.#link?.echo(withinMs)) === "told";
  }

  /**
   * An operation of ari-client, for what is large or rare. @throws AppError ari_lost, ari_timeout, ari_operation_failed
   */
  async operation<T>(
    name: string,
    work: (client: Client) => PromiseLike<T>,
    timeoutMs = answerWithinMs,
  ): Promise<T> {
    if (!this.#link) throw new AppError("ari_lost", `not connected: ${name}`);
    const tooLate = () => new AppError("ari_timeout", `Asterisk did not answer in time: ${name}`);
    try {
      return await withDeadline(this.#options.clock, timeoutMs, work(this.#link.client), tooLate);
    } catch (thrown) {
      if (thrown instanceof AppError) throw thrown;
      throw new AppError("ari_operation_failed", `${name}: ${messageOf(thrown)}`, { operation: name });
    }
  }

  /** Of a recording, by its name. @throws AppError ari_lost, ari_timeout, ari_operation_failed */
  async storedFile(name: string, timeoutMs: number): Promise<StoredFile> {
    if (!this.#link) throw new AppError("ari_lost", `not connected: the file of ${name}`);
    return getStoredFile(this.#options, name, { clock: this.#options.clock, timeoutMs });
  }

  async #run(ready: () => void, refused: (error: unknown) => void): Promise<void> {
    let tries = 0;
    while (!this.#over()) {
      try {
        const link = await this.#open();
        tries = 0;
        ready();
        const reason = await link.closed;
        this.#link = null;
        if (this.#over()) break;
        this.#options.logger.warn({ reason }, "the connection to Asterisk was lost");
        this.#become("lost");
      } catch (thrown) {
        this.#link?.close("could not be made ready");
        this.#link = null;
        if (this.#over()) break;
        const first = this.#node === null;
        if (first && thrown instanceof AppError && thrown.code === "ari_credentials_refused") {
          this.#become("stopped");
          return refused(thrown);
        }
        if (!first) this.#become("lost");
        // Not a line every two seconds for a whole night.
        if (tries < 3 || tries % 30 === 0) {
          this.#options.logger.warn({ tries, problem: messageOf(thrown) }, "Asterisk cannot be reached yet");
        }
      }
      await this.#pause(tries++);
    }
    refused(new AppError("ari_lost", `the connection to Asterisk is ${this.#state}`));
  }

  async #open(): Promise<AriLink> {
    const { clock, logger } = this.#options;
    const node = await askNode(this.#options, answerWithinMs);
    await this.#options.admit?.(node);
    const client = await this.#operations.clientFor(node.version);
    if (this.#over()) throw new AppError("ari_lost", "stopped");
    this.#link = await AriLink.open(client, this.#options, clock, {
      event: (channelId, event) => {
        const sentMs = timeOf(event);
        if (sentMs !== null) this.lag.take(sentMs, clock.now().getTime());
        if (!this.#dispatch.give(channelId, event)) this.#unclaimed(channelId, event);
      },
      strange: (what) => this.#strange.set(what, (this.#strange.get(what) ?? 0) + 1),
      replaced: () => this.#fence(),
    });
    await this.#link.filterEvents(this.app, answerWithinMs);
    const restarted = this.#node !== null && this.#node.startedAt !== node.startedAt;
    for (const handler of this.#connected) await handler(node, restarted);
    this.#node = node;
    logger.info({ entityId: node.entityId, version: node.version, restarted }, "connected to Asterisk");
    if (!this.#over()) this.#become("ready");
    return this.#link;
  }

  /** Two that answer to one name would both speak to the patient: the later one has it, and we fall silent. */
  #fence(): void {
    this.#options.logger.error(
      { app: this.app },
      "another instance took over this application: stopping for good",
    );
    this.#become("fenced");
    this.#stopped.abort();
    this.#link?.close("fenced");
  }

  #over(): boolean {
    return this.#stopped.signal.aborted;
  }

  #become(state: AriState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of this.#changed) listener(state);
  }

  /** 0.1 s, 0.2 s ... 2 s, each spread over its second half so that many do not knock together. Never gives up. */
  #pause(tries: number): Promise<void> {
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(tries, 10));
    const { chance = Math.random, clock } = this.#options;
    return clock.wait(pauseMs * (0.5 + chance() / 2), this.#stopped.signal).catch(() => {});
  }
}
