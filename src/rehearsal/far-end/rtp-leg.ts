/** One call's sound (RFC 3550) and keys (RFC 4733), 20 ms at a time, on a port of its own. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { frameBytes } from "./marked-story.ts";
import { payloadOf, type RtpHead, readRtpHead, writeRtp } from "./rtp-packet.ts";

const aLaw = 8;
const silence = new Uint8Array(frameBytes).fill(0xd5);
const digits = [..."01234", ..."56789", "*", "#"];
const keyFrames = 6;
const endFrames = 3;
const volume = 10;

interface Key {
  digit: number;
  frame: number;
  startedAt: number;
}

export class RtpLeg {
  readonly #socket: Socket;
  readonly #source = Math.floor(Math.random() * 2 ** 32);
  #to: { host: string; port: number; keyType: number } | null = null;
  #sequence = Math.floor(Math.random() * 30_000);
  #timestamp = Math.floor(Math.random() * 2 ** 31);
  #frames: Uint8Array[] = [];
  #key: Key | null = null;
  /** Told of each 20 ms that come. */
  onSound: (codes: Uint8Array, head: RtpHead) => void = () => {};
  /** Told when the last frame of what was to be said is out. */
  onSaid: () => void = () => {};
  /** Told when the first packet is out that says that the key was let go. */
  onKeyLetGo: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (packet) => {
      const head = readRtpHead(packet);
      if (head?.payloadType === aLaw) this.onSound(payloadOf(packet), head);
    });
    socket.on("error", () => {});
  }

  static async open(): Promise<RtpLeg> {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new RtpLeg(socket);
  }

  get port(): number {
    return (this.#socket.address() as AddressInfo).port;
  }

  sendTo(to: { host: string; port: number; keyType: number }): void {
    this.#to = to;
  }

  say(frames: Uint8Array[]): void {
    this.#frames = frames;
  }

  /** How many frames of what was to be said are not out yet. */
  get unsaid(): number {
    return this.#frames.length;
  }

  press(digit: string): void {
    this.#key = { digit: digits.indexOf(digit), frame: 0, startedAt: this.#timestamp };
  }

  /** To be called every 20 ms of the call. */
  tick(): void {
    if (!this.#to) return;
    if (this.#key) this.#sendKey(this.#key);
    else this.#sendSound();
    this.#timestamp = (this.#timestamp + frameBytes) % 2 ** 32;
  }

  close(): void {
    this.#to = null;
    this.#socket.close();
  }

  #sendSound(): void {
    const frame = this.#frames.shift();
    this.#send(aLaw, this.#timestamp, frame ?? silence, false);
    if (frame && this.#frames.length === 0) this.onSaid();
  }

  #sendKey(key: Key): void {
    const ending = key.frame >= keyFrames;
    const duration = Math.min(key.frame + 1, keyFrames) * frameBytes;
    const payload = Buffer.alloc(4);
    payload[0] = key.digit;
    payload[1] = volume | (ending ? 0x80 : 0);
    payload.writeUInt16BE(duration, 2);
    this.#send(this.#to!.keyType, key.startedAt, payload, key.frame === 0);
    if (key.frame === keyFrames) this.onKeyLetGo();
    key.frame += 1;
    if (key.frame === keyFrames + endFrames) this.#key = null;
  }

  #send(type: number, timestamp: number, payload: Uint8Array, marker: boolean): void {
    const [sequence, source] = [this.#sequence, this.#source];
    const packet = writeRtp({ payloadType: type, marker, sequence, timestamp, source }, payload);
    this.#sequence = (this.#sequence + 1) % 65_536;
    this.#socket.send(packet, this.#to!.port, this.#to!.host);
  }
}
