/**
 * A connection to Asterisk over a pretend socket: the real link, reader and dispatch, no network and no waiting. What
 * Asterisk answers is the test's; time stands still unless a test moves it.
 */
import { EventEmitter } from "node:events";
import type { Client } from "ari-client";
import type { AriConnection } from "#asterisk/ari-connection.ts";
import { AriLink, type RestResult } from "#asterisk/ari-link.ts";
import { EventDispatch } from "#asterisk/event-dispatch.ts";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/logger.ts";

export interface AskedFrame {
  request_id: string;
  method: string;
  uri: string;
  query_strings: { name: string; value: string }[];
  message_body?: string;
}

export class FakeSocket extends EventEmitter {
  readyState = 1;
  readonly asked: AskedFrame[] = [];
  onAsked: (frame: AskedFrame) => void = () => {};

  send(text: string, done?: (error?: Error) => void): void {
    const frame = JSON.parse(text) as AskedFrame;
    if (frame.uri.startsWith("applications/")) return; // the link's own watch
    this.asked.push(frame);
    done?.();
    this.onAsked(frame);
  }
  ping(): void {}
  terminate(): void {
    this.readyState = 3;
  }
  /** As it would come from Asterisk. */
  say(frame: object | string): void {
    this.emit("message", typeof frame === "string" ? frame : JSON.stringify(frame));
  }
  answer(request_id: string, status_code: number, body?: unknown): void {
    const message_body = body === undefined ? undefined : JSON.stringify(body);
    this.say({ type: "RESTResponse", request_id, status_code, message_body });
  }
}

/** Time that stands still, and tells who would wait. */
export class StillClock implements Clock {
  ms = 0;
  now = () => new Date(Date.UTC(2026, 10, 23, 10) + this.ms);
  monotonicMs = () => this.ms;
  wait = (_ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((_resolve, reject) => {
      if (signal?.aborted) reject(signal.reason);
      else signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
}

export interface SocketBench {
  socket: FakeSocket;
  connection: AriConnection;
  strange: string[];
  close(): void;
}

/** The members of AriConnection that telephone and lines use, over a link whose socket is pretend. */
export async function openBench(clock: Clock, logger: Logger): Promise<SocketBench> {
  const socket = new FakeSocket();
  const strange: string[] = [];
  const dispatch = new EventDispatch(logger);
  const access = { url: "http://127.0.0.1:1", user: "u", password: "p", app: "hb-app" };
  const client = { start: async () => {}, _ws: socket } as unknown as Client;
  const link = await AriLink.open(client, access, clock, {
    event: (channelId, event) => void dispatch.give(channelId, event),
    strange: (what) => void strange.push(what),
    replaced: () => void strange.push("replaced"),
  });
  const nothing = () => () => {};
  const connection = {
    ...{ app: "hb-app", state: "ready", onChange: nothing, onConnected: nothing, onUnclaimed: nothing },
    attach: (id: string, handler: never) => dispatch.attach(id, handler),
    owns: (id: string) => dispatch.owns(id),
    request: (method: "GET", path: string, query = {}, more: { json?: unknown } = {}): Promise<RestResult> =>
      link.request({ method, path, query, json: more.json, timeoutMs: 3_000 }),
  } as unknown as AriConnection;
  return { socket, connection, strange, close: () => link.close("the test is over") };
}
