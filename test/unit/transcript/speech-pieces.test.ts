import { describe, expect, it } from "vitest";
import { LONGEST_PIECE_MS, piecesOf, soundOf, toStoryMs } from "#transcript/speech-pieces.ts";

describe("what an engine is given of a story", () => {
  it("is the speech with 300 ms around it, in one piece", () => {
    const segments = [
      { fromMs: 100, toMs: 1000 },
      { fromMs: 1400, toMs: 2000 },
      { fromMs: 5000, toMs: 5900 },
    ];
    expect(piecesOf(segments, 6000)).toEqual([
      [
        { fromMs: 0, toMs: 2300 },
        { fromMs: 4700, toMs: 6000 },
      ],
    ]);
  });

  it("comes in pieces of half a minute at the most, cut in pauses where there are any", () => {
    const segments = [0, 1, 2].map((n) => ({ fromMs: n * 20_000 + 1000, toMs: n * 20_000 + 13_000 }));
    expect(piecesOf(segments, 60_000).map((piece) => piece.length)).toEqual([2, 1]);
    const long = piecesOf([{ fromMs: 0, toMs: 70_000 }], 70_000);
    expect(long.flat()).toHaveLength(3);
    expect(long.flat().every(({ fromMs, toMs }) => toMs - fromMs <= LONGEST_PIECE_MS)).toBe(true);
    expect([long[0]![0]!.fromMs, long.at(-1)!.at(-1)!.toMs]).toEqual([0, 70_000]);
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
