/** Trunk by TLS and SRTP, ARI and AMI by TLS: as between a hospital's machines, with certificates of its own. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import tls from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AmiMonitor } from "#asterisk/ami-monitor.ts";
import { askAmi } from "#doctor/ask-ami.ts";
import { systemClock as clock } from "#lib/clock.ts";
import { newName } from "#lib/ids.ts";
import { silentLogger as logger } from "#lib/logger.ts";
import { type Carrier, prepareCarrier } from "#rehearsal/asterisk/carrier.ts";
import { type Ivr, prepareIvr, type TlsFiles } from "#rehearsal/asterisk/ivr.ts";
import { type Ports, reservePorts } from "#rehearsal/asterisk/ports.ts";
import { installPackages } from "#rehearsal/packages/install.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { connectTo, listen } from "./asterisk-bench.ts";

const people = `[people]
exten => _+4416329601XX,1,Answer()
 same => n,Wait(0.3)
 same => n,SendDTMF(\${IF($["\${CHANNEL(rtp,secure)}"="1"]?7:0)}5,120,100)
 same => n,Wait(30)
`;
/** Names 127.0.0.1, and signs itself. */
const own: TlsFiles = {
  certificate: repositoryFile("test/fixtures/tls/loopback.pem"),
  key: repositoryFile("test/fixtures/tls/loopback-key.pem"),
  ca: repositoryFile("test/fixtures/tls/loopback.pem"),
};
const trusted = tls.getCACertificates();

let dir: string;
let ports: [Ports, Ports];
let ivr: Ivr;
let carrier: Carrier;

beforeAll(async () => {
  mkdirSync(repositoryFile(".hearback/test"), { recursive: true });
  dir = mkdtempSync(repositoryFile(".hearback/test/tls-"));
  const packages = await installPackages({ into: repositoryFile(".hearback/packages") });
  ports = [await reservePorts({ maxCalls: 10 }), await reservePorts({ maxCalls: 10 })];
  carrier = prepareCarrier({
    ...{ dir: join(dir, "carrier"), packages, ports: ports[1], ivrSipPort: ports[0].sipTls },
    ...{ peopleDialplan: people, tls: own },
  });
  const trunk = { host: "127.0.0.1", port: carrier.sipPort };
  ivr = await prepareIvr({ dir: join(dir, "ivr"), packages, ports: ports[0], trunk, tls: own });
  await Promise.all([carrier.start(), ivr.start()]);
  // As NODE_EXTRA_CA_CERTS does at a program's start.
  tls.setDefaultCACertificates([...trusted, readFileSync(own.ca, "utf8")]);
});

afterAll(async () => {
  tls.setDefaultCACertificates(trusted);
  await Promise.all([ivr?.close(), carrier?.close()]);
  for (const reserved of ports ?? []) reserved.release();
  rmSync(dir, { recursive: true, force: true, maxRetries: 20 });
});

test("a call by wss, TLS and SRTP: keys arrive, and the far end sees its speech encrypted", async () => {
  const { connection, telephone } = connectTo(ivr, newName("hb"));
  await connection.start();
  const attemptId = newName("tls");
  const outcome = await telephone.dial(
    {
      ...{ attemptId, channelId: `hb-${attemptId}`, node: "asterisk" },
      ...{ phone: "+441632960100", callerNumber: "+441632960999", ringSeconds: 20, maxCallSeconds: 60 },
    },
    () => {},
  );
  if (outcome.kind !== "answered") throw new Error(JSON.stringify(outcome));
  const events = await listen(outcome.line, 8_000, (event) => event.kind === "key" && event.digit === "5");
  expect(events.flatMap((event) => (event.kind === "key" ? [event.digit] : []))).toEqual(["7", "5"]);
  outcome.line.hangUp();
  telephone.close();
  await connection.stop();
});

test("AMI by TLS says how Asterisk is", async () => {
  const { health, release } = ivr.amiUsers;
  const monitor = new AmiMonitor({
    ...{ host: "127.0.0.1", port: ivr.amiPort, tls: true, clock, logger },
    health: { user: health.user, secret: health.password },
    release: { user: release.user, secret: release.password },
  });
  monitor.start();
  await expect.poll(() => monitor.health().connected, { timeout: 10_000 }).toBe(true);
  await monitor.reload("pbx_config.so");
  await monitor.stop();
});

test("the doctor logs in to AMI by TLS too", async () => {
  const { user, password } = ivr.amiUsers.health;
  const login = { host: "127.0.0.1", port: ivr.amiPort, tls: true, user, secret: password };
  const answer = await askAmi(login, AbortSignal.timeout(5_000));
  expect(answer).toMatchObject({ kind: "may", actions: expect.arrayContaining(["CoreStatus"]) });
});

test("whose certificate names another is not spoken with", async () => {
  const otherName = { ...ivr, ariUrl: ivr.ariUrl.replace("127.0.0.1", "localhost") };
  const { connection } = connectTo(otherName, newName("hb"));
  const started = connection.start();
  await expect(fetch(`${otherName.ariUrl}/ari/asterisk/info`)).rejects.toThrow();
  expect(connection.state).toBe("connecting");
  await connection.stop();
  await expect(started).rejects.toThrow(/stopped/);
});
