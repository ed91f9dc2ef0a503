/** All Asterisks as the one telephone that campaigns ring with: each call is given the node with the most room. */
import type { CutOffCaller } from "#call/incoming.ts";
import type { DialOrder, DialOutcome, Place, Telephone } from "#call/line.ts";
import type { NodeBook, NodeStanding } from "#campaign/node-book.ts";
import type { Clock } from "#lib/clock.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import { createPeriodic } from "#lib/periodic.ts";
import type { Link } from "./adoptions.ts";
import { Easing } from "./easing.ts";
import { greetAgain } from "./incoming.ts";
import type { AsteriskNode } from "./node.ts";
import { chooseNode, type NodeLoad, roomOf } from "./node-choice.ts";

export interface NodePoolOptions {
  nodes: readonly AsteriskNode[];
  book: NodeBook;
  /** Over all nodes and all instances; null without a limit. */
  maxCalls: number | null;
  clock: Clock;
  logger: Logger;
}

/** So soon every instance knows that a node is to be drained. */
const exchangeEveryMs = 1_000;
/** One whose password was refused is tried again: it may be a slip in ari.conf that somebody mends. */
const refusedPauseMs = 30_000;

export class NodePool implements Telephone {
  readonly nodes: readonly AsteriskNode[];
  readonly #options: NodePoolOptions;
  readonly #stopped = new AbortController();
  readonly #places = new Map<string, number>();
  #standings = new Map<string, NodeStanding>();
  readonly #easings: ReadonlyMap<string, Easing>;
  #last: string | null = null;

  constructor(options: NodePoolOptions) {
    this.#options = options;
    this.nodes = options.nodes;
    this.#easings = new Map(options.nodes.map(({ name }) => [name, new Easing()]));
  }

  /** At least one may be dialled on, or could be if it were not full. */
  get ready(): boolean {
    return this.nodes.some((node) => this.#open(node));
  }

  /** Calls that may be begun now, over all nodes. */
  get freeCapacity(): number {
    const room = this.#loads().reduce((sum, load) => sum + roomOf(load), 0);
    const { maxCalls } = this.#options;
    if (maxCalls === null) return Math.min(room, Number.MAX_SAFE_INTEGER);
    const calls = this.nodes.reduce((sum, { name }) => sum + this.callsOn(name), 0);
    return Math.max(0, Math.min(room, maxCalls - calls));
  }

  /** Ours, from before they are dialled, and those that other instances have in the ledger. */
  callsOn(name: string): number {
    return (this.#places.get(name) ?? 0) + (this.#standings.get(name)?.othersCalls ?? 0);
  }

  isDraining(name: string): boolean {
    return this.#standings.get(name)?.draining ?? false;
  }

  /** It cannot keep up just now, and is given fewer calls. */
  isEased(name: string): boolean {
    return this.#easings.get(name)?.most != null;
  }

  reserve(): Place | null {
    if (this.freeCapacity < 1) return null;
    const node = chooseNode(this.#loads(), this.#last);
    if (node === null) return null;
    this.#last = node;
    return this.occupy(node);
  }

  /** Room for a call that came in on this one, drained or not; null where it is full. */
  reserveOn(name: string): Place | null {
    const node = this.nodes.find((each) => each.name === name);
    if (!node) return null;
    const { maxCalls, weight } = node.access;
    return roomOf({ name, weight, maxCalls, calls: this.callsOn(name) }) > 0 ? this.occupy(name) : null;
  }

  occupy(node: string): Place {
    this.#places.set(node, (this.#places.get(node) ?? 0) + 1);
    let ours = true;
    const giveBack = () => {
      if (ours) this.#places.set(node, this.#places.get(node)! - 1);
      ours = false;
    };
    return { node, giveBack };
  }

  /** @throws AppError as AriTelephone, and `node_unknown` */
  async dial(order: DialOrder, onRinging: () => void): Promise<DialOutcome> {
    const node = this.nodes.find(({ name }) => name === order.node);
    if (!node) throw new AppError("node_unknown", `there is no node "${order.node}"`, { node: order.node });
    return node.telephone.dial(order, onRinging);
  }

  /**
   * Connects to all; resolves once one can be used, and the others follow when they can.
   * @throws AppError ari_credentials_refused, where all refuse us; ari_lost, where `stop` came first
   */
  async start(): Promise<void> {
    const starts = this.nodes.map((node) => node.connection.start());
    if (starts.length > 1)
      for (const [index, start] of starts.entries())
        start.catch((thrown) => void this.#startAgain(this.nodes[index]!, thrown));
    await Promise.any(starts).catch(({ errors: [first] }: AggregateError) => {
      throw first;
    });
    await this.exchange().catch(() => {});
  }

  /** @returns what ends it */
  watch(): () => Promise<void> {
    const { clock, logger } = this.#options;
    const look = async () => {
      this.ease();
      await this.exchange();
    };
    const watch = createPeriodic(clock, exchangeEveryMs, look, (thrown) =>
      logger.warn({ problem: messageOf(thrown) }, "how the nodes stand could not be read"),
    );
    watch.start();
    return () => watch.stop();
  }

  /** Looks whether the nodes keep up; to be done about once a second. */
  ease(): void {
    for (const { name, connection } of this.nodes) {
      const easing = this.#easings.get(name)!;
      const was = easing.most;
      const lagMs = connection.lag.worstMs();
      easing.look(lagMs, this.callsOn(name));
      const { logger } = this.#options;
      if (was === null && easing.most !== null)
        logger.warn({ node: name, lagMs, most: easing.most }, "a node's events come late: fewer calls there");
      if (was !== null && easing.most === null)
        logger.info({ node: name }, "a node's events come in time again");
    }
  }

  /** Tells the database how we see the nodes, and reads who is draining and what others do there. */
  async exchange(): Promise<void> {
    const links = this.nodes.map(({ name, state, connection }) => ({
      ...{ node: name, state },
      entityId: connection.node?.entityId ?? null,
    }));
    const { nodes, trunksOut } = await this.#options.book.exchange(links);
    this.#standings = new Map(nodes.map((standing) => [standing.node, standing]));
    for (const node of this.nodes) node.leaveOut(trunksOut);
  }

  /** Another link to one of them, under a dead instance's application; null for one that is not ours. */
  linkAs(node: string, app: string): Link | null {
    return this.nodes.find(({ name }) => name === node)?.linkAs(app) ?? null;
  }

  /** Whoever rang us, and lost the process that spoke with them, hears the greeting again. */
  greetAgain(caller: CutOffCaller): void {
    const node = this.nodes.find(({ name }) => name === caller.node);
    if (!node) return;
    const { channelId } = caller;
    const log = this.#options.logger.child({ node: node.name });
    greetAgain(node.connection, caller).then(
      (found) => found && log.info({ channelId }, "a caller who was cut off is greeted again"),
      (thrown) => log.error({ channelId, problem: messageOf(thrown) }, "a caller hears nothing of us"),
    );
  }

  /** Hangs up what nobody holds, on all nodes. */
  async sweep(): Promise<void> {
    await Promise.allSettled(this.nodes.map(({ telephone }) => telephone.sweep()));
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.nodes.map((node) => node.stop()));
    await this.#options.book.leave().catch(() => {});
  }

  #open(node: AsteriskNode): boolean {
    return node.usable && !this.isDraining(node.name);
  }

  #loads(): NodeLoad[] {
    return this.nodes
      .filter((node) => this.#open(node))
      .map(({ name, access }) => {
        const most = [access.maxCalls, this.#easings.get(name)!.most].filter((limit) => limit !== null);
        const maxCalls = most.length === 0 ? null : Math.min(...most);
        return { name, weight: access.weight, maxCalls, calls: this.callsOn(name) };
      });
  }

  /** Beside nodes that work, one with a wrong password is told of, and is not the end. */
  async #startAgain(node: AsteriskNode, thrown: unknown): Promise<void> {
    const { clock, logger } = this.#options;
    for (let problem = thrown; !this.#stopped.signal.aborted; ) {
      if (!(problem instanceof AppError) || problem.code !== "ari_credentials_refused") return;
      logger.error({ node: node.name, problem: problem.message }, "a node cannot be used");
      await clock.wait(refusedPauseMs, this.#stopped.signal).catch(() => {});
      if (this.#stopped.signal.aborted) return;
      problem = await node.connection.start().catch((again: unknown) => again);
    }
  }
}
