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

/** One thing that was done: a statement by its name or text, a request by its path, an event by its kind. */
interface Deed {
  what: string;
  cost: Partial<Record<Cost, number>>;
}

export interface Reading {
  perCall: Record<Cost, number>;
  /** What it is made of, the dearest first: a line each, for whoever looks for what has grown. */
  told: string;
}

export interface CostMeter {
  /** Calls begin. Before, nobody is on the telephone: what is done then goes on without calls too. */
  calling(): void;
  /**
   * What `calls` alike have cost, when all their work is done. Theirs is what was never done while nobody was on the
   * telephone, and the whole transaction around it. Each kind is rounded to whole times a call, so that what fewer than
   * half of them did more or less than the others changes nothing: a daily look, or a try more than was needed.
   */
  read(calls: number): Reading;
  stop(): void;
}

/**
 * @param logFile of the app, JSON lines
 * @param exclude clients with this application name: the test's own
 */
export function startCostMeter({ logFile, exclude }: { logFile: string; exclude: string }): CostMeter {
  const idle = new Set<string>();
  const during: Deed[][] = [];
  let calling = false;
  let linesRead = 0;
  const add: Add = (deeds) => {
    if (calling) during.push(deeds);
    else for (const { what } of deeds) idle.add(what);
  };
  const readLog = () => {
    const lines = readFileSync(logFile, "utf8").split("\n").slice(0, -1);
    for (const line of lines.slice(linesRead))
      add([{ what: `log: ${JSON.parse(line).msg}`, cost: { logLines: 1 } }]);
    linesRead = lines.length;
  };
  const undo = [watchPostgres(add, exclude), ...watchAsterisk(add)];
  return {
    calling: () => {
      readLog();
      calling = true;
    },
    read: (calls) => {
      readLog();
      return readingOf(during, idle, calls);
    },
    stop: () => {
      for (const step of undo) step();
    },
  };
}

function readingOf(during: Deed[][], idle: ReadonlySet<string>, calls: number): Reading {
  const theirs = during.filter((deeds) => deeds.some(({ what }) => !idle.has(what))).flat();
  const kinds = [...Map.groupBy(theirs, ({ what }) => what)].flatMap(([what, deeds]) => {
    // Of a half, none: each of the four job runners looks for stale locks once, at a moment of chance.
    const perCall = Math.ceil(deeds.length / calls - 0.5);
    const sum = (cost: Cost) => deeds.reduce((so, each) => so + (each.cost[cost] ?? 0), 0);
    const share = (cost: Cost) => Math.round((sum(cost) / deeds.length) * perCall);
    return perCall === 0 ? [] : [{ what, perCall, share }];
  });
  const total = (cost: Cost) => kinds.reduce((so, { share }) => so + share(cost), 0);
  const weight = ({ share }: (typeof kinds)[number]) => costs.reduce((so, cost) => so + share(cost), 0);
  const told = kinds
    .toSorted((a, b) => weight(b) - weight(a))
    .map(({ what, perCall }) => `${perCall} x ${what.slice(0, longestTold)}`);
  const perCall = Object.fromEntries(costs.map((cost) => [cost, total(cost)]));
  return { perCall: perCall as Reading["perCall"], told: told.join("\n") };
}

const longestTold = 400;

/** What was done together: the statements of a transaction, or one thing by itself. */
type Add = (deeds: Deed[]) => void;

/** What one client has been asked. */
interface Asked {
  /** Answered, of a transaction that has not ended. */
  answered: Deed[];
  /** Not yet answered. Each is sent when the one before it is: nobody here uses node-postgres' pipelines. */
  waiting: Deed[];
}

type Ask = (this: pg.Client, asked: string | { name?: string; text?: string }, ...rest: unknown[]) => unknown;

function watchPostgres(add: Add, exclude: string): () => void {
  const clients = new WeakMap<pg.Client, Asked>();
  const ask = pg.Client.prototype.query as unknown as Ask;
  const spy = vi.spyOn(pg.Client.prototype, "query") as unknown as { mockImplementation(how: Ask): void };
  spy.mockImplementation(function (asked, ...rest) {
    const client = this as pg.Client & {
      connection: NodeJS.EventEmitter;
      connectionParameters: { application_name?: string };
    };
    if (client.connectionParameters.application_name !== exclude) {
      if (!clients.has(client)) clients.set(client, watchClient(client.connection, add));
      const { waiting } = clients.get(client)!;
      const name = typeof asked === "string" ? asked : (asked.name ?? asked.text ?? "");
      const what = name.replace(/\s+/g, " ").trim();
      waiting.push({ what, cost: { statements: 0, roundTrips: 1 } });
    }
    return ask.call(this, asked, ...rest);
  });
  return () => vi.mocked(pg.Client.prototype.query).mockRestore();
}

/** Where a transaction ends is the server's word: by their names, "begin-call" would begin one, "commit-to-ring" end it. */
function watchClient(connection: NodeJS.EventEmitter, add: Add): Asked {
  const asked: Asked = { answered: [], waiting: [] };
  connection.on("commandComplete", () => {
    const deed = asked.waiting[0];
    if (deed) deed.cost.statements! += 1;
  });
  connection.on("readyForQuery", ({ status }: { status: "I" | "T" | "E" }) => {
    const deed = asked.waiting.shift();
    if (deed) asked.answered.push(deed);
    if (status === "I") add(asked.answered.splice(0));
  });
  return asked;
}

function watchAsterisk(add: Add): (() => void)[] {
  const { request, operation, storedFile } = AriConnection.prototype;
  const requests = vi.spyOn(AriConnection.prototype, "request");
  requests.mockImplementation(function (this: AriConnection, method, path, ...rest) {
    add([{ what: `ARI ${method} ${withoutIds(path)}`, cost: { ariRequests: 1 } }]);
    return request.call(this, method, path, ...rest);
  });
  const operations = vi.spyOn(AriConnection.prototype, "operation");
  operations.mockImplementation(function (this: AriConnection, name, ...rest) {
    add([{ what: `ARI ${name}`, cost: { ariRequests: 1 } }]);
    return operation.call(this, name, ...rest) as never;
  });
  const files = vi.spyOn(AriConnection.prototype, "storedFile");
  files.mockImplementation(function (this: AriConnection, ...asked) {
    add([{ what: "ARI GET recordings/stored/ID/file", cost: { ariRequests: 1 } }]);
    return storedFile.apply(this, asked);
  });
  const { give } = EventDispatch.prototype;
  const events = vi.spyOn(EventDispatch.prototype, "give");
  events.mockImplementation(function (this: EventDispatch, channelId, event) {
    add([{ what: `event ${event.type}`, cost: { ariEvents: 1 } }]);
    return give.call(this, channelId, event);
  });
  return [requests, operations, files, events].map((spy) => () => spy.mockRestore());
}

const withoutIds = (path: string): string => path.replace(/[^/]*[0-9a-f]{8}-[0-9a-f-]{20,}[^/]*/g, "ID");
