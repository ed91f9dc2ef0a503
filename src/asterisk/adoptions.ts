/** The calls of processes that are no more: for each, and for each Asterisk, a link under that process's application. */
import type { DialOutcome, LeftCall, LeftCalls } from "#call/line.ts";
import type { Clock } from "#lib/clock.ts";
import { messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import type { AriConnection } from "./ari-connection.ts";
import type { AriTelephone } from "./ari-telephone.ts";

/** Another link to an Asterisk; not started. */
export interface Link {
  connection: AriConnection;
  telephone: AriTelephone;
}

export interface AdoptionsOptions {
  /** Null for an Asterisk that is not ours any more. */
  link(node: string, app: string): Link | null;
  clock: Clock;
  logger: Logger;
}

/** A link outlives its last call by so long: what the dead process ordered last may come late, and must not be left alone. */
const lingerMs = 15_000;
const lookEveryMs = 1_000;

export class Adoptions implements LeftCalls {
  readonly #options: AdoptionsOptions;
  readonly #links = new Map<string, Link>();
  readonly #closed = new AbortController();

  constructor(options: AdoptionsOptions) {
    this.#options = options;
  }

  takeUp(calls: LeftCall[]): Promise<DialOutcome>[] {
    const fresh = new Set<Link>();
    const outcomes = calls.map((call) => this.#takeUp(call, fresh));
    for (const link of fresh) void this.#keep(link);
    return outcomes;
  }

  /** Calls that are up go on until their own limit. */
  async stop(): Promise<void> {
    this.#closed.abort();
    for (const { telephone } of this.#links.values()) telephone.close();
    await Promise.all([...this.#links.values()].map(({ connection }) => connection.stop()));
  }

  async #takeUp(call: LeftCall, fresh: Set<Link>): Promise<DialOutcome> {
    const { node, app } = call;
    const key = `${node} ${app}`;
    const link = this.#links.get(key) ?? this.#options.link(node, app);
    if (!link) return { kind: "unknown", reason: `there is no Asterisk "${node}" here` };
    if (!this.#links.has(key)) {
      this.#links.set(key, link);
      fresh.add(link);
      // The process that it fenced off was alive after all, or a third goes on with the calls: they are not ours.
      link.connection.onChange((state) => state === "fenced" && this.#links.delete(key));
    }
    return link.telephone.takeUp(call);
  }

  /** Until its last call has ended. */
  async #keep(link: Link): Promise<void> {
    const { clock, logger } = this.#options;
    const { signal } = this.#closed;
    const { connection, telephone } = link;
    const { app } = connection;
    logger.warn({ app }, "speaking for the application of a process that is no more");
    connection
      .start()
      .catch((thrown) => logger.error({ app, problem: messageOf(thrown) }, "a link could not be opened"));
    for (let idleMs = 0; idleMs < lingerMs && !signal.aborted; idleMs += lookEveryMs) {
      await clock.wait(lookEveryMs, signal).catch(() => {});
      if (telephone.callsUnderWay > 0) idleMs = 0;
    }
    telephone.close();
    await connection.stop();
    for (const [key, one] of this.#links) if (one === link) this.#links.delete(key);
  }
}
