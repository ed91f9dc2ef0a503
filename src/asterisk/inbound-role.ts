/**
 * The calls that the dialplan sends to the application that all instances share: on each Asterisk one instance at a
 * time, the holder, is connected under its name, and moves each call into its own application, where it stays when the
 * role changes hands. Two would take the name from each other for ever, hence the lease in the database.
 */
import type { InboundHolders } from "#call/incoming.ts";
import type { Clock } from "#lib/clock.ts";
import { messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import { createPeriodic } from "#lib/periodic.ts";
import type { AriConnection } from "./ari-connection.ts";
import type { AriChannel } from "./ari-events.ts";
import { inboundWord } from "./incoming.ts";
import { listChannels } from "./orphans.ts";

/** What the role needs of a node. */
export interface RoleNode {
  name: string;
  /** Our own application's. */
  connection: Pick<AriConnection, "state" | "app">;
  connectAs(app: string): AriConnection;
}

export interface InboundRoleOptions {
  node: RoleNode;
  /** The application that the dialplan names. */
  app: string;
  holders: InboundHolders;
  clock: Clock;
  logger: Logger;
}

const leaseMs = 2_500;
const lookEveryMs = 700;

export interface InboundRole {
  start(): void;
  stop(): Promise<void>;
}

export function createInboundRole(options: InboundRoleOptions): InboundRole {
  const role = new Role(options);
  const { clock, logger, node } = options;
  const looking = createPeriodic(
    clock,
    lookEveryMs,
    () => role.look(),
    (thrown) =>
      // With the database away nobody else can take it either: who has it goes on.
      logger.warn({ node: node.name, problem: messageOf(thrown) }, "who takes calls could not be asked"),
  );
  return {
    start: () => looking.start(),
    stop: async () => {
      await looking.stop();
      await role.end();
    },
  };
}

class Role {
  readonly #options: InboundRoleOptions;
  #link: AriConnection | null = null;

  constructor(options: InboundRoleOptions) {
    this.#options = options;
  }

  async look(): Promise<void> {
    const { node, holders } = this.#options;
    // Where our own application is not connected, calls could be moved nowhere.
    const ours = node.connection.state === "ready" && (await holders.hold(node.name, leaseMs));
    if (!ours) return this.#drop();
    // "fenced": we were thought dead, and another had it for a while. It is no end for us.
    if (this.#link?.state === "fenced") await this.#drop();
    if (!this.#link) this.#connect();
  }

  async end(): Promise<void> {
    const held = this.#link !== null;
    await this.#drop();
    if (held) await this.#options.holders.letGo(this.#options.node.name).catch(() => {});
  }

  #connect(): void {
    const { node, app, logger } = this.#options;
    const link = node.connectAs(app);
    this.#link = link;
    link.onUnclaimed((_, event) => {
      if (event.type === "StasisStart") void this.#move(link, event.channel, event.args);
    });
    link.onConnected(() => this.#takeWaiting(link));
    link.start().catch((thrown) => {
      if (this.#link === link)
        logger.warn({ node: node.name, problem: messageOf(thrown) }, "calls to us cannot be taken");
    });
    logger.info({ node: node.name }, "calls to us are taken here");
  }

  async #drop(): Promise<void> {
    const link = this.#link;
    this.#link = null;
    await link?.stop();
  }

  /**
   * Whoever rang while nobody listened. They have heard ringing so far, and go on hearing it. Who is answered has been
   * moved to somebody, which Asterisk does not tell: the dialplan's word for where they are stays as it was.
   */
  async #takeWaiting(link: AriConnection): Promise<void> {
    for (const channel of await listChannels(link)) {
      const [app, ...args] = channel.dialplan.app_data.split(",");
      const waits = channel.dialplan.app_name === "Stasis" && app === link.app && channel.state !== "Up";
      if (waits) await this.#move(link, channel, args);
    }
  }

  async #move(link: AriConnection, { id }: AriChannel, args: string[]): Promise<void> {
    const { node, logger } = this.#options;
    const path = `channels/${encodeURIComponent(id)}`;
    try {
      const appArgs = args[0] === inboundWord ? args.join(",") : inboundWord;
      const { status } = await link.request("POST", `${path}/move`, { app: node.connection.app, appArgs });
      if (status < 400 || status === 404) return;
      logger.error({ channelId: id, status }, "a call to us could not be taken");
      await link.request("POST", `${path}/continue`, { context: "hearback", extension: "away", priority: 1 });
    } catch (thrown) {
      logger.error({ channelId: id, problem: messageOf(thrown) }, "a call to us could not be taken");
    }
  }
}
