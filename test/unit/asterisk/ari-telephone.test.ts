import { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, type MockInstance, test, vi } from "vitest";
import { AriConnection } from "#asterisk/ari-connection.ts";
import { type AriTelephone, createAriTelephone } from "#asterisk/ari-telephone.ts";
import { usualListening } from "#asterisk/listening.ts";
import type { IncomingCall } from "#call/incoming.ts";
import type { DialOrder, Line, LineEvent } from "#call/line.ts";
import { systemClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/logger.ts";
import { FakeAri } from "./fake-ari.ts";

let fake: FakeAri;
let connection: AriConnection;
let telephone: AriTelephone;
/** Trunks that staff have taken out of use. */
let out: string[];

const order: DialOrder = {
  ...{ attemptId: "a-1", channelId: "hb-a-1", phone: "+447700900123", callerNumber: "+441632960000" },
  ...{ ringSeconds: 1, maxCallSeconds: 300, node: "asterisk" },
};
const channel = {
  id: "hb-a-1",
  name: "PJSIP/trunk-1",
  state: "Up",
  dialplan: { app_name: "Stasis", app_data: "hb-app" },
};
const aPerson = {
  ...{ phone: "+441632960123", callerNumber: "+441632960000" },
  ...{ ringSeconds: 10, talkSeconds: 60, restSeconds: 300 },
};
const until = async (condition: () => boolean) => {
  for (const end = Date.now() + 20_000; !condition(); await wait(10)) {
    if (Date.now() > end) throw new Error("it did not come to be");
  }
};
const dialled = (id = "hb-a-1") => fake.sent("POST", new RegExp(`^channels/${id}$`));

beforeEach(async () => {
  out = [];
  fake = await FakeAri.start();
  const access = { url: fake.url, user: "hearback", password: "secret", app: "hb-app" };
  connection = new AriConnection({ ...access, clock: systemClock, logger: silentLogger });
  telephone = createAriTelephone({
    ...{
      connection,
      trunk: "trunk",
      trunks: [{ name: "second-trunk", writes: [] }],
      isTrunkOut: (trunk) => out.includes(trunk),
      clock: systemClock,
      logger: silentLogger,
      lostAfterMs: 1_000,
    },
    listening: { ...usualListening, tone: { ...usualListening.tone, frequenciesHz: [1000, 1400] } },
    mediaOf: (piece) => ("prompt" in piece ? [`sound:/prompts/${piece.prompt}`] : ["sound:/prompts/pause"]),
  });
  await connection.start();
});
afterEach(async () => {
  telephone.close();
  await connection.stop();
  await fake.stop();
});

async function answeredLine(): Promise<Line> {
  const outcome = telephone.dial(order, () => {});
  await until(() => dialled().length === 1);
  fake.say({ type: "StasisStart", channel, args: ["dialled"] });
  const result = await outcome;
  if (result.kind !== "answered") throw new Error(result.kind);
  return result.line;
}
async function events(line: Line, count: number): Promise<LineEvent[]> {
  const seen: LineEvent[] = [];
  while (seen.length < count) {
    const event = await line.next(performance.now() + 5_000);
    if (!event) throw new Error(`only ${JSON.stringify(seen)}`);
    seen.push(event);
  }
  return seen;
}

test("dials once, with a fixed set of parameters", async () => {
  await answeredLine();
  const [request] = dialled();
  expect(request).toMatchObject({
    query: {
      ...{ endpoint: "PJSIP/+447700900123@trunk", app: "hb-app", callerId: "<+441632960000>" },
      ...{ timeout: "1", formats: "alaw", appArgs: "dialled" },
    },
    json: { variables: { "TIMEOUT(absolute)": "300", HEARBACK_APP: "hb-app" } },
  });
});

test("ringing is told once; a failure that comes before the request's answer counts", async () => {
  let rang = 0;
  fake.lateMs = 500;
  const outcome = telephone.dial(order, () => rang++);
  await until(() => dialled().length === 1);
  fake.say({ type: "ChannelDestroyed", channel: { id: "hb-of-another" }, cause: 16 });
  fake.say({ type: "Dial", peer: { id: "hb-a-1" }, dialstatus: "RINGING" });
  fake.say({ type: "ChannelStateChange", channel: { ...channel, state: "Ringing" } });
  fake.say({ type: "ChannelDestroyed", channel: { id: "hb-a-1" }, cause: 17, tech_cause: 486 });
  expect(await outcome).toEqual({ kind: "not-answered", rang: true, cause: 17, sipCode: 486 });
  expect(rang).toBe(1);
});

test("whom a caller taken over is put through to is rung by the trunk of that call", async () => {
  const own = { ...channel, name: "PJSIP/second-trunk-0000002a" };
  fake.answer = ({ method, uri }) =>
    method === "GET" && uri === "channels/hb-a-1" ? { status: 200, body: own } : undefined;
  const left = { channelId: "hb-a-1", app: "hb-app", node: "asterisk", wasUp: true, withinMs: 5_000 };
  const outcome = await telephone.takeUp({ ...left, onRinging() {} });
  if (outcome.kind !== "answered") throw new Error(outcome.kind);
  outcome.line.join(aPerson);
  await until(() => dialled("hb-a-1-to1").length === 1);
  expect(dialled("hb-a-1-to1")[0]?.query.endpoint).toBe("PJSIP/+441632960123@second-trunk");
});

test("whom somebody is put through to is rung by no trunk that is out of use", async () => {
  const line = await answeredLine();
  out = ["trunk"];
  line.join(aPerson);
  await until(() => dialled("hb-a-1-to1").length === 1);
  expect(dialled("hb-a-1-to1")[0]?.query.endpoint).toBe("PJSIP/+441632960123@second-trunk");
  fake.say({ type: "ChannelDestroyed", channel: { id: "hb-a-1-to1" }, cause: 17, tech_cause: 486 });
  expect(await events(line, 1)).toMatchObject([{ kind: "parted" }]);
  // The call itself still goes by its own, which carries what is under way.
  out = ["trunk", "second-trunk"];
  line.join(aPerson);
  await until(() => dialled("hb-a-1-to2").length === 1);
  expect(dialled("hb-a-1-to2")[0]?.query.endpoint).toBe("PJSIP/+441632960123@trunk");
  fake.say({ type: "ChannelDestroyed", channel: { id: "hb-a-1-to2" }, cause: 17, tech_cause: 486 });
  expect(await events(line, 1)).toMatchObject([{ kind: "parted" }]);
});

test("an order whose answer never comes is looked for, and never sent again", async () => {
  fake.answer = ({ method, uri }) => {
    if (method === "POST") return "silence";
    return uri === "channels/hb-a-1" ? { status: 404 } : undefined;
  };
  expect(await telephone.dial(order, () => {})).toMatchObject({ kind: "unknown" });
  expect(dialled()).toHaveLength(1);
});

test("an order whose answer never came but whose channel is there, goes on", async () => {
  fake.answer = ({ method, uri }) => {
    if (method === "POST" && uri === "channels/hb-a-1") return "silence";
    return method === "GET" ? { status: 200, body: { ...channel, state: "Ringing" } } : undefined;
  };
  let rang = 0;
  const outcome = telephone.dial(order, () => rang++);
  await until(() => rang === 1);
  fake.say({ type: "StasisStart", channel, args: [] });
  expect((await outcome).kind).toBe("answered");
});

test("the connection breaks while it rings: what is found afterwards decides", async () => {
  const outcome = telephone.dial(order, () => {});
  await until(() => dialled().length === 1);
  fake.channels = [channel];
  fake.cutSockets();
  const result = await outcome;
  expect(result.kind).toBe("answered");
  expect(dialled()).toHaveLength(1);
});

test("the connection breaks while it rings, and the channel is gone: unknown", async () => {
  const outcome = telephone.dial(order, () => {});
  await until(() => dialled().length === 1);
  fake.cutSockets();
  expect(await outcome).toMatchObject({ kind: "unknown" });
  expect(dialled()).toHaveLength(1);
});

test("409 and 5xx leave it unknown; 400 certainly did not go out", async () => {
  for (const status of [409, 500, 503]) {
    fake.answer = ({ method }) => ({ status: method === "POST" ? status : 404 });
    expect(await telephone.dial(order, () => {})).toMatchObject({ kind: "unknown" });
  }
  fake.answer = () => ({ status: 400 });
  await expect(telephone.dial(order, () => {})).rejects.toMatchObject({ code: "dial_refused" });
});

test("nothing is dialled while lost, draining or fenced, nor a number that is none", async () => {
  await expect(telephone.dial({ ...order, phone: "07700900123" }, () => {})).rejects.toMatchObject({
    code: "undialable",
  });
  fake.say({ type: "ApplicationReplaced" });
  await until(() => !telephone.ready);
  await expect(telephone.dial(order, () => {})).rejects.toMatchObject({ code: "telephone_not_ready" });
  expect(dialled()).toHaveLength(0);
});

test("a line that nobody holds is hung up, at the start and whenever one turns up", async () => {
  const ringing = {
    ...channel,
    id: "hb-old-2",
    dialplan: { app_name: "AppDial2", app_data: "(Outgoing Line)" },
  };
  const foreign = { ...channel, id: "other", dialplan: { app_name: "Stasis", app_data: "other-app" } };
  fake.channels = [{ ...channel, id: "hb-old-1" }, ringing, { ...ringing, id: "hb-old-3" }, foreign];
  fake.answer = ({ uri }) =>
    /variable$/.test(uri)
      ? { status: 200, body: { value: uri.includes("old-2") ? "hb-app" : "hb-other" } }
      : undefined;
  fake.cutSockets();
  await until(() => fake.sent("DELETE", /./).length === 2);
  fake.say({ type: "StasisStart", channel: { ...channel, id: "hb-stray" }, args: [] });
  await until(() => fake.sent("DELETE", /./).length === 3);
  await wait(100);
  const ended = fake.sent("DELETE", /./).map(({ uri }) => uri);
  expect(ended).toEqual(["channels/hb-old-1", "channels/hb-old-2", "channels/hb-stray"]);
});

test("events in the same packet as the answer belong to the line", async () => {
  const outcome = telephone.dial(order, () => {});
  await until(() => dialled().length === 1);
  fake.say({ type: "StasisStart", channel, args: [] });
  fake.say({ type: "ChannelDtmfReceived", channel, digit: "1", timestamp: "2026-11-21T10:00:00.250+0000" });
  fake.say({ type: "ChannelDestroyed", channel, cause: 16 });
  const result = await outcome;
  if (result.kind !== "answered") throw new Error(result.kind);
  expect(await events(result.line, 2)).toEqual([
    { kind: "key", digit: "1", atMs: Date.UTC(2026, 10, 21, 10, 0, 0, 250) },
    { kind: "hung-up", cause: 16, sipCode: null },
  ]);
  expect(await result.line.next(performance.now() + 5_000)).toBeNull();
});

test("plays all pieces in one request, starts once, and stops in front of the next", async () => {
  const line = await answeredLine();
  line.play("p1", [
    { prompt: "hello", sound: "hello" },
    { pauseMs: 800 },
    { prompt: "question", sound: "question" },
  ]);
  line.stopPlaying("p1");
  line.play("p2", [{ prompt: "thanks", sound: "thanks" }]);
  await until(() => fake.sent("POST", /play\/p2$/).length === 1);
  const playback = { id: "p1", target_uri: "channel:hb-a-1", state: "playing" };
  fake.say({ type: "PlaybackStarted", playback });
  fake.say({ type: "PlaybackStarted", playback });
  fake.say({ type: "PlaybackFinished", playback: { ...playback, state: "done" } });
  fake.say({ type: "PlaybackStarted", playback: { ...playback, id: "p2" } });
  fake.say({ type: "PlaybackFinished", playback: { ...playback, id: "p2", state: "failed" } });
  expect(await events(line, 4)).toEqual([
    { kind: "play-started", id: "p1" },
    { kind: "play-finished", id: "p1", complete: false },
    { kind: "play-started", id: "p2" },
    { kind: "play-finished", id: "p2", complete: false },
  ]);
  const order = fake.requests
    .filter(({ uri }) => /play/.test(uri))
    .map(({ method, uri }) => `${method} ${uri}`);
  expect(order).toEqual([
    "POST channels/hb-a-1/play/p1",
    "DELETE playbacks/p1",
    "POST channels/hb-a-1/play/p2",
  ]);
  expect(fake.sent("POST", /play\/p1/)[0]?.query.media).toBe(
    "sound:/prompts/hello,sound:/prompts/pause,sound:/prompts/question",
  );
});

test("a channel that has just gone ends its commands, and throws nothing", async () => {
  const line = await answeredLine();
  fake.answer = () => ({ status: 404 });
  line.play("p1", [{ prompt: "hello", sound: "hello" }]);
  line.startRecording("hb-r-1", { limitMs: 5_000, silenceMs: 0, underPrompts: false });
  line.stopRecording("hb-r-none");
  line.stopPlaying("p-none");
  expect(await events(line, 2)).toEqual([
    { kind: "play-finished", id: "p1", complete: false, hungUp: true },
    { kind: "recording-finished", name: "hb-r-1", endedBySilence: false, failed: true, hungUp: true },
  ]);
  line.hangUp();
  expect(await events(line, 1)).toEqual([{ kind: "hung-up", cause: 127, sipCode: null }]);
});

test("what a hang-up cut off is told as such, however late the call's end is; what ended by itself is not", async () => {
  const line = await answeredLine();
  for (const id of ["whole", "failed", "cut off"]) line.play(id, [{ prompt: "hello", sound: "hello" }]);
  const playback = (id: string, state: string) => ({
    playback: { id, target_uri: "channel:hb-a-1", state },
  });
  fake.say({ type: "PlaybackFinished", ...playback("whole", "done") });
  fake.say({ type: "PlaybackFinished", ...playback("failed", "failed") });
  fake.say({ type: "ChannelHangupRequest", channel, cause: 16 });
  fake.say({ type: "PlaybackFinished", ...playback("cut off", "failed") });
  fake.say({ type: "ChannelDestroyed", channel, cause: 16 });
  expect(await events(line, 4)).toEqual([
    { kind: "play-finished", id: "whole", complete: true },
    { kind: "play-finished", id: "failed", complete: false },
    { kind: "play-finished", id: "cut off", complete: false, hungUp: true },
    { kind: "hung-up", cause: 16, sipCode: null },
  ]);
});

test("doubled keys, letters and floods are bounded; the end always gets through", async () => {
  const line = await answeredLine();
  const key = (digit: string, ms: number) =>
    fake.say({
      type: "ChannelDtmfReceived",
      channel,
      digit,
      timestamp: `2026-11-21T10:00:0${(ms / 1000).toFixed(3)}+0000`,
    });
  key("5", 100);
  key("5", 180); // the same key's end, heard twice
  key("A", 200);
  key("5", 600);
  expect(await events(line, 2)).toMatchObject([{ digit: "5" }, { digit: "5" }]);
  expect(await line.next(performance.now() + 200)).toBeNull();
  for (let index = 0; index < 500; index++) key(String(index % 10), 1_000 + index);
  fake.say({ type: "ChannelDestroyed", channel, cause: 16 });
  await wait(200);
  const rest: (LineEvent | null)[] = [];
  do rest.push(await line.next(performance.now() + 2_000));
  while (rest.at(-1)?.kind === "key");
  expect(rest.length).toBeLessThan(70);
  expect(rest.at(-1)?.kind).toBe("hung-up");
});

test("what is said over a recording is said on a channel beside it, whose own start is no call", async () => {
  const line = await answeredLine();
  line.startRecording("hb-r-1", { limitMs: 4_200, silenceMs: 5_000, underPrompts: true });
  line.play("nudge", [{ prompt: "take-your-time", sound: "take-your-time" }]);
  await until(() => fake.sent("POST", /^channels\/hb-a-1\/record$/).length === 1);
  await until(() => fake.sent("POST", /snoop\/hb-a-1-aside$/).length === 1);
  expect(fake.sent("POST", /aside$/)[0]?.query).toMatchObject({ whisper: "out" });
  fake.say({ type: "StasisStart", channel: { ...channel, id: "hb-a-1-aside" }, args: ["snoop"] });
  await until(() => fake.sent("POST", /^channels\/hb-a-1-aside\/play\/nudge$/).length === 1);
  expect(fake.sent("POST", /record/)[0]?.query).toEqual({
    ...{ name: "hb-r-1", format: "alaw", ifExists: "fail", terminateOn: "#" },
    ...{ maxDurationSeconds: "5", maxSilenceSeconds: "5" },
  });
  const playback = { id: "nudge", target_uri: "channel:hb-a-1-aside", state: "playing" };
  fake.say({ type: "PlaybackStarted", playback });
  const at = (second: number) => `2026-11-21T10:00:${second}.000+0000`;
  const recording = { name: "hb-r-1", target_uri: "channel:hb-a-1", state: "done" };
  fake.say({ type: "RecordingStarted", recording, timestamp: at(10) });
  fake.say({ type: "RecordingFinished", recording: { ...recording, duration: 11 }, timestamp: at(26) });
  fake.say({ type: "ChannelDestroyed", channel, cause: 16 });
  expect(await events(line, 5)).toEqual([
    { kind: "play-started", id: "nudge" },
    { kind: "recording-started", name: "hb-r-1" },
    { kind: "recording-finished", name: "hb-r-1", endedBySilence: true, failed: false },
    { kind: "play-finished", id: "nudge", complete: false },
    { kind: "hung-up", cause: 16, sipCode: null },
  ]);
  await until(() => fake.sent("DELETE", /hb-a-1-aside$/).length === 1);
});

test("a recording that has not told its end when the call does, still tells it first", async () => {
  const line = await answeredLine();
  line.startRecording("hb-r-1", { limitMs: 4_200, silenceMs: 0, underPrompts: false });
  fake.say({ type: "ChannelDestroyed", channel, cause: 16 });
  expect((await events(line, 2)).map(({ kind }) => kind)).toEqual(["recording-finished", "hung-up"]);
});

test("listens for talk and several tones; a key lets the further detectors go", async () => {
  const line = await answeredLine();
  await until(() => fake.sent("POST", /variable$/).length === 2);
  await wait(100);
  expect(fake.sent("POST", /snoop/), "before the far end makes a sound").toEqual([]);
  fake.say({ type: "ChannelTalkingStarted", channel, timestamp: "2026-11-21T10:00:01.000+0000" });
  await until(() => fake.sent("POST", /snoop\/hb-a-1-tone-1400$/).length === 1);
  fake.say({ type: "StasisStart", channel: { ...channel, id: "hb-a-1-tone-1400" }, args: ["snoop"] });
  await until(() => fake.sent("POST", /variable$/).length === 3);
  const set = fake
    .sent("POST", /variable$/)
    .map(({ uri, query }) => `${uri} ${query.variable}=${query.value}`);
  expect(set).toEqual([
    "channels/hb-a-1/variable TALK_DETECT(set)=800,128",
    "channels/hb-a-1/variable TONE_DETECT(1000,200,r)=",
    "channels/hb-a-1-tone-1400/variable TONE_DETECT(1400,200,r)=",
  ]);
  fake.say({ type: "ChannelToneDetected", channel: { ...channel, id: "hb-a-1-tone-1400" } });
  fake.say({
    type: "ChannelTalkingFinished",
    channel,
    duration: 500,
    timestamp: "2026-11-21T10:00:02.300+0000",
  });
  fake.say({ type: "ChannelDtmfReceived", channel, digit: "1" });
  expect(await events(line, 4)).toMatchObject([
    { kind: "talk-started", atMs: Date.UTC(2026, 10, 21, 10, 0, 1) },
    { kind: "tone" },
    { kind: "talk-finished", atMs: Date.UTC(2026, 10, 21, 10, 0, 1, 500), durationMs: 500 },
    { kind: "key" },
  ]);
  await until(() => fake.sent("DELETE", /hb-a-1-tone-1400/).length === 1);
  fake.say({ type: "ChannelTalkingStarted", channel });
  expect(await events(line, 1)).toMatchObject([{ kind: "talk-started" }]);
  await wait(100);
  expect(fake.sent("POST", /snoop/), "who presses a key is no machine").toHaveLength(1);
});

test("whose first sound may have been told to nobody is listened to for all tones", async () => {
  await answeredLine();
  fake.channels = [channel];
  fake.cutSockets();
  await until(() => fake.sent("POST", /snoop\/hb-a-1-tone-1400$/).length === 1);
});

test("a quiet line is sent silence, once; what follows at once needs none, nor does a line that hangs up", async () => {
  const line = await answeredLine();
  const silences = () => fake.sent("POST", /^channels\/hb-a-1\/silence$/).length;
  const ended = (id: string) =>
    fake.say({
      type: "PlaybackFinished",
      playback: { id, target_uri: "channel:hb-a-1", state: "done" },
    });
  const say = (id: string) => line.play(id, [{ prompt: "hello", sound: "hello" }]);
  say("p1");
  ended("p1");
  expect(await events(line, 1)).toMatchObject([{ kind: "play-finished", id: "p1" }]);
  say("p2");
  await wait(200);
  expect(silences()).toBe(0);
  ended("p2");
  await until(() => silences() === 1);
  await wait(200);
  expect(silences()).toBe(1);
  say("p3");
  ended("p3");
  expect(await events(line, 2)).toMatchObject([{ id: "p2" }, { id: "p3" }]);
  line.hangUp();
  await until(() => fake.sent("DELETE", /^channels\/hb-a-1$/).length === 1);
  await wait(200);
  expect(silences()).toBe(1);
});

test("before somebody else is rung, the caller is sent silence at once", async () => {
  const line = await answeredLine();
  line.play("p1", [{ prompt: "hello", sound: "hello" }]);
  fake.say({
    type: "PlaybackFinished",
    playback: { id: "p1", target_uri: "channel:hb-a-1", state: "done" },
  });
  expect(await events(line, 1)).toMatchObject([{ kind: "play-finished" }]);
  const times = { ringSeconds: 10, talkSeconds: 60, restSeconds: 300 };
  line.join({ phone: "+441632960123", callerNumber: "+441632960000", ...times });
  await until(() => dialled("hb-a-1-to1").length === 1);
  const asked = fake.requests.map(({ uri }) => uri).filter((uri) => /silence$|ring$|to1$/.test(uri));
  expect(asked).toEqual(["channels/hb-a-1/silence", "channels/hb-a-1/ring", "channels/hb-a-1-to1"]);
});

test("what is asked in one turn goes out together", async () => {
  const line = await answeredLine();
  const ways = vi.spyOn(Socket.prototype, "_writev" as never) as unknown as MockInstance<
    (this: Socket, chunks: unknown[]) => void
  >;
  const toAsterisk = () => ways.mock.contexts.filter((socket) => socket.remotePort === fake.port).length;
  try {
    for (const id of ["p1", "p2", "p3"]) line.play(id, [{ prompt: "hello", sound: "hello" }]);
    await until(() => fake.sent("POST", /play/).length === 3);
    expect(toAsterisk()).toBe(1);
  } finally {
    ways.mockRestore();
  }
});

test("after a lost connection the call goes on: what ended meanwhile ends, what never began begins", async () => {
  const line = await answeredLine();
  line.play("heard", [{ prompt: "a", sound: "a" }]);
  fake.say({
    type: "PlaybackStarted",
    playback: { id: "heard", target_uri: "channel:hb-a-1", state: "playing" },
  });
  expect(await events(line, 1)).toMatchObject([{ kind: "play-started" }]);
  line.startRecording("hb-r-1", { limitMs: 5_000, silenceMs: 0, underPrompts: false });
  await until(() => fake.sent("POST", /record$/).length === 1);
  fake.channels = [channel];
  fake.answer = ({ method, uri }) => {
    if (method === "GET" && /^(playbacks|recordings\/live)/.test(uri)) return { status: 404 };
    return undefined;
  };
  fake.cutSockets();
  line.play("unheard", [{ prompt: "b", sound: "b" }]);
  const seen = await events(line, 2);
  expect(seen).toContainEqual({ kind: "play-finished", id: "heard", complete: true });
  expect(seen).toContainEqual({
    kind: "recording-finished",
    name: "hb-r-1",
    endedBySilence: false,
    failed: false,
    sightLost: true,
  });
  await until(() => fake.sent("POST", /play\/unheard$/).length >= 1);
  line.hangUp();
  await until(() => fake.sent("DELETE", /^channels\/hb-a-1$/).length === 1);
});

test("who began to tell their story while the connection was lost is heard all the same", async () => {
  const line = await answeredLine();
  line.startRecording("hb-r-1", { limitMs: 60_000, silenceMs: 5_000, underPrompts: false });
  await until(() => fake.sent("POST", /record$/).length === 1);
  fake.say({
    type: "RecordingStarted",
    recording: { name: "hb-r-1", target_uri: "channel:hb-a-1", state: "recording" },
  });
  expect(await events(line, 1)).toMatchObject([{ kind: "recording-started" }]);
  fake.channels = [channel];
  fake.answer = ({ method, uri }) =>
    method === "GET" && uri.startsWith("recordings/live/")
      ? { status: 200, body: { name: "hb-r-1", state: "recording" } }
      : undefined;
  fake.cutSockets();
  await until(() => fake.sent("POST", /snoop\/hb-a-1-talk$/).length === 1);
  const id = "hb-a-1-talk";
  fake.say({ type: "StasisStart", channel: { ...channel, id }, args: ["snoop"] });
  fake.say({ type: "ChannelTalkingStarted", channel: { ...channel, id } });
  expect(await events(line, 1)).toMatchObject([{ kind: "talk-started" }]);
});

test("what the far end does is told again once all that was lost has been found out", async () => {
  const line = await answeredLine();
  expect(await line.inSight()).toBe(true);
  fake.channels = [channel];
  fake.cutSockets();
  const seen: boolean[] = [];
  for (const until = performance.now() + 20_000; seen.at(-1) !== true && performance.now() < until; )
    seen.push(await line.inSight());
  expect([seen[0], seen.at(-1)]).toEqual([false, true]);
});

test("a call that ended unseen is hung up; one in a restarted Asterisk is lost", async () => {
  const line = await answeredLine();
  fake.cutSockets();
  expect(await events(line, 1)).toEqual([{ kind: "hung-up", cause: 127, sipCode: null }]);
  const next = await answeredAgain();
  fake.startedAt = "2026-11-21T11:11:11.000+0000";
  fake.cutSockets();
  expect(await events(next, 1)).toEqual([{ kind: "lost", reason: "Asterisk was restarted" }]);
});

test("a call whose end Asterisk never told is let go by the next sweep; one that is up is not", async () => {
  const line = await answeredLine();
  fake.channels = [channel];
  await telephone.sweep();
  expect(telephone.callsUp).toBe(1);
  fake.channels = [];
  await telephone.sweep();
  expect(await events(line, 1)).toEqual([{ kind: "hung-up", cause: 127, sipCode: null }]);
});

test("an Asterisk out of reach for long loses its calls", async () => {
  const line = await answeredLine();
  await fake.stop();
  expect(await events(line, 1)).toMatchObject([{ kind: "lost" }]);
  fake = await FakeAri.start();
});

async function answeredAgain(): Promise<Line> {
  await until(() => connection.state === "ready");
  const outcome = telephone.dial({ ...order, channelId: "hb-a-2" }, () => {});
  await until(() => fake.sent("POST", /^channels\/hb-a-2$/).length === 1);
  fake.say({ type: "StasisStart", channel: { ...channel, id: "hb-a-2" }, args: [] });
  const result = await outcome;
  if (result.kind !== "answered") throw new Error(result.kind);
  return result.line;
}

const incoming = {
  ...{ id: "1700000000.7", name: "PJSIP/trunk-7", state: "Ring", caller: { number: "+447700900123" } },
  dialplan: { app_name: "Stasis", app_data: "hb-app,inbound,+441632960000" },
};
const arrives = { type: "StasisStart", channel: incoming, args: ["inbound", "+441632960000"] };

test("a call that comes in is told with its numbers, is a line once it is answered, and ends with Stasis", async () => {
  const calls: IncomingCall[] = [];
  telephone.onIncoming((call) => calls.push(call));
  fake.say(arrives);
  await until(() => calls.length === 1);
  expect(calls[0]).toMatchObject({ from: "+447700900123", to: "+441632960000" });
  expect(fake.sent("POST", /answer$/)).toEqual([]);
  const line = calls[0]!.answer();
  await until(() => fake.sent("POST", /^channels\/1700000000.7\/answer$/).length === 1);
  fake.say({ type: "ChannelDtmfReceived", channel: incoming, digit: "9", duration_ms: 100 });
  // Asterisk tells no ChannelDestroyed of a channel that it made itself.
  fake.say({ type: "StasisEnd", channel: incoming });
  expect(await events(line, 2)).toMatchObject([
    { kind: "key", digit: "9" },
    { kind: "hung-up", cause: 16 },
  ]);
});

test("a call that comes in too early hears the dialplan's apology; one too many the engaged tone", async () => {
  fake.say(arrives);
  await until(() => fake.sent("POST", /continue$/).length === 1);
  expect(fake.sent("POST", /continue$/)[0]?.query).toEqual({
    context: "hearback",
    extension: "away",
    priority: "1",
  });
  telephone.onIncoming((call) => call.engaged());
  fake.say({ ...arrives, channel: { ...incoming, id: "1700000000.8" } });
  await until(() => fake.sent("DELETE", /^channels\/1700000000.8$/).length === 1);
  expect(fake.sent("DELETE", /^channels\/1700000000.8$/)[0]?.query).toEqual({ reason: "busy" });
});

test("after a lost connection nothing is said behind a recording that goes on", async () => {
  const line = await answeredLine();
  line.play("tone", [{ prompt: "tone", sound: "tone" }]);
  line.startRecording("hb-r-1", { limitMs: 5_000, silenceMs: 0, underPrompts: false });
  await until(() => fake.sent("POST", /record$/).length === 1);
  fake.channels = [channel];
  fake.answer = ({ method, uri }) => {
    if (method === "GET" && uri.startsWith("recordings/live")) return { status: 200 };
    return method === "GET" && uri.startsWith("playbacks") ? { status: 404 } : undefined;
  };
  fake.cutSockets();
  expect(await events(line, 1)).toEqual([{ kind: "play-finished", id: "tone", complete: false }]);
  expect(fake.sent("POST", /play\/tone$/)).toHaveLength(1);
  line.hangUp();
});
