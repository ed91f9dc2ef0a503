/** The telephone network as a program: takes SIP calls on loopback, each answered by a pretend person. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type Chance, createChance } from "#rehearsal/simulation/chance.ts";
import type { FarEndEvent, Ledger } from "./ledger.ts";
import { type Character, PretendPerson } from "./pretend-person.ts";
import { RtpLeg } from "./rtp-leg.ts";
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
} from "./sip-message.ts";

export interface Exchange {
  port: number;
  /** Calls that have not ended. */
  readonly live: number;
  close(): void;
}

type Because = Extract<FarEndEvent, { what: "ended" }>["because"];

interface Call {
  id: string;
  tag: string;
  invite: SipMessage;
  from: RemoteInfo;
  leg: RtpLeg | null;
  person: PretendPerson | null;
  character: Character;
  storyTag: number;
  /** The last answer to its INVITE, sent again when that comes again. */
  said: string;
  acknowledged: boolean;
  over: boolean;
}

const frameMs = 20;
/** After a stall of ours no more than this is made up for: sound older than that is of no use to anybody. */
const mostCatchUpMs = 1_000;
const firstAgainMs = 500;
const giveUpMs = 16_000;

export async function startExchange(ledger: Ledger, seed: number): Promise<Exchange> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 1 << 20 });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const exchange = new TelephoneExchange(socket, ledger, seed);
  return {
    port: (socket.address() as AddressInfo).port,
    get live() {
      return exchange.live;
    },
    close: () => exchange.close(),
  };
}

class TelephoneExchange {
  readonly #socket: Socket;
  readonly #ledger: Ledger;
  readonly #seed: number;
  readonly #contact: string;
  readonly #calls = new Map<string, Call>();
  readonly #clock: NodeJS.Timeout;
  #tickedMs = performance.now();

  constructor(socket: Socket, ledger: Ledger, seed: number) {
    this.#socket = socket;
    this.#ledger = ledger;
    this.#seed = seed;
    this.#contact = `sip:127.0.0.1:${(socket.address() as AddressInfo).port}`;
    socket.on("message", (packet, from) => {
      const message = parseSip(packet.toString());
      if (message?.method) this.#take(message, from);
    });
    this.#clock = setInterval(() => this.#tick(), 5);
  }

  get live(): number {
    return [...this.#calls.values()].filter((call) => !call.over).length;
  }

  close(): void {
    clearInterval(this.#clock);
    for (const call of this.#calls.values()) if (!call.over) this.#end(call, "them");
    this.#socket.close();
    this.#ledger.close();
  }

  #tick(): void {
    const now = performance.now();
    if (now - this.#tickedMs > mostCatchUpMs) this.#tickedMs = now - mostCatchUpMs;
    for (; now - this.#tickedMs >= frameMs; this.#tickedMs += frameMs) {
      for (const call of this.#calls.values()) if (!call.over) call.leg?.tick();
    }
  }

  #take(message: SipMessage, from: RemoteInfo): void {
    const call = this.#calls.get(header(message, "call-id"));
    const known = call ? 200 : 481;
    switch (message.method) {
      case "INVITE":
        if (call) this.#invitedAgain(call, message, from);
        else this.#begin(message, from);
        break;
      case "ACK":
        if (call) call.acknowledged = true;
        break;
      case "CANCEL":
        this.#send(answerTo(message, known, call?.tag ?? "none"), from);
        if (call && !call.leg && !call.over) this.#cancel(call);
        break;
      case "BYE":
        this.#send(answerTo(message, known, call?.tag ?? "none"), from);
        if (call && !call.over) this.#end(call, "them");
        break;
      case "OPTIONS":
        this.#send(answerTo(message, 200, "here"), from);
    }
  }

  /** The same again, or a change of the sound's way, which stays as it is. */
  #invitedAgain(call: Call, message: SipMessage, from: RemoteInfo): void {
    const isSame = tagOf(header(message, "to")) === null;
    this.#send(isSame ? call.said : this.#accepting(call, message), from);
  }

  #cancel(call: Call): void {
    this.#answer(call, 487);
    this.#write(call, "cancelled");
    this.#end(call, null);
  }

  #begin(invite: SipMessage, from: RemoteInfo): void {
    const id = header(invite, "call-id");
    const number = userOf(invite.uri);
    const chance = createChance(seedFor(this.#seed, number));
    const storyTag = seedFor(this.#seed, id);
    const call: Call = {
      ...{ id, invite, from, storyTag, character: characterBy(chance), tag: storyTag.toString(16) },
      ...{ leg: null, person: null, said: answerTo(invite, 100, null), acknowledged: false, over: false },
    };
    this.#calls.set(id, call);
    this.#ledger.write({ call: id, what: "invite", number, tag: storyTag });
    this.#send(call.said, from);
    if (call.character.kind === "busy") {
      this.#write(call, "busy");
      this.#answer(call, 486);
      this.#end(call, null);
    } else setTimeout(() => this.#ring(call), 100);
  }

  #ring(call: Call): void {
    if (call.over) return;
    this.#answer(call, 180);
    this.#write(call, "ringing");
    if (call.character.kind !== "away") setTimeout(() => void this.#pickUp(call), 300);
  }

  async #pickUp(call: Call): Promise<void> {
    const to = readSdp(call.invite.body);
    if (call.over || !to) return;
    const leg = await RtpLeg.open();
    if (call.over) return leg.close();
    call.leg = leg;
    call.said = this.#accepting(call, call.invite);
    this.#write(call, "answered");
    leg.sendTo(to);
    call.person = new PretendPerson({
      ...{ call: call.id, tag: call.storyTag, character: call.character, leg, ledger: this.#ledger },
      hangUp: (because) => this.#hangUp(call, because),
    });
    this.#sendUntil(() => call.acknowledged || call.over, call.said, call.from);
  }

  #accepting(call: Call, request: SipMessage): string {
    const sdp = writeSdp(call.leg?.port ?? 9, readSdp(call.invite.body)?.keyType ?? 101);
    return answerTo(request, 200, call.tag, { contact: this.#contact, sdp });
  }

  #answer(call: Call, status: number): void {
    call.said = answerTo(call.invite, status, call.tag, { contact: this.#contact });
    this.#send(call.said, call.from);
  }

  #hangUp(call: Call, because: Because): void {
    if (call.over) return;
    this.#end(call, because);
    const bye = byeFor(call.invite, call.tag, this.#contact, call.tag);
    // Its answer is not waited for: whoever is gone says nothing, and the others hear it once or twice more.
    let times = 0;
    this.#sendUntil(() => ++times > 3, bye, call.from);
  }

  #end(call: Call, because: Because | null): void {
    call.over = true;
    call.person?.over();
    call.leg?.close();
    if (because) this.#ledger.write({ call: call.id, what: "ended", because });
  }

  #write(call: Call, what: "ringing" | "busy" | "answered" | "cancelled"): void {
    this.#ledger.write({ call: call.id, what });
  }

  /** UDP loses things: said again after half a second, a second, two ... (RFC 3261, 17.1.2.2). */
  #sendUntil(enough: () => boolean, text: string, to: RemoteInfo, waitMs = firstAgainMs): void {
    if (enough() || waitMs > giveUpMs) return;
    this.#send(text, to);
    setTimeout(() => this.#sendUntil(enough, text, to, waitMs * 2), waitMs).unref();
  }

  #send(text: string, { address, port }: RemoteInfo): void {
    this.#socket.send(text, port, address, () => {});
  }
}

/** Most tell a story; the others do what people do. In hundredths. */
const kinds: Record<Character["kind"], number> = {
  ...{ tells: 68, rates: 10, "opts-out": 5, "hangs-up": 4 },
  ...{ "hangs-up-telling": 5, busy: 5, away: 3 },
};

const characterBy = (chance: Chance): Character => ({
  kind: chance.weighted(kinds),
  rating: 1 + chance.below(6),
  storyFrames: 150 + chance.below(100),
  reactionMs: 150 + chance.below(350),
});

/** Another seed for each name. */
function seedFor(seed: number, name: string): number {
  let hash = seed >>> 0;
  for (const letter of name) hash = (Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) + 0x9e3779b9) >>> 0;
  return hash;
}
