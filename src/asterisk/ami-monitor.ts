/**
 * Asterisk's health, and reloading, by AMI; calls are never controlled here. Two users, because each may do little:
 * `health` reads, `release` reloads. asterisk-manager escapes nothing, gives no deadlines and loses what is asked while
 * the connection is down, so that all of this is done around it.
 */
import newManager, { type AsteriskManager, type ManagerItem } from "asterisk-manager";
import type { Clock } from "#lib/clock.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import { withDeadline } from "./deadline.ts";
import { openTlsWay } from "./tls-way.ts";

export interface AmiUser {
  user: string;
  secret: string;
}

export interface AmiMonitorOptions {
  host: string;
  port: number;
  /** AMI's port for TLS (tlsbindaddr). Default: plain, for the same machine. */
  tls?: boolean;
  health: AmiUser;
  release: AmiUser;
  clock: Clock;
  logger: Logger;
}

export interface AsteriskHealth {
  connected: boolean;
  /** Calls up in Asterisk, whoever's they are. The rest is null while not connected. */
  calls: number | null;
  /** By the clock of Asterisk's machine, which must keep our time zone. */
  startedAt: Date | null;
  reloadedAt: Date | null;
}

const answerWithinMs = 3_000;
const askEveryMs = 15_000;
const firstPauseMs = 500;
const longestPauseMs = 10_000;
const unknownHealth: AsteriskHealth = { connected: false, calls: null, startedAt: null, reloadedAt: null };

export class AmiMonitor {
  readonly #options: AmiMonitorOptions;
  readonly #stopped = new AbortController();
  #health: AsteriskHealth = unknownHealth;
  #running: Promise<void> = Promise.resolve();

  constructor(options: AmiMonitorOptions) {
    this.#options = options;
  }

  /** Begins to watch; never fails, for health says how it goes. */
  start(): void {
    this.#running = this.#watch();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  health(): AsteriskHealth {
    return this.#health;
  }

  /**
   * Has Asterisk read one module's configuration again, e.g. `pbx_config.so`.
   * @throws AppError ami_unreachable, ami_refused, ami_timeout
   */
  async reload(module: string): Promise<void> {
    if (!/^[a-z0-9_]+(\.so)?$/.test(module))
      throw new AppError("ami_refused", `"${module}" is no module's name`);
    const session = await this.#open(this.#options.release);
    try {
      await session.ask({ action: "Reload", module });
    } finally {
      session.close();
    }
  }

  /**
   * The dialplan as Asterisk has it, of its own files: a line a priority, in no order that means anything.
   * @throws AppError ami_unreachable, ami_refused, ami_timeout
   */
  async dialplan(): Promise<string[]> {
    const session = await this.#open(this.#options.health);
    try {
      const items = await session.list({ action: "ShowDialPlan" }, "ListDialplan", "ShowDialPlanComplete");
      return items.filter(({ registrar }) => registrar === "pbx_config").map(lineOf);
    } finally {
      session.close();
    }
  }

  async #watch(): Promise<void> {
    const { clock, logger } = this.#options;
    for (let tries = 0; !this.#stopped.signal.aborted; tries++) {
      try {
        const session = await this.#open(this.#options.health);
        tries = 0;
        await this.#watchSession(session).finally(() => session.close());
      } catch (thrown) {
        if (tries < 3 || tries % 30 === 0)
          logger.warn({ problem: messageOf(thrown) }, "no word from Asterisk's AMI");
      }
      this.#health = unknownHealth;
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(tries, 8));
      await clock.wait(pauseMs, this.#stopped.signal).catch(() => {});
    }
  }

  /** Asks again and again: a connection that is open but dead shows by the deadline. Ends when it is closed. */
  async #watchSession(session: AmiSession): Promise<void> {
    const over = AbortSignal.any([this.#stopped.signal, session.closed]);
    while (!over.aborted) {
      this.#health = healthOf(await session.ask({ action: "CoreStatus" }));
      await this.#options.clock.wait(askEveryMs, over).catch(() => {});
    }
  }

  #open(user: AmiUser): Promise<AmiSession> {
    return AmiSession.open(this.#options, user);
  }
}

/** One connection, logged in. Never reconnects: whoever watches opens another. */
class AmiSession {
  readonly closed: AbortSignal;
  readonly #manager: AsteriskManager;
  readonly #clock: Clock;

  static async open(
    { host, port, tls = false, clock }: AmiMonitorOptions,
    { user, secret }: AmiUser,
  ): Promise<AmiSession> {
    const manager = newManager(0, host, oneLine(user), oneLine(secret), false);
    hearAnswersOnly(manager);
    const over = new AbortController();
    manager.on("close", () => over.abort());
    const way = tls ? await openTlsWay(host, port) : null;
    over.signal.addEventListener("abort", () => way?.close());
    const loggedIn = new Promise<void>((resolve, reject) => {
      const gone = () => reject(new AppError("ami_unreachable", `AMI does not answer at ${host}:${port}`));
      manager.on("close", gone);
      manager.on("error", gone);
      manager.connect(way?.port ?? port, way ? "127.0.0.1" : host, () =>
        manager.login((error) =>
          error
            ? reject(new AppError("ami_refused", `AMI refuses the user "${user}": compare manager.conf`))
            : resolve(),
        ),
      );
    });
    try {
      await withDeadline(clock, answerWithinMs, loggedIn, () => late("login"));
    } catch (thrown) {
      manager.disconnect();
      way?.close();
      throw thrown;
    }
    return new AmiSession(manager, clock, over.signal);
  }

  private constructor(manager: AsteriskManager, clock: Clock, closed: AbortSignal) {
    this.#manager = manager;
    this.#clock = clock;
    this.closed = closed;
  }

  /** @throws AppError ami_refused, ami_timeout */
  ask(action: Record<string, string>): Promise<ManagerItem> {
    const name = action.action ?? "";
    const clean = Object.fromEntries(
      Object.entries(action).map(([key, value]) => [oneLine(key), oneLine(value)]),
    );
    const answered = new Promise<ManagerItem>((resolve, reject) => {
      this.#manager.action(clean, (error, answer) => {
        if (error) reject(new AppError("ami_refused", `AMI refused ${name}: ${String(error.message)}`));
        else resolve(answer);
      });
    });
    return withDeadline(this.#clock, answerWithinMs, answered, () => late(name));
  }

  /**
   * All that is told one by one, until the last word.
   * @throws AppError ami_refused, ami_timeout
   */
  async list(action: Record<string, string>, event: string, last: string): Promise<ManagerItem[]> {
    const items: ManagerItem[] = [];
    let id = "";
    const whole = new Promise<void>((resolve, reject) => {
      const take = (item: ManagerItem) => {
        if (item.event === event) items.push(item);
        if (item.event === last) resolve();
      };
      id = this.#manager.action(action, (error) => {
        if (error)
          reject(new AppError("ami_refused", `AMI refused ${action.action}: ${String(error.message)}`));
      });
      this.#manager.on(itemOf(id), take);
    });
    try {
      await withDeadline(this.#clock, answerWithinMs, whole, () => late(action.action ?? ""));
    } finally {
      this.#manager.removeAllListeners(itemOf(id));
    }
    return items;
  }

  close(): void {
    this.#manager.removeAllListeners();
    this.#manager.on("error", () => {});
    this.#manager.disconnect();
  }
}

/**
 * asterisk-manager tells each item under the names that stand in it: an "Event: rawevent" would go round in circles for
 * ever, and an event with "UserEvent" twice end the process. Only answers are wanted, by the numbers that it gave itself.
 */
function hearAnswersOnly(manager: AsteriskManager): void {
  manager.removeAllListeners("rawevent");
  manager.on("rawevent", (item: ManagerItem) => {
    const { actionid, response } = item;
    if (typeof actionid !== "string" || !/^\d+$/.test(actionid)) return;
    if (response === undefined) {
      manager.emit(itemOf(actionid), item);
      return;
    }
    const refused = String(response).toLowerCase() === "error";
    manager.emit(actionid, refused ? item : undefined, item);
  });
}

/** What is told one by one in answer to this action. */
const itemOf = (id: string): string => `item ${id}`;

const lineOf = ({
  context,
  extension,
  extensionlabel,
  priority,
  application,
  appdata,
}: ManagerItem): string =>
  [context, extension, priority, extensionlabel, `${String(application ?? "")}(${String(appdata ?? "")})`]
    .map((part) => String(part ?? ""))
    .join(",");

/** A line break in a value would begin another action of its own (measured): none gets through. */
export const oneLine = (value: string): string => value.replace(/[\r\n\0]/g, "");

function healthOf(status: ManagerItem): AsteriskHealth {
  return {
    connected: true,
    calls: Number(status.corecurrentcalls ?? 0),
    startedAt: dateOf(status.corestartupdate, status.corestartuptime),
    reloadedAt: dateOf(status.corereloaddate, status.corereloadtime),
  };
}

function dateOf(day: unknown, time: unknown): Date | null {
  const date = new Date(`${String(day)}T${String(time)}`);
  return Number.isNaN(date.getTime()) ? null : date;
}

const late = (what: string) => new AppError("ami_timeout", `AMI did not answer in time: ${what}`);
