/**
 * What calls cost, counted where it leaves this process: statements and round trips at node-postgres' clients, requests
 * and events at the connection to Asterisk, lines in the app's log. No time is measured: figures are the same on any
 * machine.
 */
import { readFileSync } from "node:fs";
import pg from "pg";
import { vi } from "vitest";
import { AriConnection } from "#asterisk/ari-connection.ts";
import { EventDispatch } from "#asterisk/event-dispatch.ts";

/** In the order in which they are told. */
export const costs = ["statements", "roundTrips", "ariRequests", "ariEvents", "logLines"] as const;
export type Cost = (typeof costs)[number];

/** How often something was done, by what it was: a transaction by its statements, a request by its path. */
type Tally = Map<string, { times: number; costs: Partial<Record<Cost, number>> }>;

export interface Reading {
  perCall: Record<Cost, number>;
  /** What it is made of, the dearest first: a line each, for whoever looks for what has grown. */
  told: string;
}

export interface CostMeter {
  /** What is done from now on while nobody is on the telephone goes on without calls too, and is nobody's cost. */
  idle(): void;
  /** Calls begin. */
  calling(): void;
  /** Of `calls` alike. What came less often than they is not theirs: a daily look, or a try more than was needed. */
  read(calls: number): Reading;
  stop(): void;
}

/**
 * @param logFile of the app, JSON lines
 * @param exclude clients with this application name: the test's own
 */
export function startCostMeter({ logFile, exclude }: { logFile: string; exclude: string }): CostMeter {
  const idle: Tally = new Map();
  const during: Tally = new Map();
  let current = idle;
  let linesRead = 0;
  const add = (what: string, cost: Partial<Record<Cost, number>>) => {
    const known = current.get(what) ?? { times: 0, costs: {} };
    known.times += 1;
    for (const each of costs)
      if (cost[each] !== undefined) known.costs[each] = (known.costs[each] ?? 0) + cost[each];
    current.set(what, known);
  };
  const readLog = () => {
    const lines = readFileSync(logFile, "utf8").split("\n").slice(0, -1);
    for (const line of lines.slice(linesRead)) add(`log: ${JSON.parse(line).msg}`, { logLines: 1 });
    linesRead = lines.length;
  };
  const switchTo = (tally: Tally) => {
    readLog();
    current = tally;
  };
  const undo = [watchPostgres(add, exclude), ...watchAsterisk(add)];
  return {
    idle: () => switchTo(idle),
    calling: () => switchTo(during),
    read: (calls) => {
      readLog();
      return readingOf(during, idle, calls);
    },
    stop: () => {
      for (const step of undo) step();
    },
  };
}

function readingOf(during: Tally, idle: Tally, calls: number): Reading {
  const theirs = [...during].flatMap(([what, { times, costs }]) => {
    const perCall = Math.floor(times / calls);
    const share = (cost: Cost) => Math.round(((costs[cost] ?? 0) / times) * perCall);
    return perCall === 0 || idle.has(what) ? [] : [{ what, perCall, share }];
  });
  const sum = (cost: Cost) => theirs.reduce((so, { share }) => so + share(cost), 0);
  const weight = ({ share }: (typeof theirs)[number]) => costs.reduce((so, cost) => so + share(cost), 0);
  const told = theirs
    .toSorted((a, b) => weight(b) - weight(a))
    .map(({ what, perCall }) => `${perCall} x ${what.slice(0, longestTold)}`);
  const perCall = Object.fromEntries(costs.map((cost) => [cost, sum(cost)]));
  return { perCall: perCall as Reading["perCall"], told: told.join("\n") };
}

const longestTold = 400;

type Add = (what: string, cost: Partial<Record<Cost, number>>) => void;

/** What one client has begun and not ended: a transaction, or a statement by itself. */
interface Unit {
  texts: string[];
  statements: number;
  roundTrips: number;
  /** Sent and not yet answered: what is sent meanwhile costs no trip of its own. */
  waiting: string[];
}

type Ask = (this: pg.Client, asked: string | { name?: string; text?: string }, ...rest: unknown[]) => unknown;

function watchPostgres(add: Add, exclude: string): () => void {
  const units = new WeakMap<pg.Client, Unit>();
  const ask = pg.Client.prototype.query as unknown as Ask;
  const spy = vi.spyOn(pg.Client.prototype, "query") as unknown as { mockImplementation(how: Ask): void };
  spy.mockImplementation(function (asked, ...rest) {
    const client = this as pg.Client & {
      connection: NodeJS.EventEmitter;
      connectionParameters: { application_name?: string };
    };
    if (client.connectionParameters.application_name !== exclude) {
      if (!units.has(client)) units.set(client, watchClient(client.connection, add));
      const unit = units.get(client)!;
      const name = typeof asked === "string" ? asked : (asked.name ?? asked.text ?? "");
      if (unit.waiting.length === 0) unit.roundTrips += 1;
      unit.waiting.push(name.replace(/\s+/g, " ").trim());
    }
    return ask.call(this, asked, ...rest);
  });
  return () => vi.mocked(pg.Client.prototype.query).mockRestore();
}

function watchClient(connection: NodeJS.EventEmitter, add: Add): Unit {
  const unit: Unit = { texts: [], statements: 0, roundTrips: 0, waiting: [] };
  connection.on("commandComplete", () => {
    unit.statements += 1;
  });
  connection.on("readyForQuery", () => {
    const text = unit.waiting.shift();
    if (text === undefined) return;
    unit.texts.push(text);
    // Each statement by itself, whatever waits behind it: put together by chance, they would be no call's own.
    if (/^begin/i.test(unit.texts[0]!) && !/^(commit|rollback)/i.test(text)) return;
    add(unit.texts.join("; "), { statements: unit.statements, roundTrips: unit.roundTrips });
    Object.assign(unit, { texts: [], statements: 0, roundTrips: 0 });
  });
  return unit;
}

function watchAsterisk(add: Add): (() => void)[] {
  const { request, operation } = AriConnection.prototype;
  const requests = vi.spyOn(AriConnection.prototype, "request");
  requests.mockImplementation(function (this: AriConnection, method, path, ...rest) {
    add(`ARI ${method} ${withoutIds(path)}`, { ariRequests: 1 });
    return request.call(this, method, path, ...rest);
  });
  const operations = vi.spyOn(AriConnection.prototype, "operation");
  operations.mockImplementation(function (this: AriConnection, name, ...rest) {
    add(`ARI ${name}`, { ariRequests: 1 });
    return operation.call(this, name, ...rest) as never;
  });
  const { give } = EventDispatch.prototype;
  const events = vi.spyOn(EventDispatch.prototype, "give");
  events.mockImplementation(function (this: EventDispatch, channelId, event) {
    add(`event ${event.type}`, { ariEvents: 1 });
    return give.call(this, channelId, event);
  });
  return [requests, operations, events].map((spy) => () => spy.mockRestore());
}

const withoutIds = (path: string): string => path.replace(/[^/]*[0-9a-f]{8}-[0-9a-f-]{20,}[^/]*/g, "ID");
