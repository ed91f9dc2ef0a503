/** Two Asterisks behind Kamailio, as docker/ has it for more than one machine: calls both ways, and who is let in. */

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AriConnection } from "#asterisk/ari-connection.ts";
import type { AriTelephone } from "#asterisk/ari-telephone.ts";
import { encodeALaw } from "#lib/audio/g711.ts";
import { newName } from "#lib/ids.ts";
import type { Ivr } from "#rehearsal/asterisk/ivr.ts";
import { reservePorts } from "#rehearsal/asterisk/ports.ts";
import { answerTo, header, parseSip, type SipMessage } from "#rehearsal/far-end/sip-message.ts";
import { type Dispatcher, prepareDispatcher } from "#rehearsal/kamailio/dispatcher.ts";
import { kamailioFolder, type Network, startNetwork } from "#rehearsal/network.ts";
import { installKamailio } from "#rehearsal/packages/install.ts";
import { type Act, answer, hangUp, hear, press, refuse, ring, say } from "#rehearsal/people/act.ts";
import type { Person } from "#rehearsal/people/person.ts";
import { testFolder } from "../support/rehearsal.ts";
import { connectTo, listen } from "./asterisk-bench.ts";

const expected = {
  ...({ disposition: "completed", rating: null, transcriptState: "none", shareConsent: null } as const),
  ...{ attempts: 1, story: [] },
};
const person = (tail: string, acts: Act[]): Person => ({
  ...{ number: `+441632960${tail}`, title: `person ${tail}`, calls: [acts], expect: expected },
});
const people = [
  person("201", [ring(0.2), answer, hear(0), press("57"), say("story-01")]),
  person("202", [answer, hear(0), press("4"), hangUp]),
  person("203", [refuse(17)]),
];

const folder = testFolder("kamailio");
afterAll(() => folder.remove());

/** Polls a command line, as whoever looks after the machine would. */
async function until(look: () => Promise<boolean>, what: string): Promise<void> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await wait(50)) if (await look()) return;
  throw new Error(`never came to pass: ${what}`);
}

describe("two Asterisks behind Kamailio", () => {
  let network: Network;
  const instances: { ivr: Ivr; connection: AriConnection; telephone: AriTelephone }[] = [];
  let attempts = 0;

  beforeAll(async () => {
    network = await startNetwork({
      ...{ dir: join(folder.path, "network"), nodes: 2, dispatcher: true, maxCalls: 10, morePeople: people },
    });
    for (const ivr of network.ivrs) {
      const tone = Int16Array.from({ length: 16_000 }, (_, index) => 8_000 * Math.sin(index / 2));
      writeFileSync(join(ivr.soundsDir, "tone.alaw"), encodeALaw(tone));
      instances.push({ ivr, ...connectTo(ivr, newName("hb")) });
    }
    await Promise.all(instances.map(({ connection }) => connection.start()));
  }, 120_000);
  afterAll(async () => {
    for (const { telephone } of instances) telephone.close();
    await Promise.all(instances.map(({ connection }) => connection.stop()));
    await network?.stop();
  });

  const dial = (node: number, tail: string) => {
    attempts++;
    const attemptId = newName("kamailio");
    return instances[node]!.telephone.dial(
      {
        ...{ attemptId, channelId: `hb-${attemptId}`, node: "asterisk", ringSeconds: 20, maxCallSeconds: 60 },
        ...{ phone: `+441632960${tail}`, callerNumber: "+441632960999" },
      },
      () => {},
    );
  };
  const answered = async (node: number, tail: string) => {
    const outcome = await dial(node, tail);
    if (outcome.kind !== "answered") throw new Error(JSON.stringify(outcome));
    return outcome.line;
  };
  const counts = async (one: { cli(words: string): Promise<string> }) => {
    const text = await one.cli("core show channels count");
    const number = (what: RegExp) => Number(what.exec(text)?.[1]);
    return { channels: number(/(\d+) active channel/), processed: number(/(\d+) calls? processed/) };
  };
  const nobodyOnTheLine = async () => {
    const all = await Promise.all([network.carrier!, ...network.ivrs].map(counts));
    return all.every(({ channels }) => channels === 0);
  };
  /** A call from the telephone network to the number that is shown. */
  const ringBack = () =>
    network.carrier!.cli("channel originate PJSIP/01632960999@trunk application Wait 20");

  test.each([0, 1])("node %i rings out: speech both ways, keys, and our goodbye arrives", async (node) => {
    const line = await answered(node, "201");
    line.play("tone", [{ prompt: "tone", sound: "tone" }]);
    const events = await listen(line, 15_000, ({ kind }) => kind === "talk-started");
    expect(events.flatMap((event) => (event.kind === "key" ? [event.digit] : []))).toEqual(["5", "7"]);
    expect(events.at(-1)?.kind).toBe("talk-started");
    line.hangUp();
    await until(nobodyOnTheLine, "no channel is left anywhere");
  });

  test("their goodbye arrives, and so does a refusal, with its reason", async () => {
    const [gone, busy] = await Promise.all([answered(0, "202"), dial(1, "203")]);
    gone.play("tone", [{ prompt: "tone", sound: "tone" }]);
    const events = await listen(gone, 15_000);
    expect(events.at(-1)).toMatchObject({ kind: "hung-up", cause: 16 });
    expect(busy).toEqual({ kind: "not-answered", rang: false, cause: 17, sipCode: 486 });
    await until(nobodyOnTheLine, "no channel is left anywhere");
  });

  test("each attempt rang once", () => {
    const log = readFileSync(join(network.carrier!.logDir, "messages"), "utf8");
    expect(log.match(/the telephone of \+\d+ rings/g)).toHaveLength(attempts);
  });

  test("who rings back comes to one node after the other, and to the other one when one is dead", async () => {
    const taken = async () => Promise.all(network.ivrs.map(async (ivr) => (await counts(ivr)).processed));
    const before = await taken();
    for (const sum of [1, 2]) {
      await ringBack();
      const came = async () =>
        (await taken()).reduce((a, b) => a + b) - before.reduce((a, b) => a + b) === sum;
      await until(came, `${sum} call(s) have come`);
    }
    expect(await taken()).toEqual(before.map((calls) => calls + 1));

    process.kill(network.ivrs[0]!.pid, "SIGKILL");
    const survivor = network.ivrs[1]!;
    const { processed } = await counts(survivor);
    for (const sum of [1, 2]) {
      await ringBack();
      await until(
        async () => (await counts(survivor)).processed === processed + sum,
        "the other one takes it",
      );
    }
    expect(await network.dispatcher!.cli("dispatcher.list")).toMatch(/FLAGS: I/);
  });
});

describe("Kamailio alone", () => {
  let dispatcher: Dispatcher;
  let release: () => void;
  const peers: Record<"asterisk" | "first" | "second" | "stranger", Peer> = {} as never;

  interface Peer {
    socket: Socket;
    port: number;
    invites: SipMessage[];
    heard: SipMessage[];
    /** What it answers to an INVITE. */
    answers: number[];
  }

  async function peer(): Promise<Peer> {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    const self: Peer = { socket, port: socket.address().port, invites: [], heard: [], answers: [] };
    socket.on("message", (bytes, from) => {
      const message = parseSip(bytes.toString());
      if (!message) return;
      self.heard.push(message);
      const reply = (status: number) => socket.send(answerTo(message, status, "t"), from.port, from.address);
      if (message.method === "OPTIONS") reply(200);
      if (message.method !== "INVITE") return;
      self.invites.push(message);
      for (const status of self.answers) reply(status);
    });
    return self;
  }

  beforeAll(async () => {
    for (const name of ["asterisk", "first", "second", "stranger"] as const) peers[name] = await peer();
    const ports = await reservePorts({ maxCalls: 0 });
    release = () => ports.release();
    dispatcher = prepareDispatcher({
      ...{ dir: join(folder.path, "alone"), packages: await installKamailio({ into: kamailioFolder() }) },
      ...{ port: ports.sip, asterisks: [`127.0.0.1:${peers.asterisk.port}`] },
      carriers: [peers.first, peers.second].map(({ port }) => `127.0.0.1:${port}`),
    });
    await dispatcher.start();
  }, 120_000);
  afterAll(async () => {
    await dispatcher?.close();
    release?.();
    for (const { socket } of Object.values(peers)) socket.close();
  });

  /** Sends a request as that peer; its Call-ID is what answers and forwarded INVITEs are known by. */
  function send(from: Peer, method: string, more: string[] = []): string {
    const id = newName("call");
    const text = [
      `${method} sip:+441632960201@127.0.0.1:${dispatcher.port} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${from.port};rport;branch=z9hG4bK${id}`,
      ...["Max-Forwards: 70", "From: <sip:a@127.0.0.1>;tag=a", `To: <sip:+441632960201@127.0.0.1>`],
      ...[`Call-ID: ${id}`, `CSeq: 1 ${method}`, `Contact: <sip:a@127.0.0.1:${from.port}>`, ...more],
      ...["Content-Length: 0", "", ""],
    ].join("\r\n");
    from.socket.send(text, dispatcher.port, "127.0.0.1");
    return id;
  }
  const finalAnswer = async (to: Peer, id: string) => {
    const found = () =>
      to.heard.find((one) => (one.status ?? 0) >= 200 && header(one, "call-id") === id)?.status;
    await until(async () => found() !== undefined, "an answer");
    return found();
  };
  /** The times that it was rung: an INVITE that is told again, since its answer is late, has the same branch. */
  const got = (by: Peer, id: string) =>
    new Set(
      by.invites.filter((invite) => header(invite, "call-id") === id).map((invite) => header(invite, "via")),
    ).size;

  test("a stranger is neither passed on nor answered", async () => {
    const { asterisk, first, second, stranger } = peers;
    first.answers = [486];
    const ids = ["INVITE", "OPTIONS", "REGISTER"].map((method) => send(stranger, method));
    // What came after it has been answered, so it has been read.
    expect(await finalAnswer(asterisk, send(asterisk, "INVITE"))).toBe(486);
    for (const by of [asterisk, first, second]) expect(ids.map((id) => got(by, id))).toEqual([0, 0, 0]);
    expect(stranger.heard).toEqual([]);
  });

  test("nobody registers or passes calls on, and a route that a message brings along is not followed", async () => {
    const { asterisk, first, stranger } = peers;
    for (const method of ["REGISTER", "REFER", "MESSAGE"])
      expect(await finalAnswer(first, send(first, method))).toBe(405);
    first.answers = [486];
    const route = [`Route: <sip:127.0.0.1:${stranger.port};lr>`];
    expect(await finalAnswer(asterisk, send(asterisk, "INVITE", route))).toBe(486);
    expect(stranger.heard).toEqual([]);
  });

  test("a carrier that refuses before ringing is passed over; one that has rung never is", async () => {
    const { asterisk, first, second } = peers;
    second.answers = [486];
    first.answers = [503];
    const passed = send(asterisk, "INVITE");
    expect(await finalAnswer(asterisk, passed)).toBe(486);
    expect([got(first, passed), got(second, passed)]).toEqual([1, 1]);
    // Both in one breath, often: whoever reads the second before the first rings the next carrier's telephone.
    first.answers = [180, 503];
    const rang = Array.from({ length: 100 }, () => send(asterisk, "INVITE"));
    for (const id of rang) expect(await finalAnswer(asterisk, id)).toBeGreaterThanOrEqual(500);
    expect(rang.map((id) => [got(first, id), got(second, id)])).toEqual(rang.map(() => [1, 0]));
  });

  test("a call from the carrier goes to an Asterisk, and never back out", async () => {
    const { asterisk, first, second } = peers;
    asterisk.answers = [480];
    const id = send(second, "INVITE");
    expect(await finalAnswer(second, id)).toBe(480);
    expect([got(asterisk, id), got(first, id)]).toEqual([1, 0]);
  });
});
