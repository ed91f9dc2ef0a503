import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AmiMonitor } from "#asterisk/ami-monitor.ts";
import { dispositionOf } from "#asterisk/cause-codes.ts";
import { createRecordingSpool } from "#asterisk/recording-spool.ts";
import type { LineEvent } from "#call/line.ts";
import { findWithin } from "#lib/audio/correlation.ts";
import { decodeALaw } from "#lib/audio/g711.ts";
import { systemClock } from "#lib/clock.ts";
import { newName } from "#lib/ids.ts";
import { silentLogger } from "#lib/logger.ts";
import type { RecordingSpool } from "#recording/ports.ts";
import { type Bench, channelsOf, likenessOfHeard, listen, startBench } from "./asterisk-bench.ts";

let bench: Bench;
let spool: RecordingSpool;

beforeAll(async () => {
  bench = await startBench();
  spool = createRecordingSpool(bench.connection);
}, 120_000);
afterAll(() => bench?.stop());

const audioOf = async (name: string) => decodeALaw((await spool.read(name))!);

describe("dialling", () => {
  test.each([
    ["101", "busy", { rang: false, cause: 17, sipCode: 486 }],
    ["102", "no_answer", { rang: true, cause: 19, sipCode: 480 }],
    ["103", "no_answer", { rang: true, cause: 21, sipCode: 403 }],
    ["105", "congestion", { rang: false, cause: 34, sipCode: 503 }],
    ["106", "invalid_number", { rang: false, cause: 1, sipCode: 404 }],
  ])("person %s: %s", async (digits, disposition, answer) => {
    let rang = 0;
    const outcome = await bench.dial(digits, 2, () => rang++);
    expect(outcome).toEqual({ kind: "not-answered", ...answer });
    expect(rang).toBe(answer.rang ? 1 : 0);
    if (outcome.kind === "not-answered") expect(dispositionOf(outcome)).toBe(disposition);
  });

  test("an answered call is ours until we hang it up", async () => {
    let rang = 0;
    const outcome = await bench.dial("100", 20, () => rang++);
    if (outcome.kind !== "answered") throw new Error(outcome.kind);
    expect(rang).toBe(1);
    outcome.line.hangUp();
    expect(await listen(outcome.line, 15_000)).toEqual([{ kind: "hung-up", cause: 16, sipCode: null }]);
    await expect.poll(() => channelsOf(bench.connection)).toEqual([]);
  });
});

describe("a line", () => {
  test("plays pieces, is interrupted by the next, and takes every key", async () => {
    const line = await bench.answered("108");
    line.play("p1", [
      { prompt: "long", sound: "long" },
      { pauseMs: 500 },
      { prompt: "short", sound: "short" },
    ]);
    const first = await listen(line, 15_000, ({ kind }) => kind === "key");
    expect(first.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["play-started", "key"]));
    line.stopPlaying("p1");
    line.play("p2", [{ prompt: "short", sound: "short" }]);
    const rest = await listen(line, 15_000, (event) => event.kind === "key" && event.digit === "#");
    const isOver = (event: LineEvent) => event.kind === "play-finished" && event.id === "p2";
    if (!rest.some(isOver)) rest.push(...(await listen(line, 15_000, isOver)));
    rest.push(...(await listen(line, 500)));
    line.hangUp();
    const of = (kind: string) => [...first, ...rest].filter((event) => event.kind === kind);
    expect(of("key").map((event) => "digit" in event && event.digit)).toEqual([..."15*0#"]);
    expect(of("play-finished")).toEqual([
      { kind: "play-finished", id: "p1", complete: false },
      { kind: "play-finished", id: "p2", complete: true },
    ]);
  });

  test("a prompt that is not there ends at once, incomplete", async () => {
    const line = await bench.answered("100");
    line.play("p1", [{ prompt: "no-such-prompt", sound: "no-such-prompt" }]);
    const seen = await listen(line, 15_000, ({ kind }) => kind === "play-finished");
    expect(seen.at(-1)).toEqual({ kind: "play-finished", id: "p1", complete: false });
    line.hangUp();
  });

  test("records what was said, whole, and plays it back", async () => {
    const line = await bench.answered("120");
    const name = `hb-${newName("r")}`;
    line.startRecording(name, { limitMs: 20_000, silenceMs: 2_000, underPrompts: false });
    const seen = await listen(line, 15_000, ({ kind }) => kind === "recording-finished");
    expect(seen.at(-1)).toEqual({ kind: "recording-finished", name, endedBySilence: true, failed: false });
    expect(seen.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["talk-started", "talk-finished"]));
    expect(findWithin(bench.story, await audioOf(name)).correlation).toBeGreaterThan(0.99);
    expect(await spool.list()).toContain(name);
    line.play("again", [{ recording: name }]);
    const played = await listen(line, 15_000, ({ kind }) => kind === "play-finished");
    expect(played.at(-1)).toEqual({ kind: "play-finished", id: "again", complete: true });
    line.hangUp();
    await spool.remove(name);
    await spool.remove(name);
    expect(await spool.read(name)).toBeNull();
  });

  test("speaks over a recording, which holds the person's voice whole and nothing of ours", async () => {
    const line = await bench.answered("120");
    const name = `hb-${newName("r")}`;
    line.startRecording(name, { limitMs: 20_000, silenceMs: 0, underPrompts: true });
    await wait(1_000);
    line.play("nudge", [{ prompt: "short", sound: "short" }]);
    const said = await listen(line, 15_000, ({ kind }) => kind === "play-finished");
    expect(said.at(-1)).toEqual({ kind: "play-finished", id: "nudge", complete: true });
    await wait(4_500);
    line.stopRecording(name);
    const ended = await listen(line, 15_000, ({ kind }) => kind === "recording-finished");
    expect(ended.at(-1)).toEqual({ kind: "recording-finished", name, endedBySilence: false, failed: false });
    line.hangUp();
    await listen(line, 15_000);
    const recorded = await audioOf(name);
    expect(findWithin(bench.story, recorded).correlation).toBeGreaterThan(0.99);
    expect(findWithin(bench.prompts.short, recorded).correlation).toBeLessThan(0.4);
    // Which prompt it is, not how smoothly: what is whispered slips a frame where the processor is short.
    await expect.poll(() => likenessOfHeard(bench, bench.prompts.short)).toBeGreaterThan(0.5);
  });

  test("hanging up in the middle of a recording keeps what was said, and tells so before the end", async () => {
    const line = await bench.answered("121");
    const name = `hb-${newName("r")}`;
    line.startRecording(name, { limitMs: 20_000, silenceMs: 0, underPrompts: false });
    const seen = await listen(line, 20_000);
    expect(seen.slice(-2)).toEqual([
      { kind: "recording-finished", name, endedBySilence: false, failed: false, hungUp: true },
      { kind: "hung-up", cause: 16, sipCode: null },
    ]);
    expect(findWithin(bench.story, await audioOf(name)).correlation).toBeGreaterThan(0.99);
  });

  test("hanging up in the middle of a prompt is told as what cut it off", async () => {
    const line = await bench.answered("121");
    const long = { prompt: "long", sound: "long" };
    line.play("p1", [long, long, long]);
    const seen = await listen(line, 25_000);
    expect(seen.slice(-2)).toEqual([
      { kind: "play-finished", id: "p1", complete: false, hungUp: true },
      { kind: "hung-up", cause: 16, sipCode: null },
    ]);
  });

  test("records behind what is being played, by itself; asked to stop before that, it stops when it begins", async () => {
    const line = await bench.answered("100");
    const name = `hb-${newName("r")}`;
    line.play("p", [{ prompt: "short", sound: "short" }]);
    line.startRecording(name, { limitMs: 20_000, silenceMs: 0, underPrompts: false });
    const begun = await listen(line, 15_000, ({ kind }) => kind === "play-started");
    line.stopRecording(name);
    const seen = await listen(line, 15_000, ({ kind }) => kind === "recording-finished");
    expect([...begun, ...seen]).toEqual([
      { kind: "play-started", id: "p" },
      { kind: "play-finished", id: "p", complete: true },
      { kind: "recording-started", name },
      { kind: "recording-finished", name, endedBySilence: false, failed: false },
    ]);
    line.hangUp();
  });

  test("a # ends a recording, though nobody of ours asks for it", async () => {
    const line = await bench.answered("108");
    const name = `hb-${newName("r")}`;
    line.startRecording(name, { limitMs: 20_000, silenceMs: 0, underPrompts: false });
    const seen = await listen(line, 15_000, ({ kind }) => kind === "recording-finished");
    expect(seen.slice(-2)).toEqual([
      { kind: "key", digit: "#", atMs: expect.any(Number) },
      { kind: "recording-finished", name, endedBySilence: false, failed: false },
    ]);
    line.hangUp();
  });

  test("the same name twice is refused, so that no story is written over", async () => {
    const line = await bench.answered("100");
    const name = `hb-${newName("r")}`;
    line.startRecording(name, { limitMs: 1_000, silenceMs: 0, underPrompts: false });
    await listen(line, 15_000, ({ kind }) => kind === "recording-finished");
    line.startRecording(name, { limitMs: 1_000, silenceMs: 0, underPrompts: false });
    const [again] = await listen(line, 15_000, ({ kind }) => kind === "recording-finished");
    expect(again).toMatchObject({ name, failed: true });
    line.hangUp();
  });

  test.each(["130", "131", "132", "133"])("hears the beep of machine %s, soon", async (digits) => {
    const line = await bench.answered(digits);
    const startedAt = performance.now();
    const seen = await listen(line, 15_000, ({ kind }) => kind === "tone");
    const heardMs = performance.now() - startedAt;
    console.log(`machine ${digits}, which beeps after 2 s: heard after ${Math.round(heardMs)} ms`);
    expect(seen.at(-1)).toEqual({ kind: "tone" });
    expect(heardMs).toBeLessThan(6_000);
    line.hangUp();
  });

  test("takes a voice for talk and for no beep", async () => {
    const line = await bench.answered("120");
    const seen: LineEvent[] = [];
    // Where the machine stands still in the middle of it, it is heard as two talks.
    for (
      let more = await listen(line, 15_000, ({ kind }) => kind === "talk-finished");
      more.length > 0;
      more = await listen(line, 2_000)
    )
      seen.push(...more);
    const kinds = seen.map(({ kind }) => kind);
    expect([kinds[0], kinds.at(-1)]).toEqual(["talk-started", "talk-finished"]);
    expect(kinds).not.toContain("tone");
    const at = (event?: LineEvent) => (event && "atMs" in event ? event.atMs : Number.NaN);
    const talkMs = at(seen.at(-1)) - at(seen[0]);
    console.log(`a voice of 5 s: ${kinds.length / 2} talk(s), ${Math.round(talkMs)} ms`);
    expect(talkMs).toBeGreaterThan(4_000);
    expect(talkMs).toBeLessThan(8_000);
    line.hangUp();
  });
});

test("AMI tells health, reloads one module, and its two users can do no more", async () => {
  const { health, release } = bench.ivr.amiUsers;
  const monitor = new AmiMonitor({
    ...{ host: "127.0.0.1", port: bench.ivr.amiPort, clock: systemClock, logger: silentLogger },
    health: { user: health.user, secret: health.password },
    release: { user: release.user, secret: release.password },
  });
  monitor.start();
  await expect
    .poll(() => monitor.health())
    .toMatchObject({ connected: true, calls: expect.any(Number), startedAt: expect.any(Date) });
  expect(Math.abs(Date.now() - monitor.health().startedAt!.getTime())).toBeLessThan(600_000);
  await monitor.reload("pbx_config.so");
  await expect(monitor.reload("x\r\n\r\nAction: Command")).rejects.toMatchObject({ code: "ami_refused" });
  await monitor.stop();
});
