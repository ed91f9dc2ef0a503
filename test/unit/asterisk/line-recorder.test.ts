import { expect, it } from "vitest";
import { LineRecorder } from "#asterisk/line-recorder.ts";
import type { LineRequests } from "#asterisk/line-requests.ts";
import type { LineEvent } from "#call/line.ts";
import { systemClock } from "#lib/clock.ts";

const options = { limitMs: 180_000, silenceMs: 0, underPrompts: false };

/** The end of a recording taken up from a process that died, so much later; `meanwhile` comes just before it. */
async function endOfTakenUp(
  afterMs: number,
  meanwhile: (recorder: LineRecorder) => void | Promise<void> = () => {},
): Promise<LineEvent | undefined> {
  let nowMs = 0;
  const told: LineEvent[] = [];
  const requests = { send: async () => 200 } as unknown as LineRequests;
  const clock = { ...systemClock, monotonicMs: () => nowMs };
  const recorder = new LineRecorder("hb-1", requests, { clock, tell: (event) => void told.push(event) });
  expect(await recorder.takeUp("hb-1-1", options)).toBe("running");
  nowMs += afterMs;
  await meanwhile(recorder);
  const recording = { name: "hb-1-1", format: "alaw", state: "done", target_uri: "channel:hb-1" };
  recorder.take({ type: "RecordingFinished", timestamp: "2026-11-22T10:00:00.000+0000", recording } as never);
  return told[0];
}

it("one that ends as it is taken up may have been ended by a key that nobody of ours heard", async () => {
  expect(await endOfTakenUp(100)).toMatchObject({ kind: "recording-finished", sightLost: true });
});

it("one that ends later was heard to its end", async () => {
  expect(await endOfTakenUp(5_000)).not.toHaveProperty("sightLost");
});

it("one that ends after the connection was lost, before anybody has looked, may have lost its key with it", async () => {
  const told = await endOfTakenUp(5_000, (recorder) => recorder.outOfSight());
  expect(told).toMatchObject({ kind: "recording-finished", sightLost: true });
});

it("one begun since the connection was lost may be ended by a key of that time: it counts as long as one takes", async () => {
  const told = await endOfTakenUp(5_000, async (recorder) => {
    recorder.outOfSight();
    await recorder.resume();
    recorder.clear();
    recorder.start("hb-1-1", options);
  });
  expect(told).toMatchObject({ kind: "recording-finished", sightLost: true });
});

it("what is out of sight stays so until Asterisk has answered", async () => {
  const told: LineEvent[] = [];
  let answer: number | null = null;
  let nowMs = 0;
  const requests = { send: async () => answer } as unknown as LineRequests;
  const clock = { ...systemClock, monotonicMs: () => nowMs };
  const recorder = new LineRecorder("hb-1", requests, { clock, tell: (event) => void told.push(event) });
  const endAfter = (ms: number) => {
    nowMs += ms;
    recorder.endAll();
    return told.pop();
  };
  recorder.start("hb-1-1", options);
  recorder.outOfSight();
  await recorder.resume();
  expect(endAfter(5_000)).toMatchObject({ sightLost: true });
  answer = 200;
  recorder.start("hb-1-2", options);
  await recorder.resume();
  expect(endAfter(5_000)).not.toHaveProperty("sightLost");
});
