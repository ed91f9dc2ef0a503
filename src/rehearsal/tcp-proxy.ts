/** A TCP connection with a hand on it: between Hearback and Asterisk, Postgres or a speech server. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

export type Direction = "to-server" | "to-client";
const bothWays: readonly Direction[] = ["to-server", "to-client"];

export interface TcpProxy {
  port: number;
  /** Connections that are open, on the client's side. */
  open(): number;
  /** Bytes that were passed on since it began, by direction. */
  passed(direction: Direction): number;
  /** From now on nothing passes this way; all stays open, and what is sent waits in the kernel, as behind a dead router. */
  freeze(directions?: readonly Direction[]): void;
  /** What waited passes on. */
  thaw(): void;
  /** Every packet so much later, in order. */
  delay(ms: number): void;
  /** Ends every connection at once with a reset, both ways; what waited in a frozen one is lost. */
  cut(): void;
  /** Ends the server's side only: the client's stays open, and is never answered again. */
  halfOpen(): void;
  /** New connections are reset until `accept`. */
  refuse(): void;
  accept(): void;
  close(): Promise<void>;
}

interface Pair {
  client: Socket;
  server: Socket;
  /** The server's side is gone, and the client is not to know. */
  abandoned: boolean;
}

/** A Unix socket knows no reset: its end is told all the same. */
function reset(socket: Socket): void {
  try {
    socket.resetAndDestroy();
  } catch {
    socket.destroy();
  }
}

/** A TCP port, on this machine unless said, or a Unix socket; asked anew for each connection. */
export type ProxyTarget = { host?: string; port: number } | { path: string };

export async function startTcpProxy(target: ProxyTarget | (() => ProxyTarget)): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  const frozen = new Set<Direction>();
  const passed: Record<Direction, number> = { "to-server": 0, "to-client": 0 };
  let delayMs = 0;
  let refusing = false;

  const hold = ({ client, server }: Pair) => {
    frozen.has("to-server") ? client.pause() : client.resume();
    frozen.has("to-client") ? server.pause() : server.resume();
  };
  const carry = (pair: Pair, direction: Direction) => {
    const [from, to] = direction === "to-server" ? [pair.client, pair.server] : [pair.server, pair.client];
    let last: Promise<unknown> = Promise.resolve();
    from.on("data", (bytes) => {
      const pass = () => {
        passed[direction] += bytes.length;
        if (to.writable) to.write(bytes);
      };
      if (delayMs === 0) return pass();
      const due = wait(delayMs);
      last = last.then(() => due).then(pass);
    });
    from.on("end", () => last.then(() => to.end()));
    from.on("error", () => {});
    from.on("close", () => {
      if (pair.abandoned && from === pair.server) return;
      pairs.delete(pair);
      // Its own close had been held back where that way was frozen.
      to.destroy();
    });
    hold(pair);
  };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    client.on("error", () => {});
    if (refusing) return void client.resetAndDestroy();
    const there = typeof target === "function" ? target() : target;
    const upstream = connect({ host: "127.0.0.1", noDelay: true, allowHalfOpen: true, ...there });
    const pair = { client, server: upstream, abandoned: false };
    pairs.add(pair);
    for (const direction of bothWays) carry(pair, direction);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  const holdAll = () => {
    for (const pair of pairs) hold(pair);
  };
  const cut = () => {
    for (const { client, server: upstream } of pairs) {
      reset(client);
      reset(upstream);
    }
    pairs.clear();
  };
  return {
    port: (server.address() as { port: number }).port,
    open: () => pairs.size,
    passed: (direction) => passed[direction],
    freeze: (directions = bothWays) => {
      for (const direction of directions) frozen.add(direction);
      holdAll();
    },
    thaw: () => {
      frozen.clear();
      holdAll();
    },
    delay: (ms) => {
      delayMs = ms;
    },
    cut,
    halfOpen: () => {
      for (const pair of pairs) {
        pair.abandoned = true;
        reset(pair.server);
      }
    },
    refuse: () => {
      refusing = true;
    },
    accept: () => {
      refusing = false;
    },
    close: async () => {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
