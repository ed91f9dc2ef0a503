/** Alerts on their whole way: a look, the book in Postgres, a job, and a real receiver or mail server. */
import { createHmac } from "node:crypto";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import type { Pool } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OutgoingAlert } from "#alerts/ports.ts";
import type { AsteriskNode } from "#asterisk/node.ts";
import type { Settings } from "#config.ts";
import { systemClock } from "#lib/clock.ts";
import { newName } from "#lib/ids.ts";
import { silentLogger } from "#lib/logger.ts";
import { createMail } from "#notify/mail.ts";
import { createWebhook } from "#notify/webhook.ts";
import { createPool } from "#postgres/pool.ts";
import { lookAtVitals } from "#vitals.ts";
import { createWatching } from "#watching.ts";
import { buildWeb } from "#web/build-web.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type SmtpServer, startSmtpServer } from "../support/smtp-server.ts";
import * as survey from "../support/survey.ts";
import { type Receiver, startReceiver } from "../support/webhook-receiver.ts";

let db: TestDatabase;
let pool: Pool;
const undo: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  db = await createTestDatabase();
  pool = db.pool;
  undo.push(() => db.drop());
});
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

const secret = "a-secret-of-this-test";
const receiver = async (...of: Parameters<typeof startReceiver>): Promise<Receiver> => {
  const started = await startReceiver(...of);
  undo.push(() => started.close());
  return started;
};
const smtp = async (of: Parameters<typeof startSmtpServer>[0] = {}): Promise<SmtpServer> => {
  const started = await startSmtpServer(of);
  undo.push(() => started.close());
  return started;
};

const settings = (different: Partial<Settings>): Settings =>
  ({
    ...{ storyFolder: tmpdir(), diskLowMb: 1, maxCalls: null },
    ...{ spoolFolder: tmpdir(), diskStopMb: 1 },
    ...{ wordsLateHours: 4, alertRepeatHours: 6, alertWebhookUrl: null, alertWebhookSecret: secret },
    ...{ smtpUrl: null, alertMailFrom: null, alertMailTo: null },
    ...different,
  }) as Settings;

const node = {
  name: "asterisk",
  state: "ready",
  refusedBecause: null,
  connection: { node: null },
  health: null,
};
const telephone = { nodes: [node as unknown as AsteriskNode], isDraining: () => false, isEased: () => false };

/** The part of the app that looks on, with our clock so many milliseconds ahead. */
async function watching(different: Partial<Settings>, aheadMs = 0) {
  const clock = { ...systemClock, now: () => new Date(Date.now() + aheadMs) };
  const watch = createWatching({
    ...{ settings: settings(different), pool, owner: newName("app"), telephone, clock },
    ...{ logger: silentLogger, callsUnderWay: () => 0, databaseAway: () => null },
  });
  const stop = await watch.start();
  undo.push(stop);
  return watch;
}

/** A promise that was broken just now. */
async function brokenPromise(): Promise<string> {
  const { attempt } = await survey.dialled(pool);
  const callId = await survey.begin(pool, attempt);
  const { rows } = await pool.query(
    `insert into callback (visit_id, call_id, trust, unit, due, state)
     select visit_id, id, trust, unit, now(), 'broken' from call where id = $1 returning id`,
    [callId],
  );
  return rows[0].id;
}

const wait = { timeout: 20_000, interval: 50 };

describe("a broken promise", () => {
  it("is posted, signed, and posted again with the same id until it is taken", async () => {
    const { url, received } = await receiver([500, 302], { location: "http://127.0.0.1:1/elsewhere" });
    const callbackId = await brokenPromise();
    await watching({ alertWebhookUrl: url });
    await expect.poll(() => received.length, wait).toBe(3);
    const ids = new Set(received.map(({ headers }) => headers["hearback-alert-id"]));
    expect(ids.size).toBe(1);
    for (const { headers, body } of received) {
      const timestamp = String(headers["hearback-timestamp"]);
      const expected = createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
      expect(headers["hearback-signature"]).toBe(`v1=${expected}`);
      expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(30);
    }
    const alert: OutgoingAlert = JSON.parse(received[2]!.body);
    expect(alert).toMatchObject({ kind: "promise-broken", event: "raised", subjects: [callbackId] });
    expect(alert.id).toBe(received[2]!.headers["hearback-alert-id"]);
    expect(received[2]!.body).not.toMatch(/7700900|visitRef/);
    const left = async () => (await pool.query("select from graphile_worker.jobs")).rows;
    await expect.poll(left, wait).toEqual([]);
  });

  it("is sent by e-mail too, and again where the server says later", async () => {
    const server = await smtp({ refuse: 1 });
    const callbackId = await brokenPromise();
    await watching({
      smtpUrl: `smtp://127.0.0.1:${server.port}`,
      alertMailFrom: "hearback@trust.example",
      alertMailTo: ["one@trust.example", "two@trust.example"],
    });
    await expect.poll(() => server.mails.length, wait).toBe(1);
    const [mail] = server.mails;
    expect(mail).toMatchObject({
      from: "hearback@trust.example",
      to: ["one@trust.example", "two@trust.example"],
    });
    expect(mail!.text).toContain("Subject: [Hearback] A call that was promised to a patient was not made");
    expect(mail!.text).toContain(`callback ${callbackId}`);
    expect(mail!.text).toMatch(/^Message-ID: <[0-9a-f-]{36}@trust\.example>$/m);
    expect(mail!.text).toContain("Auto-Submitted: auto-generated");
    expect(server.commands.filter((line) => line === "DATA")).toHaveLength(2);
  });

  it("is told once, whoever looks and however often", async () => {
    const { url, received } = await receiver();
    await brokenPromise();
    await Promise.all([watching({ alertWebhookUrl: url }), watching({ alertWebhookUrl: url })]);
    await expect.poll(() => received.length, wait).toBe(1);
    await watching({ alertWebhookUrl: url });
    const messages = async () => (await pool.query("select from housekeeping.alert_message")).rows.length;
    expect(await messages()).toBe(1);
  });
});

describe("a clock that is wrong", () => {
  it("keeps every call from being dialled, is told by /readyz and to people", async () => {
    const { url, received } = await receiver();
    const watch = await watching({ alertWebhookUrl: url }, 60_000);
    expect(watch.notDialling()).toContain("more than 2 s");
    const ready = await buildWeb({ vitals: watch.vitals }).inject("/readyz");
    expect(ready.statusCode).toBe(503);
    expect(ready.json().checks.clock).toMatch(
      /^differs from the database's by -[56]\d\.\d s, more than 2: nothing/,
    );
    await expect.poll(() => received.length, wait).toBe(1);
    expect(JSON.parse(received[0]!.body)).toMatchObject({ kind: "clock-apart", event: "raised" });
  });

  it("by less than two seconds is none", async () => {
    const watch = await watching({}, 1_500);
    expect(watch.notDialling()).toBeNull();
    expect((await watch.vitals()).database).toMatchObject({ kind: "there", work: { visitsDue: 0 } });
  });
});

describe("/readyz", () => {
  it("says that the database does not answer, without waiting for it", async () => {
    const server = createServer(() => {}); // takes the connection, and says nothing for ever
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const mute = createPool({
      ...{ url: `postgres://nobody@127.0.0.1:${port}/none`, applicationName: "test", logger: silentLogger },
    });
    const vitals = () =>
      lookAtVitals({
        ...{ settings: settings({}), pool: mute, telephone, clock: systemClock },
        ...{ callsUnderWay: () => 0, databaseAway: () => null, notDialling: () => null },
      });
    const started = performance.now();
    const answer = await buildWeb({ vitals }).inject("/readyz");
    const saidMs = performance.now() - started;
    console.log(`/readyz says after ${Math.round(saidMs)} ms that the database does not answer`);
    // Whoever waits for a connection waits 10 s.
    expect(saidMs).toBeLessThan(9_500);
    expect(answer.statusCode).toBe(503);
    expect(answer.json().checks).toMatchObject({ database: "does not answer", asterisk: "ok", disk: "ok" });
    void mute.end(); // waits for a connection that never comes
    server.close();
  });

  it("says that there is too little room, or no folder", async () => {
    const look = async (different: Partial<Settings>) =>
      (await buildWeb({ vitals: (await watching(different)).vitals }).inject("/readyz")).json().checks.disk;
    expect(await look({ diskLowMb: 1_000_000_000 })).toBe("too little room");
    expect(await look({ storyFolder: "/nowhere/at/all" })).toBe("the story folder cannot be read");
    expect(await look({})).toBe("ok");
  });
});

describe("the ways to people", () => {
  const alert: OutgoingAlert = {
    ...{ id: "0190a000-0000-7000-8000-000000000001", at: "2026-11-21T09:30:00.000Z", kind: "disk-low" },
    ...{ event: "raised", title: "Title", text: "Text", subjects: [] },
  };

  it("a webhook that does not answer is given up, and its address told to nobody", async () => {
    const { url } = await receiver([null]);
    const sent = createWebhook({ url, secret, clock: systemClock, answerWithinMs: 200 }).send(alert);
    await expect(sent).rejects.toMatchObject({ code: "webhook_unreachable" });
    await expect(sent).rejects.not.toThrow(/hush/);
  });

  it.each([404, 301, 500])("a webhook that answers %i has not taken it", async (status) => {
    const { url } = await receiver([status], { location: "/elsewhere" });
    const sent = createWebhook({ url, secret, clock: systemClock }).send(alert);
    await expect(sent).rejects.toMatchObject({ code: "webhook_refused", details: { status } });
  });

  it("a mail server elsewhere that offers no TLS gets nothing", async () => {
    const server = await smtp({ host: "127.0.0.2" });
    const mail = createMail({
      ...{
        url: `smtp://user:hush@127.0.0.2:${server.port}`,
        from: "a@trust.example",
        to: ["b@trust.example"],
      },
    });
    await expect(mail.send(alert)).rejects.toMatchObject({ code: "mail_refused" });
    expect(server.mails).toEqual([]);
    expect(server.commands.join("\n")).not.toMatch(/AUTH|MAIL|aHVzaA/);
  });

  it("a mail server that is away is an error with a code, without the password", async () => {
    const mail = createMail({
      url: "smtp://user:hush@127.0.0.1:1",
      from: "a@b.example",
      to: ["c@d.example"],
    });
    const sent = mail.send(alert);
    await expect(sent).rejects.toMatchObject({ code: "mail_refused" });
    await expect(sent).rejects.not.toThrow(/hush/);
  });
});
