import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AriState } from "#asterisk/ari-connection.ts";
import { createRecordingSpool } from "#asterisk/recording-spool.ts";
import { findWithin } from "#lib/audio/correlation.ts";
import { decodeALaw } from "#lib/audio/g711.ts";
import { newName } from "#lib/ids.ts";
import { type Bench, channelsOf, connectTo, listen, startBench } from "./asterisk-bench.ts";

let bench: Bench;
const states: AriState[] = [];

beforeAll(async () => {
  bench = await startBench();
  bench.connection.onChange((state) => states.push(state));
}, 120_000);
afterAll(() => bench?.stop());

/** Waits for the next time that the connection comes to be so, though it may be over already. */
const reaches = async (state: AriState) => {
  const startedAt = performance.now();
  await expect.poll(() => states, { timeout: 15_000, interval: 20 }).toContain(state);
  states.splice(0, states.indexOf(state) + 1);
  console.log(`${state} after ${Math.round(performance.now() - startedAt)} ms`);
};
/** Comes back once that telephone rings. */
const ringing = async (...[digits, ringSeconds]: [digits: string, ringSeconds?: number]) => {
  const rings = Promise.withResolvers<void>();
  const outcome = bench.dial(digits, ringSeconds, rings.resolve);
  await rings.promise;
  return { outcome };
};
const cut = () =>
  bench.connection.operation("cut", async (client) => {
    (client._ws as unknown as { _socket: { destroy(): void } })._socket.destroy();
  });

test("a broken connection: the calls go on, their stories too, and what ended meanwhile has ended", async () => {
  const line = await bench.answered("120");
  const { outcome } = await ringing("102", 4);
  const name = `hb-${newName("r")}`;
  line.startRecording(name, { limitMs: 30_000, silenceMs: 0, underPrompts: false });
  await wait(1_000);
  await cut();
  await reaches("lost");
  await reaches("ready");
  // They talk for 5 s.
  await Promise.all([wait(4_500), listen(line, 15_000, ({ kind }) => kind === "talk-finished")]);
  line.stopRecording(name);
  line.play("after", [{ prompt: "short", sound: "short" }]);
  const seen = await listen(line, 15_000, ({ kind }) => kind === "play-finished");
  const finished = { kind: "recording-finished", name, endedBySilence: false, failed: false };
  // We stopped it, long after the connection was back: no key can have been missed that ended it.
  expect(seen).toContainEqual(finished);
  expect(seen.at(-1)).toEqual({ kind: "play-finished", id: "after", complete: true });
  const audio = decodeALaw((await createRecordingSpool(bench.connection).read(name))!);
  expect(findWithin(bench.story, audio).correlation).toBeGreaterThan(0.99);
  expect(await outcome).toEqual({ kind: "not-answered", rang: true, cause: 19, sipCode: 480 });
  line.hangUp();
});

test("a frozen Asterisk is noticed; nobody is dialled then; thawed, its calls go on", async () => {
  const line = await bench.answered("100");
  process.kill(bench.ivr.pid, "SIGSTOP");
  try {
    await reaches("lost");
    expect(bench.telephone.ready).toBe(false);
    await expect(bench.dial("100")).rejects.toMatchObject({ code: "telephone_not_ready" });
  } finally {
    process.kill(bench.ivr.pid, "SIGCONT");
  }
  await reaches("ready");
  line.play("p", [{ prompt: "short", sound: "short" }]);
  const seen = await listen(line, 15_000, ({ kind }) => kind === "play-finished");
  expect(seen.at(-1)).toEqual({ kind: "play-finished", id: "p", complete: true });
  line.hangUp();
});

test("an Asterisk that answers and tells nothing any more is noticed, and its calls go on", async () => {
  const line = await bench.answered("100");
  const { app } = bench.connection;
  const filter = { allowed: ["RESTResponse", "ApplicationReplaced"].map((type) => ({ type })) };
  await bench.connection.operation("mute", (client) =>
    client.applications.filter({ applicationName: app, filter }),
  );
  expect(await line.inSight()).toBe(false);
  await reaches("lost");
  await reaches("ready");
  expect(await line.inSight()).toBe(true);
  line.play("p", [{ prompt: "short", sound: "short" }]);
  const seen = await listen(line, 15_000, ({ kind }) => kind === "play-finished");
  expect(seen.at(-1)).toEqual({ kind: "play-finished", id: "p", complete: true });
  line.hangUp();
});

test("kill -9 of Asterisk: its calls are lost, what rang is unknown, and the next Asterisk is used", async () => {
  const line = await bench.answered("100");
  const { outcome } = await ringing("102");
  const ended = new Promise<void>((resolve) => bench.ivr.onExit(resolve));
  process.kill(bench.ivr.pid, "SIGKILL");
  await ended;
  await bench.ivr.start();
  expect((await listen(line, 30_000)).at(-1)).toEqual({ kind: "lost", reason: "Asterisk was restarted" });
  expect(await outcome).toMatchObject({ kind: "unknown" });
  await reaches("ready");
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
  await listen(outcome.line, 15_000, ({ kind }) => kind === "talk-started");

  const second = connectTo(bench.ivr, first.connection.app);
  const found = second.telephone.takeUp({
    ...{ channelId, app: first.connection.app, node: "asterisk", wasUp: true, withinMs: 10_000 },
    onRinging: () => {},
  });
  await second.connection.start();
  const taken = await found;
  if (taken.kind !== "answered") throw new Error(taken.kind);
  expect(await taken.line.takeUpRecording(name, options)).toBe("running");
  const seen = await listen(taken.line, 15_000, ({ kind }) => kind === "talk-finished");
  expect(seen.map(({ kind }) => kind)).toEqual(["talk-started", "talk-finished"]);
  taken.line.stopRecording(name);
  const ended = await listen(taken.line, 15_000, ({ kind }) => kind === "recording-finished");
  expect(ended.at(-1)).toMatchObject({ kind: "recording-finished", name, failed: false });
  taken.line.hangUp();
  await listen(taken.line, 15_000);
  for (const { telephone, connection } of [first, second]) {
    telephone.close();
    await connection.stop();
  }
});

test("another instance under our name: we fall silent, and it ends the calls that nobody holds", async () => {
  const line = await bench.answered("100");
  const { outcome } = await ringing("102");
  const { connection, telephone } = connectTo(bench.ivr, bench.connection.app);
  await connection.start();
  await reaches("fenced");
  expect((await listen(line, 15_000)).at(-1)).toMatchObject({ kind: "lost" });
  expect(await outcome).toMatchObject({ kind: "unknown" });
  await expect.poll(() => channelsOf(connection)).toEqual([]);
  telephone.close();
  await connection.stop();
});
