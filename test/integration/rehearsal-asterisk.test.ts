import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Carrier, prepareCarrier } from "#rehearsal/asterisk/carrier.ts";
import { type Ivr, prepareIvr } from "#rehearsal/asterisk/ivr.ts";
import { type Ports, reservePorts } from "#rehearsal/asterisk/ports.ts";
import { installPackages } from "#rehearsal/packages/install.ts";
import { repositoryFile } from "#rehearsal/repository.ts";

const people = `[people]
exten => 441632960001,1,Answer()
 same => n,Wait(0.5)
 same => n,Hangup()
exten => 441632960002,1,Busy()
exten => listens,1,Wait(10)
`;

let dir: string;
let ports: Ports[];
let ivr: Ivr;
let carrier: Carrier;

beforeAll(async () => {
  mkdirSync(repositoryFile(".hearback/test"), { recursive: true });
  dir = mkdtempSync(repositoryFile(".hearback/test/asterisk-"));
  const packages = await installPackages({ into: repositoryFile(".hearback/packages") });
  ports = [await reservePorts({ maxCalls: 10 }), await reservePorts({ maxCalls: 10 })];
  const [own, others] = ports as [Ports, Ports];
  carrier = prepareCarrier({
    ...{ dir: join(dir, "carrier"), packages, ports: others },
    ...{ ivrSipPort: own.sip, peopleDialplan: people },
  });
  ivr = await prepareIvr({
    ...{ dir: join(dir, "ivr"), packages, ports: own },
    trunk: { host: "127.0.0.1", port: others.sip },
  });
  await Promise.all([carrier.start(), ivr.start()]);
});

afterAll(async () => {
  await Promise.all([ivr?.close(), carrier?.close()]);
  for (const reserved of ports ?? []) reserved.release();
  rmSync(dir, { recursive: true, force: true, maxRetries: 20 });
});

async function ari(method: string, path: string) {
  const secret = Buffer.from(`${ivr.ariUser}:${ivr.ariPassword}`).toString("base64");
  const answer = await fetch(`${ivr.ariUrl}/ari/${path}`, {
    method,
    headers: { authorization: `Basic ${secret}` },
  });
  return { status: answer.status, text: await answer.text() };
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !holds(); tries++) await wait(50);
}

interface AriEvent {
  type: string;
  cause?: number;
  channel?: { id: string };
}

let rings = 0;

/** Rings a number as Hearback would, and gives what Asterisk told about the call until its end. */
async function ring(number: string): Promise<AriEvent[]> {
  const events: AriEvent[] = [];
  // Another name each time: the end of a connection, told late, would close the next one's application.
  const app = `test-${++rings}`;
  const user = `${ivr.ariUser}:${ivr.ariPassword}`;
  const socket = new WebSocket(`${ivr.ariUrl.replace("http", "ws")}/ari/events?app=${app}&api_key=${user}`);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  const over = new Promise<void>((resolve) => {
    socket.onmessage = ({ data }) => {
      const event = JSON.parse(String(data)) as AriEvent;
      events.push(event);
      if (event.type === "ChannelDestroyed") resolve();
    };
  });
  await ari("POST", `channels/call-${number}?endpoint=PJSIP/${number}@trunk&app=${app}&formats=alaw`);
  await Promise.race([over, wait(10_000)]);
  socket.close();
  return events;
}

/** Logs in to AMI, sends one action, and gives the answer to it. */
async function ami(user: keyof Ivr["amiUsers"], action: string): Promise<string> {
  const socket = connect(ivr.amiPort, "127.0.0.1").setEncoding("utf8");
  let said = "";
  socket.on("data", (text: string) => {
    said += text;
  });
  const { user: name, password } = ivr.amiUsers[user];
  socket.write(`Action: Login\r\nUsername: ${name}\r\nSecret: ${password}\r\n\r\n`);
  socket.write(`ActionID: mine\r\nAction: ${action}\r\n\r\n`);
  const answer = /Response: (\w+)\r\nActionID: mine\r\n(.*)/;
  for (let tries = 0; tries < 1000 && !answer.test(said); tries++) await wait(20);
  socket.destroy();
  return answer.exec(said)?.[0] ?? said;
}

describe("the two Asterisks", () => {
  test("come up without a warning", () => {
    for (const { logDir } of [ivr, carrier]) {
      expect(readFileSync(join(logDir, "messages"), "utf8")).not.toMatch(/WARNING|ERROR/);
    }
  });

  test("ring one another: an answered call reaches Stasis and ends with cause 16", async () => {
    const events = await ring("441632960001");
    expect(events.map(({ type }) => type)).toContain("StasisStart");
    expect(events.at(-1)).toMatchObject({ type: "ChannelDestroyed", cause: 16 });
  });

  test("tell busy by its cause, 17", async () => {
    expect((await ring("441632960002")).at(-1)).toMatchObject({ type: "ChannelDestroyed", cause: 17 });
  });

  test("write a line a call and a line an event, by the channel's id", async () => {
    await ring("441632960001");
    const records = () => readFileSync(join(ivr.logDir, "cdr-csv/Master.csv"), "utf8");
    await expect.poll(records).toContain('"ANSWERED","DOCUMENTATION","call-441632960001"');
    const kinds = () =>
      readFileSync(join(ivr.logDir, "cel-custom/Master.csv"), "utf8")
        .split("\n")
        .filter((line) => line.includes("call-441632960001"))
        .map((line) => line.split(",")[0]);
    const wanted = ['"CHAN_START"', '"ANSWER"', '"HANGUP"', '"CHAN_END"'];
    await expect.poll(kinds).toEqual(expect.arrayContaining(wanted));
  });

  test("a caller who rings in while Hearback is away hears an apology", async () => {
    const folder = join(ivr.soundsDir, "hearback/en-GB");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "apology.alaw"), Buffer.alloc(4_000, 0xd5));
    await carrier.cli("channel originate PJSIP/01632960999@trunk extension listens@people");
    await until(() => readFileSync(join(ivr.logDir, "cdr-csv/Master.csv"), "utf8").includes('"away"'));
    const records = readFileSync(join(ivr.logDir, "cdr-csv/Master.csv"), "utf8");
    expect(records.split("\n").find((line) => line.includes('"away"'))).toContain('"Hangup","","');
    expect(readFileSync(join(ivr.logDir, "messages"), "utf8")).not.toMatch(/does not exist in any format/);
  });

  test("the ivr comes back at the same place with the same passwords after kill -9", async () => {
    const before = await ari("GET", "asterisk/ping");
    const ended = new Promise<void>((resolve) => ivr.onExit(resolve));
    process.kill(ivr.pid, "SIGKILL");
    await ended;
    await ivr.start();
    const after = await ari("GET", "asterisk/ping");
    expect([before.status, after.status]).toEqual([200, 200]);
    expect((await ring("441632960001")).at(-1)).toMatchObject({ cause: 16 });
  });

  test("tell numbers to the monitoring", async () => {
    expect(await (await fetch(ivr.metricsUrl)).text()).toContain("asterisk_calls_sum");
  });
});

describe("what the ivr refuses", () => {
  test("ARI cannot load a module that is not on the list", async () => {
    expect((await ari("POST", "asterisk/modules/app_system.so")).status).toBeGreaterThanOrEqual(400);
    expect(await ivr.cli("module show like app_system")).toContain("0 modules loaded");
  });

  test.each([
    ["health", "CoreStatus", "Success"],
    ["health", "Reload", "Error"],
    ["health", "Command\r\nCommand: core show channels", "Error"],
    ["health", "Originate\r\nChannel: PJSIP/1@trunk\r\nApplication: Wait", "Error"],
    ["release", "Reload\r\nModule: pbx_config", "Success"],
    ["release", "Command\r\nCommand: core show channels", "Error"],
    ["release", "Originate\r\nChannel: PJSIP/1@trunk\r\nApplication: Wait", "Error"],
    ["release", "GetConfig\r\nFilename: ari.conf", "Error"],
    ["release", "UpdateConfig\r\nSrcFilename: ari.conf\r\nDstFilename: ari.conf", "Error"],
  ] as const)("AMI user %s: %j gives %s", async (user, action, expected) => {
    expect(await ami(user, action)).toContain(`Response: ${expected}`);
  });

  test("nothing of it listens beyond this machine", () => {
    const { sip, http, ami: amiPort } = ports[0]!;
    for (const table of ["/proc/net/tcp", "/proc/net/udp"]) {
      for (const row of readFileSync(table, "utf8").split("\n")) {
        const [, address, port] = /: ([0-9A-F]{8}):([0-9A-F]{4}) 0{8}:0000/.exec(row) ?? [];
        if (![sip, http, amiPort].includes(Number.parseInt(port ?? "0", 16))) continue;
        expect(address).toBe("0100007F");
      }
    }
  });
});
