import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { encodeALaw } from "#lib/audio/g711.ts";
import { readWav } from "#lib/audio/wav.ts";
import { dramaNumber, mostNumbers } from "#rehearsal/drama-numbers.ts";
import { frameBytes, readMark, storyFrames } from "#rehearsal/far-end/marked-story.ts";
import type { RtpHead } from "#rehearsal/far-end/rtp-packet.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { Jitter, quantileOfCounts } from "../../bench/calls/jitter.ts";
import { likeness } from "../../bench/calls/kept.ts";
import { indexOf, ratingOf, storyTagOf } from "../../bench/calls/numbers.ts";
import { writeBenchPrompts } from "../../bench/calls/prompts.ts";
import { figuresOf, graceMs, held, makeRateStep, peakOrderOf } from "../../bench/calls/set-up-rate.ts";
import { type CallTimes, SurveyCall } from "../../bench/calls/survey-call.ts";
import { handsetPauseMs } from "../../bench/calls/the-call.ts";

const head = (sequence: number, more: Partial<RtpHead> = {}): RtpHead => ({
  ...{ payloadType: 8, marker: false, source: 1, sequence, timestamp: sequence * 160 },
  ...more,
});

test("jitter is by how much a packet came earlier or later than its timestamp says", () => {
  const jitter = new Jitter();
  jitter.note({ head: head(1), atMs: 100 }, { head: head(2), atMs: 120.5 });
  jitter.note({ head: head(2), atMs: 120 }, { head: head(3), atMs: 155 });
  jitter.note({ head: head(3), atMs: 155 }, { head: head(4), atMs: 160.4 });
  expect(jitter.counts[0]).toBe(1);
  expect(jitter.counts[15]).toBe(1);
  expect(jitter.counts[14]).toBe(1);
  expect(jitter.lost).toBe(0);
  expect(quantileOfCounts(jitter.counts, 1)).toBe(16);
  expect(quantileOfCounts(jitter.counts, 0.33)).toBe(1);
  expect(quantileOfCounts([], 0.5)).toBeNaN();
});

test("packets that never came are counted, also where the numbers begin again; a new talkspurt is no jitter", () => {
  const jitter = new Jitter();
  jitter.note({ head: head(65_534), atMs: 0 }, { head: head(1, { timestamp: 65_537 * 160 }), atMs: 60 });
  expect(jitter.lost).toBe(2);
  expect(jitter.counts[0]).toBe(1);
  jitter.note({ head: head(1), atMs: 0 }, { head: head(2, { marker: true }), atMs: 900 });
  jitter.note({ head: head(1), atMs: 0 }, { head: head(2, { source: 2 }), atMs: 900 });
  expect(jitter.counts.reduce((sum, count) => sum + count)).toBe(1);
});

test("every person is known by their number, whatever is before it, and the rating by the person", () => {
  for (const index of [0, 7, 999, 1_000, 1_999]) expect(indexOf(dramaNumber(index))).toBe(index);
  expect(dramaNumber(mostNumbers + 3)).toBe(dramaNumber(3));
  expect(ratingOf(mostNumbers + 3)).toBe(ratingOf(3));
  expect(indexOf("+441632970001")).toBeNull();
  expect(new Set(Array.from({ length: mostNumbers }, (_, i) => storyTagOf(i))).size).toBe(mostNumbers);
});

test("each 20 ms of a prompt, as Asterisk plays it from A-law, says which it is", () => {
  const folder = mkdtempSync(join(tmpdir(), "hearback-bench-prompts-"));
  try {
    const { tags, lengths, lastLoud } = writeBenchPrompts(folder);
    const codes = encodeALaw(readWav(readFileSync(join(folder, "en-GB/hello.wav"))).samples);
    const frames = codes.length / frameBytes;
    expect(frames).toBe(lengths.hello);
    const marks = Array.from({ length: frames }, (_, i) => readMark(codes, i * frameBytes));
    expect(marks).toEqual(marks.map((_, index) => ({ tag: tags.hello, index })));
    expect(lastLoud.hello).toBeLessThan(frames);
    expect(lastLoud.hello).toBeGreaterThan(frames / 3);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the handset's pause is the same for Hearback and the dialplan", () => {
  const fileOf = (name: string) => readFileSync(repositoryFile(`test/bench/calls/${name}`), "utf8");
  expect(fileOf("flows/fft.yaml")).toContain(`handsetPauseMs: ${handsetPauseMs}\n`);
  const waits = [...fileOf("extensions.conf").matchAll(/Wait\(([\d.]+)\)/g)].map(
    ([, s]) => Number(s) * 1_000,
  );
  expect(waits, "after the key, and after the #").toEqual([handsetPauseMs, handsetPauseMs]);
});

const step = (ordered: number, perSecond: number, wrong = 0) => ({
  ...{ ordered, perSecond, wrong, failure: null },
});

test("a peak is ordered at a share of what the ramp held, and at what England needs where it held less", () => {
  expect(peakOrderOf([step(25, 25), step(50, 48), step(70, 52)])).toBe(40);
  expect(peakOrderOf([step(25, 25), step(50, 50, 1)])).toBe(25);
  expect(peakOrderOf([step(25, 12)])).toBe(25);
});

const rateOrder = (signal = new AbortController().signal) => ({ ordered: 10, seconds: 8, signal });
/** 80 calls, ten a second, of which so many are answered so much later. */
const madeCalls = (late: number, byMs: number) => async () => ({
  answered: Array.from({ length: 80 }, (_, i) => ({
    answeredAtMs: 5_000_000 + i * 100 + (i >= 80 - late ? byMs : 0),
  })),
  rated: 80,
});

test("a pace at which calls do not come to an end is one that failed, and says why; an interruption is none", async () => {
  const fail = async () => {
    throw new Error("only 79 of 80 calls came to the far end");
  };
  const failed = await makeRateStep(rateOrder(), fail);
  expect(failed).toEqual({
    ...{ ordered: 10, perSecond: 0, wrong: 80, failure: "only 79 of 80 calls came to the far end" },
  });
  expect(held(failed)).toBe(false);
  await expect(makeRateStep(rateOrder(AbortSignal.abort(new Error("interrupted"))), fail)).rejects.toThrow(
    "interrupted",
  );
});

test("a pace holds where 19 of 20 are answered in time, however late the others are", async () => {
  const made = (late: number, byMs: number) => makeRateStep(rateOrder(), madeCalls(late, byMs));
  expect(await made(0, 0)).toMatchObject({ perSecond: 10, wrong: 0 });
  expect((await made(1, graceMs)).perSecond, "in time by the grace").toBe(10);
  const straggler = await made(1, 20_000);
  expect(straggler.perSecond).toBe(79 / 8);
  expect(held(straggler)).toBe(true);
  expect([held(await made(4, 20_000)), held(await made(5, 20_000))]).toEqual([true, false]);
  const wrong = await makeRateStep(rateOrder(), async () => ({ ...(await madeCalls(0, 0)()), rated: 79 }));
  expect([wrong.wrong, held(wrong)]).toEqual([1, false]);
});

test("the most that was set up is of paces that held", () => {
  const mostOf = (...steps: Parameters<typeof figuresOf>[0]) =>
    figuresOf(steps, step(25, 25), 600, false)[0]!.value;
  expect(mostOf(step(25, 25), step(35, 34), step(50, 44))).toBe(34);
  expect(mostOf(step(25, 25), step(35, 35, 1))).toBe(25);
  expect(mostOf(step(25, 20))).toBe(0);
});

test("who heard nothing but silence has no times, and no whole call", () => {
  let told: CallTimes | null = null;
  const prompts = { folder: "", tags: {}, lastLoud: {}, lengths: {} };
  const call = new SurveyCall(4, { prompts, storyMs: 8_000, pressAfterMs: 500 }, new Jitter(), (times) => {
    told = times;
  });
  call.answered({ press: () => {}, say: () => {}, hangUp: () => {} });
  call.hears(new Uint8Array(frameBytes).fill(0xd5), head(1));
  call.over();
  expect(told).toMatchObject({ index: 4, firstSoundMs: null, keyToPromptMs: null, whole: false });
});

test("a kept story is like what was told in so far as it is that, in its place", () => {
  const told = Buffer.concat(storyFrames(storyTagOf(5), 100));
  const silence = new Uint8Array(1_234).fill(0xd5);
  const like = (kept: Uint8Array, index = 5) => likeness(kept, storyTagOf(index), 100);
  expect(like(Buffer.concat([silence, told, silence]))).toBeCloseTo(1, 6);
  expect(like(told.subarray(10 * frameBytes)), "its beginning is missing").toBeLessThan(0.99);
  const hole = Buffer.from(told).fill(0xd5, 40 * frameBytes, 50 * frameBytes);
  expect(like(hole)).toBeLessThan(0.99);
  const slipped = Buffer.concat([told.subarray(0, 50 * frameBytes), told.subarray(51 * frameBytes)]);
  expect(like(slipped), "20 ms are missing in the middle").toBeLessThan(0.9);
  expect(like(told, 6), "another's").toBe(0);
  expect(like(silence)).toBe(0);
});
