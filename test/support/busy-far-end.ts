/** Somebody else's SIP far end, as small as can be: a UDP port that is busy to everybody, or rings, and remembers whom. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

export interface BusyFarEnd {
  port: number;
  /** The user part of each INVITE's address, one entry a call. */
  called(): string[];
  /** From now on it is busy (as it is at first), rings until the caller gives up, or takes no calls (503). */
  be(state: "busy" | "ringing" | "refusing"): void;
  close(): void;
}

export async function startBusyFarEnd(): Promise<BusyFarEnd> {
  const socket = createSocket("udp4");
  const calls = new Map<string, string>();
  const ringing = new Map<string, string>();
  let state: "busy" | "ringing" | "refusing" = "busy";
  socket.on("message", (bytes, { port, address }) => {
    const request = bytes.toString("latin1");
    const say = (status: string, to = request) => socket.send(answer(to, status), port, address);
    const [, method = "", user = ""] = /^(\w+) sip:(?:([^@\s]+)@)?/.exec(request) ?? [];
    const callId = headers(request, "Call-ID")[0]!;
    if (method === "INVITE") {
      calls.set(callId, decodeURIComponent(user));
      if (state === "busy") return say("486 Busy Here");
      if (state === "refusing") return say("503 Service Unavailable");
      ringing.set(callId, request);
      return say("180 Ringing");
    }
    if (method !== "ACK") say("200 OK");
    const invite = ringing.get(callId);
    if (method === "CANCEL" && invite) say("487 Request Terminated", invite);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    port: portOf(socket),
    called: () => [...calls.values()],
    be: (next) => {
      state = next;
    },
    close: () => socket.close(),
  };
}

const portOf = (socket: Socket): number => socket.address().port;

const headers = (request: string, name: string): string[] =>
  [...request.matchAll(new RegExp(`^${name}\\s*:\\s*(.*)\\r$`, "gim"))].map(([, value]) => value!);

/** RFC 3261, 8.2.6.2: Via, From, To (with a tag), Call-ID and CSeq come back as they came. */
function answer(request: string, status: string): string {
  const back = ["Via", "From", "Call-ID", "CSeq"].flatMap((name) =>
    headers(request, name).map((value) => `${name}: ${value}`),
  );
  const [to = ""] = headers(request, "To");
  const lines = [`SIP/2.0 ${status}`, ...back, `To: ${to.includes("tag=") ? to : `${to};tag=busy`}`];
  return [...lines, "Content-Length: 0", "", ""].join("\r\n");
}
