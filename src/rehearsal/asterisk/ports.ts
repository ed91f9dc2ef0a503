import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";

/** The ports of one Asterisk; all its own as long as this process lives and has not let them go. */
export interface Ports {
  sip: number;
  http: number;
  ami: number;
  /** The same three with TLS. */
  sipTls: number;
  https: number;
  amiTls: number;
  /** Both ends belong to it. */
  rtp: { first: number; last: number };
  /** Lets others have them, once that Asterisk has stopped. */
  release(): void;
}

/**
 * Below the range from which the kernel gives ports to outgoing connections (32768 upwards), in blocks. RTP
 * ports are bound only when calls come, so looking for free ones tells nothing: whoever uses a block holds its
 * first TCP port instead, and every other rehearsal on the machine then passes it by.
 */
const FIRST = 10_000;
const END = 32_000;
const BLOCK = 500;
const SERVICE_PORTS = 20;

/** Reserves ports on 127.0.0.1 for an Asterisk with so many calls at once; throws where none are left. */
export async function reservePorts(options: { maxCalls: number }): Promise<Ports> {
  // RTP and RTCP for each call, and as many again: a port is not free at once when its call ends.
  const rtpPorts = options.maxCalls * 4;
  const blocks = Math.ceil((SERVICE_PORTS + rtpPorts) / BLOCK);
  const bases: number[] = [];
  for (let base = FIRST; base + blocks * BLOCK <= END; base += BLOCK) bases.push(base);
  // Not all in the same order, so that several that start at once seldom meet.
  const offset = Math.floor(Math.random() * bases.length);
  for (let index = 0; index < bases.length; index++) {
    const base = bases[(index + offset) % bases.length]!;
    const held = await holdBlocks(base, blocks);
    if (held) {
      return {
        ...{ sip: base + 2, http: base + 4, ami: base + 6 },
        ...{ sipTls: base + 8, https: base + 10, amiTls: base + 12 },
        rtp: { first: base + SERVICE_PORTS, last: base + blocks * BLOCK - 1 },
        release: () => {
          for (const server of held) server.close();
        },
      };
    }
  }
  throw new Error(`no ${rtpPorts} RTP ports in a row are free between ${FIRST} and ${END}`);
}

async function holdBlocks(base: number, blocks: number): Promise<Server[] | undefined> {
  const held: Server[] = [];
  const giveUp = () => {
    for (const server of held) server.close();
    return undefined;
  };
  for (let block = 0; block < blocks; block++) {
    const server = await listen(base + block * BLOCK);
    if (!server) return giveUp();
    held.push(server);
  }
  const last = base + blocks * BLOCK - 1;
  if (udpPortsInUse().some((port) => port >= base && port <= last)) return giveUp();
  for (let port = base + 2; port <= base + 12; port += 2) {
    const probe = await listen(port);
    if (!probe || !(await udpIsFree(port))) return giveUp();
    probe.close();
  }
  return held;
}

/** A server that answers nobody; undefined where the port is taken. */
function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => resolve(server.unref()));
  });
}

function udpIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", () => resolve(false));
    socket.bind({ port, address: "127.0.0.1", exclusive: true }, () => socket.close(() => resolve(true)));
  });
}

function udpPortsInUse(): number[] {
  const rows = readFileSync("/proc/net/udp", "utf8").split("\n").slice(1);
  return rows.flatMap((row) => {
    const port = /^\s*\d+: [0-9A-F]{8}:([0-9A-F]{4})/.exec(row)?.[1];
    return port === undefined ? [] : [Number.parseInt(port, 16)];
  });
}
