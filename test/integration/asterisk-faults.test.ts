import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AriState } from "#asterisk/ari-connection.ts";
import { createRecordingSpool } from "#asterisk/recording-spool.ts";
import { findWithin } from "#lib/audio/correlation.ts";
import { decodeALaw } from "#lib/audio/g711.ts";
import { newName } from "#lib/ids.ts";
import { type Bench, connectTo, listen, startBench } from "./asterisk-bench.ts";

let bench: Bench;

beforeAll(async () => {
  bench = await startBench();
}, 120_000);
afterAll(() => bench?.stop());

const reaches = async (state: AriState, withinMs: number) => {
  const startedAt = performance.now();
  while (bench.connection.state !== state) {
    if (performance.now() - startedAt > withinMs) throw new Error(`still ${bench.connection.state}`);
    await wait(20);
  }
  return performance.now() - startedAt;
};
const cut = () =>
  bench.connection.operation("cut", async (client) => {
    (client._ws as unknown as { _socket: { destroy(): void } })._socket.destroy();
  });

test("a broken connection: the calls go on, their stories too, and what ended meanwhile has ended", async () => {
  const line = await bench.answered("120");
  const ringing = bench.dial("102", 4);
  const name = `hb-${newName("r")}`;
  line.startRecording(name, { limitMs: 30_000, silenceMs: 0, underPrompts: false });
  await wait(1_000);
  await cut();
  await reaches("lost", 1_000);
  await reaches("ready", 2_000);
  await wait(4_500);
  line.stopRecording(name);
  line.play("after", [{ prompt: "short", sound: "short" }]);
  const seen = await listen(line, 5_000, ({ kind }) => kind === "play-finished");
  const finished = { kind: "recording-finished", name, endedBySilence: false, failed: false };
  // We stopped it, long after the connection was back: no key can have been missed that ended it.
  expect(seen).toContainEqual(finished);
  expect(seen.at(-1)).toEqual({ kind: "play-finished", id: "after", complete: true });
  const audio = decodeALaw((await createRecordingSpool(bench.connection).read(name))!);
  expect(findWithin(bench.story, audio).correlation).toBeGreaterThan(0.99);
  expect(await ringing).toEqual({ kind: "not-answered", rang: true, cause: 19, sipCode: 480 });
  line.hangUp();
});

test("a frozen Asterisk is noticed in 5 s; nobody is dialled then; thawed, its calls go on", async () => {
  const line = await bench.answered("100");
  process.kill(bench.ivr.pid, "SIGSTOP");
  try {
    const noticedMs = await reaches("lost", 8_000);
    expect(noticedMs).toBeLessThan(6_500);
    expect(bench.telephone.ready).toBe(false);
    await expect(bench.dial("100")).rejects.toMatchObject({ code: "telephone_not_ready" });
  } finally {
    process.kill(bench.ivr.pid, "SIGCONT");
  }
  await reaches("ready", 5_000);
  line.play("p", [{ prompt: "short", sound: "short" }]);
  const seen = await listen(line, 5_000, ({ kind }) => kind === "play-finished");
  expect(seen.at(-1)).toEqual({ kind: "play-finished", id: "p", complete: true });
  line.hangUp();
});

test("an Asterisk that answers and tells nothing any more is noticed in 5 s, and its calls go on", async () => {
  const line = await bench.answered("100");
  const { app } = bench.connection;
  const filter = { allowed: ["RESTResponse", "ApplicationReplaced"].map((type) => ({ type })) };
  await bench.connection.operation("mute", (client) =>
    client.applications.filter({ applicationName: app, filter }),
  );
  expect(await line.inSight()).toBe(false);
  expect(await reaches("lost", 8_000)).toBeLessThan(6_000);
  await reaches("ready", 2_000);
  expect(await line.inSight()).toBe(true);
  line.play("p", [{ prompt: "short", sound: "short" }]);
  const seen = await listen(line, 5_000, ({ kind }) => kind === "play-finished");
  expect(seen.at(-1)).toEqual({ kind: "play-finished", id: "p", complete: true });
  line.hangUp();
});

test("kill -9 of Asterisk: its calls are lost, what rang is unknown, and the next Asterisk is used", async () => {
  const line = await bench.answered("100");
  const ringing = bench.dial("102");
  await wait(500);
  const ended = new Promise<void>((resolve) => bench.ivr.onExit(resolve));
  process.kill(bench.ivr.pid, "SIGKILL");
  await ended;
  await bench.ivr.start();
  expect((await listen(line, 8_000)).at(-1)).toEqual({ kind: "lost", reason: "Asterisk was restarted" });
  expect(await ringing).toMatchObject({ kind: "unknown" });
  await reaches("ready", 5_000);
  const again = await bench.answered("100");
  again.hangUp();
});

test("a story in the hands of another: it hears who is talking just now", async () => {
  const first = connectTo(bench.ivr, newName("hb"));
  await first.connection.start();
  const attemptId = newName("bench");
  const channelId = `hb-${attemptId}`;
  const outcome = await first.telephone.dial(
    {
      ...{ attemptId, channelId, phone: "+441632960120", callerNumber: "+441632960999" },
      ...{ ringSeconds: 20, maxCallSeconds: 60, node: "asterisk" },
    },
    () => {},
  );
  if (outcome.kind !== "answered") throw new Error(outcome.kind);
  const name = `hb-${newName("r")}`;
  const options = { limitMs: 30_000, silenceMs: 0, underPrompts: false };
  outcome.line.startRecording(name, options);
  await listen(outcome.line, 5_000, ({ kind }) => kind === "talk-started");

  const second = connectTo(bench.ivr, first.connection.app);
  const found = second.telephone.takeUp({
    ...{ channelId, app: first.connection.app, node: "asterisk", wasUp: true, withinMs: 10_000 },
    onRinging: () => {},
  });
  await second.connection.start();
  const taken = await found;
  if (taken.kind !== "answered") throw new Error(taken.kind);
  expect(await taken.line.takeUpRecording(name, options)).toBe("running");
  const seen = await listen(taken.line, 10_000, ({ kind }) => kind === "talk-finished");
  expect(seen.map(({ kind }) => kind)).toEqual(["talk-started", "talk-finished"]);
  taken.line.stopRecording(name);
  const ended = await listen(taken.line, 5_000, ({ kind }) => kind === "recording-finished");
  expect(ended.at(-1)).toMatchObject({ kind: "recording-finished", name, failed: false });
  taken.line.hangUp();
  await listen(taken.line, 5_000);
  for (const { telephone, connection } of [first, second]) {
    telephone.close();
    await connection.stop();
  }
});

test("another instance under our name: we fall silent, and it ends the calls that nobody holds", async () => {
  const line = await bench.answered("100");
  const ringing = bench.dial("102");
  await wait(500);
  const { connection, telephone } = connectTo(bench.ivr, bench.connection.app);
  await connection.start();
  expect(bench.connection.state).toBe("fenced");
  expect((await listen(line, 1_000)).at(-1)).toMatchObject({ kind: "lost" });
  expect(await ringing).toMatchObject({ kind: "unknown" });
  await wait(300);
  expect(await connection.operation("channels.list", (client) => client.channels.list())).toEqual([]);
  telephone.close();
  await connection.stop();
});
