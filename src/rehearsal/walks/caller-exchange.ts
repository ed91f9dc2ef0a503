/** The far end of walks: takes SIP calls on loopback, and gives each to whoever was expected at that number. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { RtpLeg } from "../far-end/rtp-leg.ts";
import type { RtpHead } from "../far-end/rtp-packet.ts";
import {
  answerTo,
  byeFor,
  header,
  parseSip,
  readSdp,
  type SipMessage,
  tagOf,
  userOf,
  writeSdp,
} from "../far-end/sip-message.ts";
import { FrameClock, frameMs } from "./frame-clock.ts";
import { Punctuality } from "./punctuality.ts";

/** Somebody's telephone while a call goes on. */
export interface Leg {
  press(digit: string): void;
  /** Frames of 20 ms of A-law, from now on. */
  say(frames: Uint8Array[]): void;
  hangUp(): void;
}

/** Who answers at a number. */
export interface Subscriber {
  answered(leg: Leg): void;
  /** 20 ms of A-law. */
  hears(codes: Uint8Array, head: RtpHead): void;
  /** The first packet is out that says that the key was let go. */
  letGo?(): void;
  /** The last frame of what was to be said is out. */
  said?(): void;
  /** The call is over, whoever ended it. */
  over(): void;
}

interface Call {
  invite: SipMessage;
  from: RemoteInfo;
  tag: string;
  leg: RtpLeg | null;
  subscriber: Subscriber;
  said: string;
  acknowledged: boolean;
  over: boolean;
}

const forgetMs = 32_000;
/** Frames that are later than that are not sent all at once: time stands still instead. */
const mostCatchUpMs = 200;

export class CallerExchange {
  readonly #socket: Socket;
  readonly #calls = new Map<string, Call>();
  readonly #subscribers = new Map<string, Subscriber>();
  #others: (number: string) => Subscriber | null = () => null;
  readonly #metronome: NodeJS.Timeout;
  /** Of all calls: of the frames that went out. */
  readonly clock = new FrameClock();
  readonly punctuality = new Punctuality();
  #tickedMs = performance.now();
  #tags = 0;
  #closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (packet, from) => {
      const message = parseSip(packet.toString());
      if (message?.method) void this.#take(message, from);
    });
    this.#metronome = setInterval(() => this.#tick(), 5);
  }

  static async open(): Promise<CallerExchange> {
    const socket = createSocket({ type: "udp4", recvBufferSize: 1 << 20 });
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new CallerExchange(socket);
  }

  get port(): number {
    return (this.#socket.address() as AddressInfo).port;
  }

  /** @param number as it is dialled on the trunk */
  expect(number: string, subscriber: Subscriber): void {
    this.#subscribers.set(number, subscriber);
  }

  /** Whoever answers at each number at which nobody is expected; null: it is nobody's. */
  expectAnybody(others: (number: string) => Subscriber | null): void {
    this.#others = others;
  }

  /** What was still to be said again, to an Asterisk that ends with us, is said no more. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#metronome);
    for (const call of this.#calls.values()) this.#end(call);
    this.#socket.close();
  }

  #tick(): void {
    const now = performance.now();
    this.punctuality.note(now, now - this.#tickedMs - frameMs);
    if (now - this.#tickedMs > mostCatchUpMs) this.#tickedMs = now - mostCatchUpMs;
    for (; now - this.#tickedMs >= frameMs; this.#tickedMs += frameMs) {
      for (const call of this.#calls.values()) if (!call.over) call.leg?.tick();
      this.clock.tick();
    }
  }

  async #take(message: SipMessage, from: RemoteInfo): Promise<void> {
    const call = this.#calls.get(header(message, "call-id"));
    switch (message.method) {
      case "INVITE":
        if (!call) return this.#begin(message, from);
        return this.#send(
          tagOf(header(message, "to")) === null ? call.said : this.#accepting(call, message),
          from,
        );
      case "ACK":
        if (call) call.acknowledged = true;
        return;
      case "BYE":
      case "CANCEL":
        this.#send(answerTo(message, call ? 200 : 481, call?.tag ?? "none"), from);
        if (call && message.method === "CANCEL" && !call.leg)
          this.#send(answerTo(call.invite, 487, call.tag), from);
        if (call) this.#end(call);
        return;
      case "OPTIONS":
        this.#send(answerTo(message, 200, "here"), from);
    }
  }

  async #begin(invite: SipMessage, from: RemoteInfo): Promise<void> {
    const tag = `walk${++this.#tags}`;
    const number = userOf(invite.uri);
    const subscriber = this.#subscribers.get(number) ?? this.#others(number);
    if (!subscriber) return this.#send(answerTo(invite, 404, tag), from);
    const said = answerTo(invite, 100, null);
    const call: Call = { invite, from, tag, subscriber, said, leg: null, acknowledged: false, over: false };
    this.#calls.set(header(invite, "call-id"), call);
    this.#send(said, from);
    const to = readSdp(invite.body);
    const leg = await RtpLeg.open();
    if (call.over || !to) return leg.close();
    call.leg = leg;
    leg.onSound = (codes, head) => subscriber.hears(codes, head);
    leg.onKeyLetGo = () => subscriber.letGo?.();
    leg.onSaid = () => subscriber.said?.();
    call.said = this.#accepting(call, invite);
    leg.sendTo(to);
    this.#sendUntil(() => call.acknowledged || call.over, call.said, from, 500);
    subscriber.answered({
      press: (digit) => leg.press(digit),
      say: (frames) => leg.say(frames),
      hangUp: () => this.#hangUp(call),
    });
  }

  #accepting(call: Call, request: SipMessage): string {
    const sdp = writeSdp(call.leg?.port ?? 9, readSdp(call.invite.body)?.keyType ?? 101);
    return answerTo(request, 200, call.tag, { contact: `sip:127.0.0.1:${this.port}`, sdp });
  }

  #hangUp(call: Call): void {
    if (call.over) return;
    const bye = byeFor(call.invite, call.tag, `sip:127.0.0.1:${this.port}`, call.tag);
    this.#end(call);
    let times = 0;
    this.#sendUntil(() => ++times > 3, bye, call.from, 500);
  }

  #end(call: Call): void {
    if (call.over) return;
    call.over = true;
    call.leg?.close();
    call.subscriber.over();
    // What comes late to a call that is over is answered for as long as SIP says a thing again (RFC 3261, timer H).
    setTimeout(() => this.#calls.delete(header(call.invite, "call-id")), forgetMs).unref();
  }

  /** UDP loses things: said again after half a second, a second, two ... (RFC 3261, 17.1.2.2). */
  #sendUntil(enough: () => boolean, text: string, to: RemoteInfo, waitMs: number): void {
    if (this.#closed || enough() || waitMs > 16_000) return;
    this.#send(text, to);
    setTimeout(() => this.#sendUntil(enough, text, to, waitMs * 2), waitMs).unref();
  }

  #send(text: string, { address, port }: RemoteInfo): void {
    if (!this.#closed) this.#socket.send(text, port, address, () => {});
  }
}
