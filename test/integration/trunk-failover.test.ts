/** Two trunks at a real Asterisk: what the first refuses ends there, what comes later goes by the second, each once. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { AriConnection } from "#asterisk/ari-connection.ts";
import { type AriTelephone, createAriTelephone } from "#asterisk/ari-telephone.ts";
import { dispositionOf } from "#asterisk/cause-codes.ts";
import type { Telephone } from "#call/line.ts";
import { alwaysOpen } from "#campaign/calling-hours.ts";
import { createDialer } from "#campaign/dialer.ts";
import { readTrunks } from "#dialplan/trunks/read-trunks.ts";
import { systemClock as clock, systemClock } from "#lib/clock.ts";
import { newName } from "#lib/ids.ts";
import { silentLogger as logger } from "#lib/logger.ts";
import { createCampaign, startCampaign } from "#postgres/campaigns.ts";
import { createTrunkPace } from "#postgres/trunk-pace.ts";
import { type Ivr, prepareIvr } from "#rehearsal/asterisk/ivr.ts";
import { type Ports, reservePorts } from "#rehearsal/asterisk/ports.ts";
import { installPackages } from "#rehearsal/packages/install.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { type BusyFarEnd, startBusyFarEnd } from "../support/busy-far-end.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { dramaNumber, importVisits, newLedger, settings, visit } from "../support/survey.ts";

const { book } = readTrunks(
  "trunks.conf",
  "[trunk]\ntype = trunk\n[second-trunk]\ntype = trunk\nwrite = +44 as 0\n",
);
/** As staff would write it: beside the first, by the same carrier's address. */
const secondTrunk = (port: number) => `
[second-trunk](trunk-endpoint-site)
type = endpoint
context = from-trunk
aors = second-trunk
disallow = all
allow = alaw
allow_transfer = no
[second-trunk]
type = aor
contact = sip:127.0.0.1:${port}
`;

let dir: string;
let ports: Ports;
let ivr: Ivr;
let far: { first: BusyFarEnd; second: BusyFarEnd };
let connection: AriConnection;
let telephone: AriTelephone;
let db: TestDatabase;

beforeAll(async () => {
  mkdirSync(repositoryFile(".hearback/test"), { recursive: true });
  dir = mkdtempSync(repositoryFile(".hearback/test/trunks-"));
  const packages = await installPackages({ into: repositoryFile(".hearback/packages") });
  [ports, db] = await Promise.all([reservePorts({ maxCalls: 60 }), createTestDatabase()]);
  far = { first: await startBusyFarEnd(), second: await startBusyFarEnd() };
  const templates = join(dir, "templates");
  cpSync(repositoryFile("dialplans/asterisk"), templates, { recursive: true });
  const pjsip = join(templates, "pjsip.conf");
  writeFileSync(pjsip, readFileSync(pjsip, "utf8") + secondTrunk(far.second.port));
  const trunk = { host: "127.0.0.1", port: far.first.port };
  ivr = await prepareIvr({ dir: join(dir, "ivr"), packages, ports, trunk, templates });
  await ivr.start();
  const access = { url: ivr.ariUrl, user: ivr.ariUser, password: ivr.ariPassword, app: newName("hb") };
  connection = new AriConnection({ ...access, clock, logger });
  telephone = createAriTelephone({
    ...{ connection, trunk: "trunk", trunks: book.trunks, mediaOf: () => [], clock, logger },
  });
  await connection.start();
});
afterAll(async () => {
  telephone?.close();
  await connection?.stop();
  await Promise.all([ivr?.close(), db?.drop()]);
  ports?.release();
  far?.first.close();
  far?.second.close();
  rmSync(dir, { recursive: true, force: true });
});

it("dials by the trunk that an order names, with the number as that one wants it", async () => {
  const order = (channelId: string) => ({
    ...{ attemptId: channelId, channelId, phone: "+441632960100", callerNumber: "+441632960999" },
    ...{ ringSeconds: 10, maxCallSeconds: 60, node: "asterisk" },
  });
  const busy = { kind: "not-answered", rang: false, sipCode: 486 };
  expect(await telephone.dial(order("hb-by-none"), () => {})).toMatchObject(busy);
  expect(await telephone.dial({ ...order("hb-by-second"), trunk: "second-trunk" }, () => {})).toMatchObject(
    busy,
  );
  expect(far.first.called()).toEqual(["+441632960100"]);
  expect(far.second.called()).toEqual(["01632960100"]);
});

const visits = 60;
const half = visits / 2;

it("goes by the second while the first refuses: one INVITE an attempt, and no number by both", async () => {
  const before = { first: far.first.called().length, second: far.second.called().length };
  far.first.be("refusing");
  const campaign = {
    ...settings,
    callingHours: alwaysOpen,
    ...{ callsPerSecond: 20, maxCalls: 50 },
  };
  const name = newName("campaign");
  await createCampaign(db.pool, { name, trust: "RXX", unit: "all", rehearsal: true, settings: campaign });
  const { id } = await startCampaign(db.pool, name);
  const list = Array.from({ length: visits }, (_, n) => visit({ phone: dramaNumber(n), visitRef: `T${n}` }));
  await importVisits(db.pool, id, list.slice(0, half));
  let ended = 0;
  const dialer = createDialer({
    ...{ ledger: newLedger(db.pool), telephone: asOneNode(telephone), clock, log: logger, dispositionOf },
    trunk: createTrunkPace(db.pool, {
      ...{ trunks: ["trunk", "second-trunk"], chooses: true, callsPerSecond: 20 },
      clock: systemClock,
    }),
    ...{ faultsOf: () => [], gate: () => null, freeCapacity: () => 50, allowNumbers: new Set<string>() },
    runCall: () => Promise.reject(new Error("nobody answers here")),
    onEvent: ({ kind }) => {
      if (kind === "ended") ended += 1;
    },
  });
  dialer.start();
  await expect.poll(() => ended, { timeout: 45_000 }).toBe(half);
  // However late the machine heard of them: from here on it knows that the first refuses.
  const known = far.second.called().length;
  await importVisits(db.pool, id, list.slice(half));
  await expect.poll(() => ended, { timeout: 45_000 }).toBe(visits);
  await dialer.stop({ withinMs: 10_000 });
  const short = (number: string) => number.replace(/^(\+44|0)/, "");
  const first = far.first.called().slice(before.first).map(short);
  const second = far.second.called().slice(before.second).map(short);
  const invited = [...first, ...second].toSorted();
  expect(invited).toEqual(list.map(({ phone }) => short(phone)).toSorted());
  expect(first.length).toBeGreaterThanOrEqual(5);
  const later = far.second.called().length - known;
  console.log(`by the second: ${second.length - later} of ${half}, then ${later} of ${half}`);
  expect(later).toBeGreaterThan(half / 3);
  const { rows } = await db.pool.query(
    "select disposition, count(*)::int as count, sum(counts::int)::int as counted from attempt where campaign_id = $1 group by 1 order by 1",
    [id],
  );
  // What the trunk refused used none of the person's tries.
  expect(rows).toEqual([
    { disposition: "busy", count: second.length, counted: second.length },
    { disposition: "congestion", count: first.length, counted: 0 },
  ]);
}, 120_000);

const asOneNode = (one: AriTelephone): Telephone => {
  const place = { node: "asterisk", giveBack: () => {} };
  return {
    ...{ reserve: () => place, occupy: () => place },
    dial: (order, onRinging) => one.dial(order, onRinging),
    get ready() {
      return one.ready;
    },
  };
};
