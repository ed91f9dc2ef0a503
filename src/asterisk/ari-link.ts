/**
 * One websocket to Asterisk, from its opening to its end; never reopened. ari-client connects it and carries the
 * operations; its own listeners for messages, errors and closing are taken off at once, because they throw on unknown
 * events, give up after ten tries, and open sockets behind the back of whoever supervises it.
 */
import http from "node:http";
import { Socket } from "node:net";
import ari, { type AriWebSocket, type Client } from "ari-client";
import type { Clock } from "#lib/clock.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import { newName } from "#lib/ids.ts";
import { basicAuthorization, keepCredentials } from "./ari-credentials.ts";
import { type AriEvent, type RestResponse, readIncoming, wantedEvents } from "./ari-events.ts";
import { withDeadline } from "./deadline.ts";
import { openTlsWay } from "./tls-way.ts";

export interface AriAccess {
  /** `http://host:port` or `https://host:port`, without a path. */
  url: string;
  user: string;
  password: string;
  /** The Stasis application: one name per instance of ours. */
  app: string;
}

/** The Asterisk at the other end. */
export interface AriNode {
  entityId: string;
  version: string;
  /** Another value after a reconnection means that Asterisk was restarted and all its calls are gone. */
  startedAt: string;
}

export interface LinkListener {
  event(channelId: string, event: AriEvent): void;
  /** Something that is no event of ours: counted, not handled. */
  strange(what: string): void;
  replaced(): void;
}

export interface RestResult {
  status: number;
  /** Parsed JSON; null where there was none. */
  readonly body: unknown;
}

export interface RestRequest {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below /ari, without a leading slash, its parts encoded. */
  path: string;
  query?: Record<string, string | number>;
  json?: unknown;
  timeoutMs: number;
}

// Asterisk listens with a backlog of 10: a burst of new connections waits a second for a SYN to be sent again.
http.globalAgent.maxSockets = 8;

// swagger-client makes a global function `log` and prints a notice of deprecation with it on each connect.
Object.assign(globalThis, { log: () => {} });

const openWithinMs = 5_000;
const pingEveryMs = 2_000;
/** With the step at which it is looked for, five seconds at most. */
const deadAfterMs = 4_500;

/** With the pause before it is asked for, five seconds at most. */
const toldWithinMs = 2_500;

const watchStepMs = 500;
/** Long enough to read all that came in while we slept. */
const readingMs = 100;

export class AriLink {
  readonly client: Client;
  /** Settles, with the reason, when the link is no more. */
  readonly closed: Promise<string>;
  readonly #socket: AriWebSocket;
  readonly #clock: Clock;
  readonly #pending = new Map<string, { resolve(result: RestResult): void; reject(error: Error): void }>();
  readonly #echoes = new Map<string, () => void>();
  /** Events, our own too. */
  #told = 0;
  readonly #app: string;
  readonly #end = new AbortController();
  #close!: (reason: string) => void;
  #requests = 0;
  #gathering = false;
  #heardAt: number;
  #lookedAt: number;
  #waking: Promise<void> | null = null;

  /** Opens the websocket under our application's name. @throws AppError ari_unreachable */
  static async open(
    client: Client,
    access: AriAccess,
    clock: Clock,
    listener: LinkListener,
  ): Promise<AriLink> {
    const started = client.start(access.app);
    const link = new AriLink(client, access.app, clock, listener);
    const failed = link.closed.then((reason) => {
      throw new AppError("ari_unreachable", `Asterisk's websocket did not open: ${reason}`, {
        app: access.app,
      });
    });
    try {
      await withDeadline(clock, openWithinMs, Promise.race([started, failed]), () => late("the websocket"));
    } catch (thrown) {
      link.close("it did not open");
      throw thrown;
    }
    void link.#watch();
    void link.#watchApplication();
    return link;
  }

  private constructor(client: Client, app: string, clock: Clock, listener: LinkListener) {
    this.client = client;
    this.#app = app;
    this.#clock = clock;
    this.#heardAt = clock.monotonicMs();
    this.#lookedAt = this.#heardAt;
    this.#socket = client._ws;
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
    for (const event of ["message", "close", "error"] as const) this.#socket.removeAllListeners(event);
    this.#socket.on("message", (text) => this.#receive(String(text), listener));
    this.#socket.on("pong", () => this.#heard());
    this.#socket.on("close", (code) => this.close(`the connection was closed (${code})`));
    this.#socket.on("error", (error) => this.close(error.message));
  }

  get silentMs(): number {
    return this.#clock.monotonicMs() - this.#heardAt;
  }

  /** A request over the websocket itself: in order with the events, with true status codes, without new connections. */
  async request(wanted: RestRequest): Promise<RestResult> {
    this.#noticeSleep();
    if (this.#waking) await this.#waking;
    return this.#send(wanted);
  }

  #send(wanted: RestRequest): Promise<RestResult> {
    const id = String(++this.#requests);
    const answered = new Promise<RestResult>((resolve, reject) => {
      if (this.#end.signal.aborted || this.#socket.readyState !== 1) return reject(lost(wanted));
      this.#pending.set(id, { resolve, reject });
      this.#gather();
      this.#socket.send(JSON.stringify(frameOf(id, wanted)), (error) => {
        if (error && this.#pending.delete(id)) reject(lost(wanted));
      });
    });
    return withDeadline(this.#clock, wanted.timeoutMs, answered, () => {
      this.#pending.delete(id);
      return late(nameOf(wanted));
    });
  }

  /** All that is asked in one turn of the event loop goes out together: each way into the kernel costs more than what is said. */
  #gather(): void {
    const connection = this.#socket._socket;
    if (this.#gathering || !(connection instanceof Socket)) return;
    this.#gathering = true;
    connection.cork();
    setImmediate(() => {
      this.#gathering = false;
      connection.uncork();
    });
  }

  /** Asks for the events that we use and no others (23 a call become 11). By HTTP: see `wantedEvents`. */
  async filterEvents(app: string, timeoutMs: number): Promise<void> {
    const filter = { allowed: wantedEvents.map((type) => ({ type })) };
    const work = this.client.applications.filter({ applicationName: app, filter });
    await withDeadline(this.#clock, timeoutMs, work, () => late("the event filter"));
  }

  /** Ends it at once, without a farewell: what is at the other end may be frozen. */
  close(reason: string): void {
    if (this.#end.signal.aborted) return;
    this.#end.abort();
    drop(this.#socket);
    for (const { reject } of this.#pending.values()) reject(lost());
    this.#pending.clear();
    this.#close(reason);
  }

  #receive(text: string, listener: LinkListener): void {
    if (this.#end.signal.aborted) return;
    this.#heard();
    const incoming = readIncoming(text);
    if (incoming.kind === "event" || incoming.kind === "echo") this.#told += 1;
    if (incoming.kind === "event") listener.event(incoming.channelId, incoming.event);
    else if (incoming.kind === "response") this.#answered(incoming.response);
    else if (incoming.kind === "echo") this.#echoes.get(incoming.name)?.();
    else if (incoming.kind === "replaced") listener.replaced();
    else listener.strange(incoming.kind === "unknown" ? incoming.type : "malformed");
  }

  #answered({ request_id, status_code, message_body }: RestResponse): void {
    const asked = this.#pending.get(request_id);
    this.#pending.delete(request_id);
    asked?.resolve(answerOf(status_code, message_body));
  }

  #heard(): void {
    this.#heardAt = this.#clock.monotonicMs();
  }

  /**
   * Has Asterisk tell us something by the way by which it tells of calls, behind all that it has told by then. "late": it
   * answers, and tells other things. "mute": it answers, and tells nothing. "forgotten": it has no such application.
   * "unanswered": it stands still, or the connection is lost.
   */
  async echo(withinMs: number): Promise<"told" | "late" | "mute" | "forgotten" | "unanswered"> {
    const name = newName("echo");
    const [askedAt, told] = [this.#clock.monotonicMs(), this.#told];
    const over = new AbortController();
    const echoed = new Promise<"told">((resolve) => this.#echoes.set(name, () => resolve("told")));
    const path = `events/user/${name}`;
    const query = { application: this.#app };
    try {
      const { status } = await this.request({ method: "POST", path, query, timeoutMs: withinMs });
      if (status === 404) return "forgotten";
      if (status >= 300) return "unanswered";
      const leftMs = Math.max(0, askedAt + withinMs - this.#clock.monotonicMs());
      const overdue = this.#readAfter(leftMs, AbortSignal.any([over.signal, this.#end.signal]));
      const heard = await Promise.race([echoed, overdue]);
      return heard ?? (this.#told > told ? "late" : "mute");
    } catch {
      return "unanswered";
    } finally {
      over.abort();
      this.#echoes.delete(name);
    }
  }

  /** Were we ourselves asleep, what came meanwhile is read first. */
  async #readAfter(ms: number, signal: AbortSignal): Promise<null> {
    for (const pauseMs of [ms, readingMs]) await this.#clock.wait(pauseMs, signal).catch(() => {});
    return null;
  }

  /**
   * The end of an earlier connection, noticed late by Asterisk, can close the application under the new one's feet: all
   * else looks well. It has gone then; or, where it has calls, is there and mute (seen once: keys and ends of calls were
   * told to nobody for half a minute and more).
   */
  async #watchApplication(): Promise<void> {
    while (!this.#end.signal.aborted) {
      await this.#clock.wait(pingEveryMs, this.#end.signal).catch(() => {});
      if (this.#end.signal.aborted) return;
      const heard = await this.echo(toldWithinMs);
      if (heard === "forgotten") this.close("Asterisk no longer knows our application");
      if (heard === "mute" && !this.#end.signal.aborted)
        this.close("Asterisk no longer tells our application anything");
    }
  }

  /** A frozen Asterisk keeps its sockets open: only pings tell. */
  async #watch(): Promise<void> {
    let pingedAt = Number.NEGATIVE_INFINITY;
    while (!this.#end.signal.aborted) {
      const now = this.#noticeSleep();
      if (now - this.#heardAt >= deadAfterMs) return this.close(`nothing heard for ${deadAfterMs / 1000} s`);
      if (now - pingedAt >= pingEveryMs && this.#socket.readyState === 1) {
        pingedAt = now;
        this.#socket.ping();
      }
      await this.#clock.wait(watchStepMs, this.#end.signal).catch(() => {});
    }
  }

  /**
   * Were we ourselves asleep (SIGSTOP, a machine that stood still)? Then Asterisk gets its time again, and before we ask
   * anything of it, what it said meanwhile is read: perhaps that our calls are another's, who must not be disturbed.
   * @returns the time, clock.monotonicMs
   */
  #noticeSleep(): number {
    const now = this.#clock.monotonicMs();
    if (now - this.#lookedAt > watchStepMs + 1_000) {
      this.#heardAt = Math.max(this.#heardAt, now - pingEveryMs);
      this.#waking ??= this.#clock.wait(readingMs).then(() => {
        this.#waking = null;
      });
    }
    this.#lookedAt = now;
    return now;
  }
}

/**
 * Asks Asterisk who it is, which also proves the credentials (ari-client would throw, uncaught, on wrong ones).
 * @throws AppError ari_unreachable, ari_credentials_refused
 */
export async function askNode(access: AriAccess, timeoutMs: number): Promise<AriNode> {
  const authorization = basicAuthorization(access.user, access.password);
  const response = await fetch(`${access.url}/ari/asterisk/info`, {
    headers: { authorization },
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((cause) => {
    const why = messageOf(cause instanceof Error && cause.cause ? cause.cause : cause);
    throw new AppError("ari_unreachable", `Asterisk does not answer at ${access.url}: ${why}`, {}, { cause });
  });
  if (response.status === 401 || response.status === 403) {
    const remedy =
      response.status === 401
        ? "compare the user and password with ari.conf"
        : "compare the addresses that ari.conf permits for this user with ours";
    throw new AppError(
      "ari_credentials_refused",
      `Asterisk at ${access.url} refuses the ARI user "${access.user}": ${remedy}`,
      { status: response.status },
    );
  }
  const info = (await response.json().catch(() => null)) as AriInfo | null;
  const node = { entityId: info?.system?.entity_id, version: info?.system?.version };
  const startedAt = info?.status?.startup_time;
  if (!response.ok || !node.entityId || !node.version || !startedAt) {
    throw new AppError("ari_unreachable", `${access.url} answers, but not as Asterisk's ARI does`, {
      status: response.status,
    });
  }
  return { entityId: node.entityId, version: node.version, startedAt };
}

interface AriInfo {
  system?: { entity_id?: string; version?: string };
  status?: { startup_time?: string };
}

/** ari-client with the operations of one version of Asterisk. */
export interface AttachedClient {
  client: Client;
  detach(): void;
}

/** Loads the operations that this Asterisk offers. Needed again only when its version changes. */
export async function attachClient(access: AriAccess, clock: Clock): Promise<AttachedClient> {
  const { protocol, hostname, port } = new URL(access.url);
  const way = protocol === "https:" ? await openTlsWay(hostname, Number(port || 443)) : null;
  try {
    const url = way ? `http://127.0.0.1:${way.port}` : access.url;
    const attached = ari.connect(url, access.user, access.password);
    keepCredentials({ ...access, url });
    const client = await withDeadline(clock, 15_000, attached, () => late("the list of ARI's operations"));
    return { client, detach: () => way?.close() };
  } catch (thrown) {
    way?.close();
    throw thrown;
  }
}

/**
 * With a reset where it can be: what still waits in the kernel, an order to dial perhaps, must not arrive minutes later,
 * when the network is whole again and the order has been taken for lost. A connection by TLS can only be closed.
 */
function drop(socket: AriWebSocket): void {
  if (socket._socket instanceof Socket && !("encrypted" in socket._socket)) socket._socket.resetAndDestroy();
  socket.terminate();
}

const frameOf = (id: string, { method, path, query = {}, json }: RestRequest) => ({
  type: "RESTRequest",
  transaction_id: id,
  request_id: id,
  method,
  uri: path,
  query_strings: Object.entries(query).map(([name, value]) => ({ name, value: String(value) })),
  ...(json === undefined ? {} : { content_type: "application/json", message_body: JSON.stringify(json) }),
});

/** Read only where somebody wants to know more than the status: most answers describe what was just asked for. */
const answerOf = (status: number, text: string | undefined): RestResult => ({
  status,
  get body() {
    return parsed(text);
  },
});

function parsed(text: string | undefined): unknown {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return text;
  }
}

const nameOf = ({ method, path }: RestRequest) => `${method} ${path}`;
const lost = (wanted?: RestRequest) =>
  new AppError(
    "ari_lost",
    `the connection to Asterisk ended before it answered${wanted ? ` ${nameOf(wanted)}` : ""}`,
  );
const late = (what: string) => new AppError("ari_timeout", `Asterisk did not answer in time: ${what}`);
