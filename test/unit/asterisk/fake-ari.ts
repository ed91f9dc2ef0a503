/**
 * A pretend Asterisk, as far as ARI shows one, and never kinder than the real: it speaks before it answers, answers
 * late or not at all, tells of other people's calls in between, and falls silent with its socket open.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo, Socket } from "node:net";

interface FakeSocket {
  on(event: "message", listener: (text: string) => void): void;
  send(text: string): void;
  close(): void;
  _socket: Socket;
}
interface FakeSocketServer {
  handleUpgrade(
    request: IncomingMessage,
    socket: unknown,
    head: Buffer,
    done: (ws: FakeSocket) => void,
  ): void;
}
// ari-client's own ws; nothing of ours depends on it but this fake.
const ws = createRequire(createRequire(import.meta.url).resolve("ari-client"))("ws") as {
  Server: new (options: object) => FakeSocketServer;
};

interface Frame {
  transaction_id: string;
  request_id: string;
  method: string;
  uri: string;
  query_strings: { name: string; value: string }[];
  message_body?: string;
}

export interface FakeRequest {
  method: string;
  uri: string;
  query: Record<string, string>;
  json: unknown;
}
export type FakeAnswer = { status: number; body?: unknown } | "silence";

export class FakeAri {
  readonly requests: FakeRequest[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<FakeSocket>();
  readonly #tcp = new Set<Socket>();
  connections = 0;
  startedAt = "2026-11-21T09:00:00.000+0000";
  password = "secret";
  channels: object[] = [];
  filtered: unknown = null;
  frozen = false;
  /** It answers, and tells nothing by itself. */
  mute = false;
  lateMs = 0;
  /** Sounds of recordings, by name; and what a request for one does otherwise. */
  readonly recordings = new Map<string, Buffer>();
  onFile: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  /** What a request over the websocket is answered; the fake's own answer when undefined. */
  answer: (request: FakeRequest) => FakeAnswer | undefined = () => undefined;

  private constructor() {
    const upgrade = new ws.Server({ noServer: true });
    this.#server = createServer((request, response) => this.#http(request, response));
    this.#server.on("connection", (socket) => this.#tcp.add(socket));
    this.#server.on("upgrade", (request, socket, head) =>
      upgrade.handleUpgrade(request, socket, head, (opened) => this.#opened(opened)),
    );
  }

  static async start(port = 0): Promise<FakeAri> {
    const fake = new FakeAri();
    await new Promise<void>((resolve) => fake.#server.listen(port, "127.0.0.1", resolve));
    return fake;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Sends an event, or any text at all. */
  say(event: object | string): void {
    const text = typeof event === "string" ? event : JSON.stringify({ timestamp: this.stamp(), ...event });
    for (const socket of this.#sockets) socket.send(text);
  }

  stamp(): string {
    return new Date().toISOString().replace("Z", "+0000");
  }

  cutSockets(): void {
    for (const socket of this.#sockets) socket._socket.destroy();
    this.#sockets.clear();
  }

  /** The sockets stay open, and nothing is read or answered any more: SIGSTOP. */
  freeze(): void {
    this.frozen = true;
    for (const socket of this.#tcp) socket.pause();
  }

  thaw(): void {
    this.frozen = false;
    for (const socket of this.#tcp) socket.resume();
  }

  async stop(): Promise<void> {
    for (const socket of this.#tcp) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  sent(method: string, uri: RegExp): FakeRequest[] {
    return this.requests.filter((request) => request.method === method && uri.test(request.uri));
  }

  #opened(socket: FakeSocket): void {
    this.connections++;
    this.#sockets.add(socket);
    socket._socket.on("close", () => this.#sockets.delete(socket));
    socket.on("message", (text) => this.#websocketRequest(socket, String(text)));
  }

  #websocketRequest(socket: FakeSocket, text: string): void {
    if (this.frozen) return;
    const frame = JSON.parse(text) as Frame;
    const request: FakeRequest = {
      ...{ method: frame.method, uri: frame.uri },
      json: frame.message_body ? JSON.parse(frame.message_body) : undefined,
      query: Object.fromEntries(frame.query_strings.map(({ name, value }) => [name, value])),
    };
    this.requests.push(request);
    const answer = this.answer(request) ?? { status: 200, body: {} };
    if (answer === "silence") return;
    this.#echo(request, answer.status);
    setTimeout(() => {
      if (!this.#sockets.has(socket)) return;
      const message_body = answer.body === undefined ? undefined : JSON.stringify(answer.body);
      const { transaction_id, request_id } = frame;
      const status_code = answer.status;
      socket.send(
        JSON.stringify({ type: "RESTResponse", transaction_id, request_id, status_code, message_body }),
      );
    }, this.lateMs);
  }

  /** Behind what it has said by then, and before it answers. */
  #echo({ method, uri, query }: FakeRequest, status: number): void {
    const name = /^events\/user\/(.+)$/.exec(uri)?.[1];
    if (method !== "POST" || !name || status !== 200 || this.mute) return;
    const event = {
      type: "ChannelUserevent",
      eventname: name,
      userevent: {},
      application: query.application,
    };
    setTimeout(() => this.say(event), this.lateMs);
  }

  #http(request: IncomingMessage, response: ServerResponse): void {
    if (this.frozen) return;
    const path = (request.url ?? "").split("?")[0]!;
    const docs = apiDocs(this.url, path);
    if (docs) return void response.end(JSON.stringify(docs));
    const expected = `Basic ${Buffer.from(`hearback:${this.password}`).toString("base64")}`;
    if (request.headers.authorization !== expected) return void response.writeHead(401).end("{}");
    if (path === "/ari/asterisk/info") return void response.end(JSON.stringify(this.#info()));
    const recording = /^\/ari\/recordings\/stored\/([^/]+)\/file$/.exec(path)?.[1];
    if (recording && this.onFile(request, response)) return;
    if (recording && this.recordings.has(recording)) return void response.end(this.recordings.get(recording));
    if (path === "/ari/channels") return void response.end(JSON.stringify(this.channels));
    if (/\/eventFilter$/.test(path)) {
      const body: Buffer[] = [];
      request.on("data", (chunk) => body.push(chunk));
      request.on("end", () => {
        this.filtered = JSON.parse(Buffer.concat(body).toString());
        response.end("{}");
      });
      return;
    }
    response.writeHead(404).end("{}");
  }

  #info(): object {
    return {
      system: { entity_id: "02:00:00:00:00:01", version: "22.10.1" },
      status: { startup_time: this.startedAt },
    };
  }
}

/** The few operations that ari-client is used for, described as Asterisk describes them. */
function apiDocs(url: string, path: string): object | null {
  const name = /^\/ari\/api-docs\/(\w+)\.json$/.exec(path)?.[1];
  if (!name) return null;
  const shell = { apiVersion: "2.0.0", swaggerVersion: "1.1", basePath: `${url}/ari` };
  if (name === "resources") {
    const resources = ["applications", "channels", "events"];
    return {
      ...shell,
      apis: resources.map((each) => ({ path: `/api-docs/${each}.{format}`, description: each })),
    };
  }
  return { ...shell, resourcePath: `/api-docs/${name}.{format}`, apis: operations[name] ?? [], models: {} };
}

const appName = { name: "applicationName", paramType: "path", required: true, dataType: "string" };
const operations: Record<string, object[]> = {
  applications: [
    {
      path: "/applications/{applicationName}/eventFilter",
      operations: [
        {
          ...{ httpMethod: "PUT", nickname: "filter", responseClass: "Application" },
          parameters: [appName, { name: "filter", paramType: "body", required: false, dataType: "object" }],
        },
      ],
    },
  ],
  channels: [
    {
      path: "/channels",
      operations: [{ httpMethod: "GET", nickname: "list", responseClass: "List[Channel]", parameters: [] }],
    },
  ],
};
