import { beforeEach, describe, expect, it } from "vitest";
import { LineTimes } from "#call/line-times.ts";

const told: string[] = [];
const times = () =>
  new LineTimes(
    {
      firstAudio: (ms) => told.push(`first audio ${ms}`),
      silent: (id) => told.push(`silent ${id}`),
      takenOver: (id, ms) => told.push(`taken over ${id} ${ms}`),
      keyToPrompt: (ms) => told.push(`key ${ms}`),
    },
    "a1",
    1_000,
  );
beforeEach(() => {
  told.length = 0;
});

describe("the first sound", () => {
  it("is measured from the answer, once", () => {
    const call = times();
    call.began("p1", 1_080);
    call.began("p2", 9_000);
    call.ended(60_000);
    expect(told).toEqual(["first audio 80"]);
  });

  it("that comes after two seconds makes a silent call", () => {
    const call = times();
    call.began("p1", 3_001);
    call.ended(4_000);
    expect(told).toEqual(["first audio 2001", "silent a1"]);
    expect(call.silent).toBe(true);
  });

  it("that never comes makes one too", () => {
    times().ended(3_001);
    expect(told).toEqual(["silent a1"]);
  });

  it("is not missed by whoever hung up before", () => {
    const call = times();
    call.ended(2_900);
    expect(told).toEqual([]);
    expect(call.silent).toBe(false);
  });

  it("that never came because the call broke on our side makes a silent call at once", () => {
    const call = times();
    call.ended(1_500, { ours: true });
    expect(told).toEqual(["silent a1"]);
    expect(call.silent).toBe(true);
  });
});

describe("what follows a key", () => {
  it("is measured from the key to the sound that was begun after it", () => {
    const call = times();
    call.playing("p1");
    call.began("p1", 1_100);
    call.keyTaken(5_000);
    call.playing("p2");
    call.playing("p3");
    call.began("p2", 5_650);
    call.began("p3", 7_000);
    expect(told).toEqual(["first audio 100", "key 650"]);
  });

  it("is not what was begun before it", () => {
    const call = times();
    call.playing("p1");
    call.keyTaken(1_200);
    call.began("p1", 1_300);
    expect(told).toEqual(["first audio 300"]);
  });
});
