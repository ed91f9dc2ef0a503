import { describe, expect, it } from "vitest";
import { piecesOf, soundOf, toStoryMs } from "#transcript/speech-pieces.ts";

describe("what an engine is given of a story", () => {
  it("is the speech with a second and a half around it, so that no word's end is lost", () => {
    const segments = [
      { fromMs: 2000, toMs: 3000 },
      { fromMs: 5900, toMs: 6500 },
      { fromMs: 12_000, toMs: 12_500 },
    ];
    expect(piecesOf(segments, 13_000)).toEqual([
      [
        { fromMs: 500, toMs: 8000 },
        { fromMs: 10_500, toMs: 13_000 },
      ],
    ]);
  });

  it("comes in pieces of half a minute at the most, cut in the longest pause where there is one", () => {
    const segments = [
      { fromMs: 0, toMs: 12_000 },
      { fromMs: 12_200, toMs: 21_000 },
      { fromMs: 22_000, toMs: 29_000 },
      { fromMs: 29_300, toMs: 45_000 },
    ];
    const pieces = piecesOf(segments, 45_000);
    expect(pieces).toEqual([[{ fromMs: 0, toMs: 21_500 }], [{ fromMs: 21_500, toMs: 45_000 }]]);
    const endless = piecesOf([{ fromMs: 0, toMs: 70_000 }], 70_000);
    expect(endless.flat().map(({ fromMs, toMs }) => toMs - fromMs)).toEqual([30_000, 30_000, 10_000]);
  });

  it("comes in longer pieces where the engine takes them", () => {
    const segments = [
      { fromMs: 0, toMs: 28_000 },
      { fromMs: 28_900, toMs: 50_000 },
      { fromMs: 51_800, toMs: 79_000 },
    ];
    expect(piecesOf(segments, 80_000, 55_000)).toEqual([
      [{ fromMs: 0, toMs: 50_900 }],
      [{ fromMs: 50_900, toMs: 80_000 }],
    ]);
  });

  it("has the story's samples, and its times are found again in the story", () => {
    const samples = Int16Array.from({ length: 8 * 3000 }, (_, i) => Math.floor(i / 8)); // each sample tells its ms
    const piece = [
      { fromMs: 500, toMs: 1000 },
      { fromMs: 2000, toMs: 2600 },
    ];
    const sound = soundOf(samples, piece);
    expect(sound).toHaveLength(8 * 1100);
    for (const ms of [0, 250, 499, 501, 800, 1099]) expect(toStoryMs(piece, ms)).toBe(sound[ms * 8]);
    expect(toStoryMs(piece, 9999)).toBe(2600);
  });
});
