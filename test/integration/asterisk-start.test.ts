/** docker/asterisk/start.sh as the image and the unit run it, in a folder of its own: a real Asterisk comes of it. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asterisk } from "#doctor/checks/asterisk.ts";
import { asteriskModules } from "#doctor/checks/asterisk-modules.ts";
import { manager } from "#doctor/checks/manager.ts";
import { ivrModules } from "#rehearsal/asterisk/modules.ts";
import { type Ports, reservePorts } from "#rehearsal/asterisk/ports.ts";
import { installPackages } from "#rehearsal/packages/install.ts";
import { ASTERISK_MODULES } from "#rehearsal/packages/wanted.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { makeShortFolder } from "#rehearsal/short-folder.ts";
import { told } from "../unit/doctor/told.ts";

const password = (of: string) => `${of}-correct-horse-battery`;
const script = repositoryFile("docker/asterisk/start.sh");
const short = makeShortFolder();
let folder: string;
let ports: Ports;
let env: Record<string, string>;
let running: ChildProcess | undefined;

beforeAll(async () => {
  mkdirSync(repositoryFile(".hearback/test"), { recursive: true });
  folder = mkdtempSync(repositoryFile(".hearback/test/start-"));
  ports = await reservePorts({ maxCalls: 10 });
  const { prefix } = await installPackages({ into: repositoryFile(".hearback/packages") });
  for (const name of ["ari", "health", "release"]) writeFileSync(join(folder, name), `${password(name)}\n`);
  mkdirSync(join(folder, "sounds/hearback"), { recursive: true });
  env = {
    PATH: "/usr/bin:/bin",
    ASTERISK_PROGRAM: join(prefix, "bin/asterisk"),
    ASTERISK_SHARE: join(prefix, "usr/share/asterisk"),
    ASTERISK_MODULES: join(prefix, ASTERISK_MODULES),
    ASTERISK_TEMPLATES: repositoryFile("dialplans/asterisk"),
    ASTERISK_RUN: join(short.path, "run"),
    ASTERISK_STATE: join(short.path, "state"),
    ASTERISK_SOUNDS: join(folder, "sounds"),
    ASTERISK_TRUNK_HOST: "127.0.0.1",
    ASTERISK_TRUNK_PORT: String(ports.sip + 1),
    ASTERISK_BIND_ADDRESS: "127.0.0.1",
    ASTERISK_SIP_PORT: String(ports.sip),
    ASTERISK_PUBLIC_ADDRESS: "127.0.0.1",
    ASTERISK_HTTP_PORT: String(ports.http),
    ASTERISK_AMI_PORT: String(ports.ami),
    ASTERISK_RTP_FIRST: String(ports.rtp.first),
    ASTERISK_RTP_LAST: String(ports.rtp.last),
    ARI_PASSWORD_FILE: join(folder, "ari"),
    AMI_HEALTH_PASSWORD_FILE: join(folder, "health"),
    AMI_RELEASE_PASSWORD_FILE: join(folder, "release"),
  };
}, 120_000);
afterAll(async () => {
  await stop();
  ports?.release();
  short.remove();
  rmSync(folder, { recursive: true, force: true });
});

const ours = () => ({
  HEARBACK_ARI_URL: `http://127.0.0.1:${ports.http}`,
  HEARBACK_ARI_USER: "hearback",
  HEARBACK_ARI_PASSWORD: password("ari"),
  HEARBACK_AMI_HOST: "127.0.0.1",
  HEARBACK_AMI_PORT: String(ports.ami),
  HEARBACK_AMI_HEALTH_USER: "health",
  HEARBACK_AMI_HEALTH_PASSWORD: password("health"),
  HEARBACK_AMI_RELEASE_USER: "release",
  HEARBACK_AMI_RELEASE_PASSWORD: password("release"),
});

let said = "";
function start(): void {
  said = "";
  running = spawn("/bin/sh", [script], { env, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [running.stdout!, running.stderr!])
    stream.on("data", (bytes: Buffer) => {
      said += bytes;
    });
}

async function stop(): Promise<void> {
  const ending = running;
  running = undefined;
  if (!ending || ending.exitCode !== null) return;
  const ended = new Promise((resolve) => ending.once("close", resolve));
  ending.kill("SIGTERM");
  await ended;
}

/** ARI's answer over TLS to somebody at this address, once it answers at all. */
async function answered(from: string): Promise<number> {
  const credentials = { auth: `hearback:${password("ari")}`, localAddress: from };
  const ask = () =>
    new Promise<number>((resolve) => {
      const ca = readFileSync(repositoryFile("test/fixtures/tls/loopback.pem"));
      const options = {
        ...credentials,
        host: "127.0.0.1",
        port: ports.https,
        path: "/ari/asterisk/info",
        ca,
      };
      get(options, (response) => resolve(response.resume().statusCode ?? 0)).on("error", () => resolve(0));
    });
  // 404 and 503 while it boots.
  await expect.poll(ask, { timeout: 20_000 }).toSatisfy((status) => status === 200 || status === 403);
  return ask();
}

const untilUp = () =>
  expect.poll(async () => (await told(asterisk, ours()))[0], { timeout: 20_000 }).toMatch(/^ok: Asterisk 22/);

describe("start.sh", () => {
  test("brings up an Asterisk that the doctor finds nothing wrong with, and that says nothing", async () => {
    start();
    await untilUp();
    for (const check of [asterisk, asteriskModules, manager])
      expect((await told(check, ours())).filter((line) => !line.startsWith("ok:"))).toEqual([]);
    expect(said).not.toMatch(/WARNING|ERROR/);
    const modules = spawnSync("ls", [join(env.ASTERISK_RUN!, "modules")], { encoding: "utf8" });
    expect(modules.stdout.trim().split("\n").length).toBe(ivrModules().length);
    const site = join(env.ASTERISK_RUN!, "etc/site.conf");
    expect(statSync(site).mode & 0o777).toBe(0o600);
    expect(readFileSync(site, "utf8")).toContain("external_media_address = 127.0.0.1\n");
  });

  test("has the same entityid after a restart, and it is no network card's", async () => {
    const [, , before] = await told(asterisk, ours());
    expect(before).toMatch(/^ok: its entityid is 02(:[0-9a-f]{2}){5}$/);
    await stop();
    start();
    await untilUp();
    expect((await told(asterisk, ours()))[2]).toBe(before);
    await stop();
  });

  test("opens ARI and AMI by TLS to Hearback's addresses only, and the trunk by TLS and SRTP", async () => {
    const fixture = (name: string) => repositoryFile(`test/fixtures/tls/${name}.pem`);
    const plain = env;
    env = {
      ...{ ...plain, ASTERISK_APP_ADDRESSES: "127.0.0.2,127.0.0.3", ASTERISK_TRUNK_TRANSPORT: "tls" },
      ...{ ASTERISK_TLS_CERTIFICATE: fixture("loopback"), ASTERISK_TLS_KEY: fixture("loopback-key") },
      ...{ ASTERISK_TLS_CA: fixture("loopback"), ASTERISK_SIP_TLS_PORT: String(ports.sipTls) },
      ...{ ASTERISK_HTTPS_PORT: String(ports.https), ASTERISK_AMI_TLS_PORT: String(ports.amiTls) },
    };
    start();
    env = plain;
    expect(await answered("127.0.0.2")).toBe(200);
    expect(await answered("127.0.0.1")).toBe(403);
    const program = (words: string) =>
      spawnSync(env.ASTERISK_PROGRAM!, ["-C", join(env.ASTERISK_RUN!, "etc/asterisk.conf"), "-rx", words], {
        encoding: "utf8",
      }).stdout;
    expect(program("pjsip show transports")).toContain(`127.0.0.1:${ports.sipTls}`);
    expect(program("pjsip show endpoint trunk")).toMatch(/media_encryption +: sdes/);
    expect(program("manager show user health")).toMatch(/ACL: +yes/);
    expect(said).not.toMatch(/WARNING|ERROR/);
    await stop();
  });

  test.each([
    ["no certificate for TLS", { ASTERISK_TRUNK_TRANSPORT: "tls" }, "ASTERISK_TLS_CERTIFICATE must name"],
    ["a trunk of no known kind", { ASTERISK_TRUNK_TRANSPORT: "sctp" }, "must be udp, tcp or tls"],
    ["no carrier", { ASTERISK_TRUNK_HOST: "" }, "ASTERISK_TRUNK_HOST must be given"],
    ["no password", { ARI_PASSWORD_FILE: "" }, "ARI_PASSWORD_FILE must name a file"],
    ["a password file that is gone", { ARI_PASSWORD_FILE: "/nowhere" }, "/nowhere cannot be read"],
    [
      "a value that would go on into the next line",
      { ASTERISK_SIP_PORT: "5060\nallow_transfer = yes" },
      "has a character",
    ],
    ["a value that would comment out the rest", { ASTERISK_PUBLIC_ADDRESS: "1.2.3.4;x" }, "has a character"],
  ])("starts nothing with %s", (_, wrong, words) => {
    const { status, stderr } = spawnSync("/bin/sh", [script], {
      env: { ...env, ...wrong, ASTERISK_RUN: join(short.path, "other"), ASTERISK_PROGRAM: "/bin/false" },
      encoding: "utf8",
    });
    expect(stderr).toContain(words);
    expect(status).toBe(1);
  });

  test("refuses a short password", () => {
    const file = join(folder, "short");
    writeFileSync(file, "hearback");
    chmodSync(file, 0o600);
    const { stderr } = spawnSync("/bin/sh", [script], {
      env: { ...env, AMI_HEALTH_PASSWORD_FILE: file, ASTERISK_RUN: join(short.path, "other") },
      encoding: "utf8",
    });
    expect(stderr).toContain("AMI_HEALTH_PASSWORD_FILE: the password has fewer than 16 characters");
  });
});
