/** Lost answers, dead Asterisks and spoilt logs: what really rang is known by its evidence, and nobody is rung twice. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { AriConnection } from "#asterisk/ari-connection.ts";
import { type AriTelephone, createAriTelephone } from "#asterisk/ari-telephone.ts";
import { type AsteriskWitness, createCallWitness } from "#asterisk/call-witness.ts";
import { dispositionOf } from "#asterisk/cause-codes.ts";
import { beatInto } from "#asterisk/heartbeat.ts";
import type { Telephone } from "#call/line.ts";
import { alwaysOpen } from "#campaign/calling-hours.ts";
import type { Campaign } from "#campaign/campaign.ts";
import { createDialer, type Dialer } from "#campaign/dialer.ts";
import type { CallWitness } from "#campaign/evidence.ts";
import { defaultRetryPolicy } from "#campaign/retry-policy.ts";
import { settleUnknown } from "#campaign/settle-unknown.ts";
import { takeOver } from "#campaign/take-over.ts";
import { systemClock as clock } from "#lib/clock.ts";
import { newName } from "#lib/ids.ts";
import { silentLogger as logger } from "#lib/logger.ts";
import { createCallLog } from "#postgres/calls.ts";
import { campaignById, createCampaign, startCampaign } from "#postgres/campaigns.ts";
import { createNodeBook } from "#postgres/nodes.ts";
import { createUnknownAttempts } from "#postgres/settle-unknown.ts";
import { type Ivr, prepareIvr } from "#rehearsal/asterisk/ivr.ts";
import { reservePorts } from "#rehearsal/asterisk/ports.ts";
import { installPackages } from "#rehearsal/packages/install.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { type BusyFarEnd, startBusyFarEnd } from "../support/busy-far-end.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  dialAgain,
  dramaNumber,
  hoursAround,
  importVisits,
  newLedger,
  settings,
  visit,
} from "../support/survey.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";

/** As in earnest, but for the times: nothing here is frozen for minutes. */
const rules = { marginMs: 300, quietMs: 1_000, connectedMs: 500, silenceMs: 95_000 };

let db: TestDatabase;
let farEnd: BusyFarEnd;
let ivr: Ivr;
let proxy: TcpProxy;
let connection: AriConnection;
let telephone: AriTelephone;
let witness: AsteriskWitness;
let dialer: Dialer;
let celFile: string;
const undo: (() => unknown)[] = [];

beforeAll(async () => {
  mkdirSync(repositoryFile(".hearback/test"), { recursive: true });
  const dir = mkdtempSync(repositoryFile(".hearback/test/evidence-"));
  undo.push(() => rmSync(dir, { recursive: true, force: true, maxRetries: 20 }));
  db = await createTestDatabase();
  undo.push(() => db.drop());
  farEnd = await startBusyFarEnd();
  undo.push(() => farEnd.close());
  const packages = await installPackages({ into: repositoryFile(".hearback/packages") });
  const ports = await reservePorts({ maxCalls: 10 });
  undo.push(() => ports.release());
  ivr = await prepareIvr({ dir, packages, ports, trunk: { host: "127.0.0.1", port: farEnd.port } });
  undo.push(() => ivr.close());
  await ivr.start();
  proxy = await startTcpProxy({ port: ports.http });
  undo.push(() => proxy.close());
  celFile = join(ivr.logDir, "cel-custom/Master.csv");
  connect();
  await connection.start();
  // Of a call dialled before, nobody could say that the log was being written then.
  await wait(2 * rules.marginMs);
}, 120_000);
afterAll(async () => {
  for (const step of undo.toReversed()) await step();
});
beforeEach(() => farEnd.be("busy"));

/** An instance of ours, that reaches Asterisk through the proxy. */
function connect(): void {
  const access = { url: `http://127.0.0.1:${proxy.port}`, user: ivr.ariUser, password: ivr.ariPassword };
  connection = new AriConnection({ ...access, app: newName("hb"), clock, logger });
  telephone = createAriTelephone({ connection, trunk: "trunk", mediaOf: () => [], clock, logger });
  witness = witnessWith({});
  const phone = telephone;
  const owner = newName("test");
  connection.onConnected(({ entityId }) => sees(owner, entityId));
  const onlyNode: Telephone = {
    get ready() {
      return phone.ready;
    },
    reserve: () => ({ node: "asterisk", giveBack: () => {} }),
    occupy: (node) => ({ node, giveBack: () => {} }),
    dial: (order, onRinging) => phone.dial(order, onRinging),
  };
  dialer = createDialer({
    ...{ ledger: newLedger(db.pool, { owner }), clock, log: logger, dispositionOf },
    telephone: onlyNode,
    runCall: () => Promise.reject(new Error("nobody answers here")),
    ...{ faultsOf: () => [], gate: () => null, freeCapacity: () => 10, onEvent: () => {} },
    allowNumbers: new Set(),
  });
  undo.push(() => connection.stop());
  undo.push(() => telephone.close());
  undo.push(() => dialer.stop({ withinMs: 1_000 }));
  dialer.start();
}
/** As every instance writes how it sees its nodes. */
async function sees(owner: string, entityId: string): Promise<void> {
  await createNodeBook(db.pool, owner).exchange([{ node: "asterisk", entityId, state: "ready" }]);
}
const witnessWith = (files: { celFile?: string | null; cdrFile?: string | null }) =>
  createCallWitness({ connection, celFile, cdrFile: null, clock, logger, ...files });

const settle = (by: CallWitness = witness) =>
  settleUnknown({
    ...{
      attempts: createUnknownAttempts(db.pool),
      witnessOf: () => by,
      dispositionOf,
      clock,
      log: logger,
      rules,
    },
    campaign: (id) => campaignById(db.pool, id),
  });

let people = 800;
/** One visit, which the dialler finds by itself once its campaign runs. */
async function person(options: { start?: boolean } = {}): Promise<{ number: string; campaign: Campaign }> {
  const number = dramaNumber(people++);
  const name = newName("campaign");
  const { id } = await createCampaign(db.pool, {
    ...{ name, trust: "RXX", unit: "all", rehearsal: true },
    settings: { ...settings, callingHours: alwaysOpen, retryPolicy: defaultRetryPolicy },
  });
  await importVisits(db.pool, id, [visit({ phone: number })]);
  if (options.start !== false) await startCampaign(db.pool, name);
  return { number, campaign: (await campaignById(db.pool, id))! };
}

interface Standing {
  status: string;
  disposition: string;
  attempts: number;
  tried: number;
  minutes: number;
  /** state, disposition, evidence and whether it counts, oldest first. */
  tries: string[];
}

async function standingOf({ campaign }: { campaign: Campaign }): Promise<Standing> {
  const { rows } = await db.pool.query(
    `select status, disposition, attempts, tried,
       round(extract(epoch from not_before - clock_timestamp()) / 60)::int as minutes,
       array(select concat_ws(' ', state, a.disposition, evidence, case when counts then 'counts' end)
         from attempt a where a.visit_id = v.id order by claimed_at) as tries
     from visit v where campaign_id = $1`,
    [campaign.id],
  );
  return rows[0];
}

async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 20_000,
): Promise<void> {
  for (const end = performance.now() + withinMs; !(await holds()); await wait(20))
    if (performance.now() > end) throw new Error(`not within ${withinMs / 1000} s: ${what}`);
}
const triesAre = (who: { campaign: Campaign }, pattern: RegExp) => async () =>
  pattern.test((await standingOf(who)).tries.join(", "));
const invitesTo = (number: string) => farEnd.called().filter((called) => called === number).length;
const ready = () => until("connected", () => connection.state === "ready");
/** Settles again and again, as serve does, until it has an opinion. */
const settled = (who: { campaign: Campaign }, pattern: RegExp) =>
  until(`settled as ${pattern}`, async () => {
    await settle();
    return triesAre(who, pattern)();
  });

async function lostBefore(): Promise<{ number: string; campaign: Campaign }> {
  await ready();
  proxy.freeze(["to-server"]);
  const who = await person();
  await until("committed", triesAre(who, /dialing/));
  // The order goes on its way at once after that.
  await wait(200);
  proxy.cut();
  proxy.thaw();
  await until("unknown", triesAre(who, /unknown/));
  await ready();
  return who;
}

test("an order that never reached Asterisk is proven not to have been dialled, and the person is rung once", async () => {
  const who = await lostBefore();
  expect(await standingOf(who)).toMatchObject({ status: "done", disposition: "unknown", attempts: 1 });
  expect(invitesTo(who.number)).toBe(0);
  // The node's name is pointed at another Asterisk: its log has no row of the call either.
  const entityIs = (id: string | null) =>
    db.pool.query("update attempt set entity_id = $2 where campaign_id = $1", [who.campaign.id, id]);
  const [{ entity_id: dialledBy }] = (
    await db.pool.query("select entity_id from attempt where campaign_id = $1", [who.campaign.id])
  ).rows;
  expect(dialledBy).toBe(connection.node?.entityId);
  for (const other of ["02:00:00:00:00:99", null]) {
    await entityIs(other);
    await wait(rules.quietMs);
    expect(await settle()).toBe(0);
  }
  await entityIs(dialledBy);
  for (const blind of [{ celFile: `${celFile}.none` }, { celFile: null }]) {
    const blindWitness = witnessWith(blind);
    await wait(rules.quietMs);
    expect(await settle(blindWitness)).toBe(0);
  }
  await settled(who, /ended pending cel-absent/);
  await until("rung", () => invitesTo(who.number) > 0);
  await until("ended", triesAre(who, /ended pending cel-absent, ended busy counts/));
  expect(await standingOf(who)).toMatchObject({ status: "due", disposition: "busy", attempts: 1, tried: 1 });
  expect(invitesTo(who.number)).toBe(1);
});

test("an order whose answer was lost is found in the log, with its cause, and nobody is rung again for it", async () => {
  await ready();
  proxy.freeze(["to-client"]);
  const who = await person();
  await until("rung", () => invitesTo(who.number) > 0);
  proxy.cut();
  proxy.thaw();
  await until("unknown", triesAre(who, /unknown/));
  await ready();
  await settled(who, /ended busy cel-hangup counts/);
  expect(await standingOf(who)).toMatchObject({
    status: "due",
    disposition: "busy",
    attempts: 1,
    minutes: 30,
  });
  expect(invitesTo(who.number)).toBe(1);
});

test("an answer that comes too late changes nothing about that", async () => {
  await ready();
  proxy.delay(1_700);
  const who = await person();
  await until("rung", () => invitesTo(who.number) > 0);
  await until("ended or unknown", triesAre(who, /unknown|ended/));
  proxy.delay(0);
  await settled(who, /ended busy.* counts/);
  expect(await standingOf(who)).toMatchObject({ status: "due", attempts: 1, minutes: 30 });
  expect(invitesTo(who.number)).toBe(1);
});

test("an order that lies in a frozen Asterisk is not taken for lost: thawed, it rings, once", async () => {
  await ready();
  process.kill(ivr.pid, "SIGSTOP");
  const who = await person();
  try {
    await until("committed", triesAre(who, /dialing/));
    await until("noticed", () => connection.state === "lost");
    expect(await settle()).toBe(0);
  } finally {
    process.kill(ivr.pid, "SIGCONT");
  }
  await until("over", triesAre(who, /unknown|ended/));
  await ready();
  await settled(who, /ended/);
  const { tries } = await standingOf(who);
  await until("rung", () => invitesTo(who.number) > 0);
  // Dropped with its connection or carried out late; in either case one telephone rings once.
  if (tries[0]!.includes("pending")) await until("ended", triesAre(who, /, ended busy/));
  expect(invitesTo(who.number)).toBe(1);
}, 60_000);

test("a committed order of an instance that died before it dialled is proven away too", async () => {
  await ready();
  const who = await person({ start: false });
  await dialer.stop({ withinMs: 1_000 });
  await startCampaign(db.pool, who.campaign.name);
  const campaign = (await campaignById(db.pool, who.campaign.id))!;
  const deadOwner = newName("test");
  const dead = newLedger(db.pool, { owner: deadOwner });
  await sees(deadOwner, connection.node!.entityId);
  await dead.writePermittedSpans(campaign.id, [hoursAround(new Date())]);
  await dialAgain(dead, campaign);
  await takeOver({
    ...{ ledger: newLedger(db.pool, { onlyInstance: true }), callLog: createCallLog(db.pool), clock },
    ...{ campaign: (id) => campaignById(db.pool, id), log: logger },
  });
  expect(await standingOf(who)).toMatchObject({ status: "done", disposition: "unknown", attempts: 1 });
  await settled(who, /ended pending cel-absent/);
  expect(await standingOf(who)).toMatchObject({
    status: "due",
    disposition: "pending",
    attempts: 0,
    tried: 0,
  });
  connection.stop();
  connect();
  await connection.start();
  await until("rung", () => invitesTo(who.number) > 0);
  expect(invitesTo(who.number)).toBe(1);
});

test.each<[string, () => void]>([
  ["was rotated", () => renameSync(celFile, `${celFile}.1`)],
  ["has a torn row", () => appendFileSync(celFile, '"CHAN_START","1795310')],
])("where the log %s since, nothing is proven: it stays unknown, and nobody is rung", async (_how, spoil) => {
  const who = await lostBefore();
  spoil();
  await settled(who, /unknown unknown none counts/);
  expect(await standingOf(who)).toMatchObject({ status: "done", disposition: "unknown", attempts: 1 });
  expect(await settle()).toBe(0);
  expect(invitesTo(who.number)).toBe(0);
});

test("a heartbeat is in the log in a moment", async () => {
  await ready();
  const times: number[] = [];
  for (let n = 0; n < 20; n += 1) {
    const startedAt = performance.now();
    expect(await beatInto(celFile, connection, clock, Date.now())).toBe(true);
    times.push(performance.now() - startedAt);
  }
  const [median, worst] = [times.toSorted((a, b) => a - b)[10]!, Math.max(...times)];
  console.info(`a heartbeat is in the log after ${median.toFixed(1)} ms, at worst ${worst.toFixed(1)} ms`);
  expect(await ivr.cli("core show channels count")).toContain("0 active channels");
  const list = join(ivr.logDir, "cdr-csv/Master.csv");
  expect(existsSync(list) && readFileSync(list, "utf8").includes("beat")).toBe(false);
});

test("the list of calls tells where the event log is gone", async () => {
  await ready();
  proxy.freeze(["to-client"]);
  const who = await person();
  await until("rung", () => invitesTo(who.number) > 0);
  proxy.cut();
  proxy.thaw();
  await until("unknown", triesAre(who, /unknown/));
  await ready();
  renameSync(celFile, `${celFile}.2`);
  const byList = witnessWith({ cdrFile: join(ivr.logDir, "cdr-csv/Master.csv") });
  await until("settled", async () => (await settle(byList)) > 0);
  expect((await standingOf(who)).tries).toEqual(["ended busy cdr counts"]);
  expect(invitesTo(who.number)).toBe(1);
});

test("kill -9 of Asterisk while it rings: it counts, is not called again that day, and rang once", async () => {
  await ready();
  farEnd.be("ringing");
  const who = await person();
  await until("rung", () => invitesTo(who.number) > 0);
  const ended = new Promise<void>((resolve) => ivr.onExit(resolve));
  process.kill(ivr.pid, "SIGKILL");
  await ended;
  await ivr.start();
  await until("unknown", triesAre(who, /unknown/));
  await ready();
  await settled(who, /ended interrupted cel-start counts/);
  expect(await standingOf(who)).toMatchObject({ status: "due", attempts: 1, minutes: 1440 });
  expect(invitesTo(who.number)).toBe(1);
}, 60_000);
