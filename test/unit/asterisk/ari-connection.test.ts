import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AriConnection, type AriState } from "#asterisk/ari-connection.ts";
import { wantedEvents } from "#asterisk/ari-events.ts";
import { systemClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/logger.ts";
import { FakeAri } from "./fake-ari.ts";

let fake: FakeAri;
let connection: AriConnection;
let states: AriState[];

const connectTo = (url: string, password = "secret") => {
  states = [];
  const access = { url, user: "hearback", password, app: "hb-app" };
  connection = new AriConnection({ ...access, clock: systemClock, logger: silentLogger });
  connection.onChange((state) => states.push(state));
  return connection;
};
const until = async (condition: () => boolean, withinMs = 20_000) => {
  for (const end = Date.now() + withinMs; !condition(); await wait(10)) {
    if (Date.now() > end) throw new Error("it did not come to be");
  }
};

beforeEach(async () => {
  fake = await FakeAri.start();
  await connectTo(fake.url).start();
});
afterEach(async () => {
  fake.thaw();
  await connection.stop();
  await fake.stop();
});

test("is ready after the first connection, with the events asked for that it uses", () => {
  expect(connection.state).toBe("ready");
  const allowed = wantedEvents.map((type) => ({ type }));
  expect(fake.filtered).toEqual({ allowed });
  // Without these, Asterisk keeps back its answers and the word that we are replaced.
  expect(wantedEvents).toEqual(
    expect.arrayContaining(["RESTResponse", "ApplicationReplaced", "ChannelToneDetected"]),
  );
});

test("wrong credentials are told at once and in words, without the password", async () => {
  const wrong = new AriConnection({
    ...{ url: fake.url, user: "hearback", password: "guess-me", app: "x" },
    ...{ clock: systemClock, logger: silentLogger },
  });
  const refusal = await wrong.start().catch((error) => error);
  expect(refusal.code).toBe("ari_credentials_refused");
  expect(JSON.stringify([refusal.message, refusal.details, refusal.stack])).not.toContain("guess-me");
});

test("waits for an Asterisk that is not there yet", async () => {
  const port = fake.port;
  await connection.stop();
  await fake.stop();
  const started = connectTo(`http://127.0.0.1:${port}`).start();
  await wait(400);
  expect(connection.state).toBe("connecting");
  fake = await FakeAri.start(port);
  await started;
  expect(connection.state).toBe("ready");
});

test("no text that Asterisk could send breaks it, and strange events are counted", async () => {
  const heard: string[] = [];
  connection.attach("hb-1", (event) => heard.push(event.type));
  const nonsense = ["", "null", "[]", "17", "{", '{"type":7}', '{"type":"constructor"}', "\u0000", '"x"'];
  for (const text of nonsense) fake.say(text);
  fake.say({ type: "ChannelDtmfReceived" });
  fake.say({ type: "PlaybackFinished", playback: { target_uri: 5 } });
  fake.say({ type: "SomethingOfAsterisk23", channel: { id: "hb-1" } });
  fake.say({ type: "StasisStart", channel: { id: "hb-1" } });
  await until(() => heard.length > 0);
  expect(heard).toEqual(["StasisStart"]);
  expect(connection.strangeEvents.get("SomethingOfAsterisk23")).toBe(1);
  expect(connection.strangeEvents.get("malformed")).toBe(nonsense.length - 1 + 2);
  expect(connection.state).toBe("ready");
});

test("events go to whoever has the channel, also those of its playbacks and recordings; others to nobody", async () => {
  const mine: string[] = [];
  const unclaimed: string[] = [];
  connection.onUnclaimed((id) => unclaimed.push(id));
  const detach = connection.attach("hb-1", (event) => mine.push(event.type));
  fake.say({ type: "ChannelDtmfReceived", channel: { id: "hb-2" }, digit: "1" });
  fake.say({ type: "PlaybackStarted", playback: { id: "p", target_uri: "channel:hb-1" } });
  fake.say({ type: "RecordingFinished", recording: { name: "r", target_uri: "channel:hb-1" } });
  fake.say({ type: "Dial", peer: { id: "hb-1" }, dialstatus: "RINGING" });
  await until(() => mine.length === 3);
  detach();
  fake.say({ type: "StasisEnd", channel: { id: "hb-1" } });
  await until(() => unclaimed.length === 2);
  expect(mine).toEqual(["PlaybackStarted", "RecordingFinished", "Dial"]);
  expect(unclaimed).toEqual(["hb-2", "hb-1"]);
});

test("a handler that throws harms no other", async () => {
  let heard = 0;
  connection.attach("hb-1", () => {
    throw new Error("a bug of ours");
  });
  connection.attach("hb-2", () => heard++);
  fake.say({ type: "StasisEnd", channel: { id: "hb-1" } });
  fake.say({ type: "StasisEnd", channel: { id: "hb-2" } });
  await until(() => heard === 1);
});

test("a 404 is an answer; no answer in time is an error, and late answers disturb nobody", async () => {
  fake.answer = ({ uri }) =>
    uri === "slow" ? undefined : { status: 404, body: { message: "Channel not found" } };
  expect(await connection.request("GET", "channels/gone")).toEqual({
    status: 404,
    body: { message: "Channel not found" },
  });
  fake.lateMs = 300;
  const late = connection.request("GET", "slow", {}, { timeoutMs: 100 });
  await expect(late).rejects.toMatchObject({ code: "ari_timeout" });
  await wait(300);
  expect((await connection.request("GET", "channels/gone")).status).toBe(404);
});

test("requests under way fail at once when the connection breaks", async () => {
  fake.answer = () => "silence";
  const asked = connection.request("POST", "channels/hb-1").catch((error) => error.code);
  await until(() => fake.requests.length === 1);
  fake.cutSockets();
  expect(await asked).toBe("ari_lost");
});

test("reconnects, asks for its events again, and tells whether Asterisk was restarted", async () => {
  const seen: boolean[] = [];
  connection.onConnected(async (_node, restarted) => void seen.push(restarted));
  fake.filtered = null;
  fake.cutSockets();
  await until(() => states.join() === "ready,lost,ready");
  fake.startedAt = "2026-11-21T10:00:00.000+0000";
  fake.cutSockets();
  await until(() => states.length === 5);
  expect(seen).toEqual([false, true]);
  expect(fake.filtered).not.toBeNull();
  expect(fake.connections).toBe(3);
});

test("is not ready before what must be compared has been, and tries anew when that fails", async () => {
  let tries = 0;
  connection.onConnected(async () => {
    expect(connection.state).toBe("lost");
    if (++tries === 1) throw new Error("channels.list did not answer");
  });
  fake.cutSockets();
  await until(() => tries === 2 && connection.state === "ready");
});

test("a frozen Asterisk is given up, and no zombie socket is left when it thaws", async () => {
  fake.freeze();
  const at = Date.now();
  await until(() => connection.state === "lost");
  const givenUpMs = Date.now() - at;
  console.log(`a frozen Asterisk is given up after ${givenUpMs} ms`);
  expect(givenUpMs).toBeGreaterThan(3_000);
  await wait(500);
  fake.thaw();
  await until(() => connection.state === "ready");
  await wait(500);
  expect(fake.connections).toBe(2);
});

test("goes on trying for as long as it takes", async () => {
  const port = fake.port;
  await fake.stop();
  await until(() => connection.state === "lost");
  await wait(3_000);
  fake = await FakeAri.start(port);
  await until(() => connection.state === "ready");
});

test("falls silent for good when another instance takes its name", async () => {
  fake.say({ type: "ApplicationReplaced", application: "hb-app" });
  await until(() => connection.state === "fenced");
  await wait(500);
  expect(fake.connections).toBe(1);
  await expect(connection.request("POST", "channels/hb-1")).rejects.toMatchObject({ code: "ari_lost" });
});

test("connects anew when Asterisk has forgotten its application, which nothing else would show", async () => {
  fake.answer = ({ uri }) =>
    uri.startsWith("events/user/") && fake.connections === 1 ? { status: 404 } : undefined;
  await until(() => states.join() === "ready,lost,ready");
});

test("an Asterisk that is late with what it tells is no mute one", async () => {
  fake.mute = true;
  const talking = setInterval(
    () => fake.say({ type: "ChannelDestroyed", channel: { id: "x" }, cause: 16 }),
    500,
  );
  try {
    await wait(5_000);
    expect(states).toEqual(["ready"]);
    expect(await connection.tells(200)).toBe(false);
  } finally {
    clearInterval(talking);
  }
});

test("connects anew when Asterisk answers and tells nothing any more", async () => {
  const at = Date.now();
  fake.mute = true;
  expect(await connection.tells(200)).toBe(false);
  await until(() => states.at(-1) === "lost");
  console.log(`a mute Asterisk is given up after ${Date.now() - at} ms`);
  fake.mute = false;
  await until(() => states.join() === "ready,lost,ready");
  expect(await connection.tells(200)).toBe(true);
});
