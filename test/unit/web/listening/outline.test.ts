import { describe, expect, it } from "vitest";
import { levelsOf, outlinePath, silencesOf } from "#web/room/listening/outline.ts";

/** Seconds of a tone, by loudness from 0 to 1, at 8000 samples a second. */
const sound = (...parts: [seconds: number, loudness: number][]) => ({
  rate: 8000,
  samples: Int16Array.from(
    parts.flatMap(([seconds, loudness]) =>
      Array.from({ length: seconds * 8000 }, (_, i) => 32_767 * loudness * Math.sin(i / 3)),
    ),
  ),
});

describe("the outline of a story", () => {
  it("has twenty levels a second, up to 255", () => {
    const levels = levelsOf(sound([1, 0.25], [0.5, 1], [0.5, 0]));
    expect(levels.length).toBe(40);
    expect([levels[0], levels[19], levels[25], levels[35]]).toEqual([127, 127, 255, 0]);
  });

  it("takes what is left over at the end, and nothing at all", () => {
    expect(levelsOf({ rate: 8000, samples: new Int16Array(401) }).length).toBe(2);
    expect(levelsOf({ rate: 8000, samples: new Int16Array(0) }).length).toBe(0);
    expect(outlinePath(new Uint8Array(0))).toBe("");
    expect(silencesOf(new Uint8Array(0))).toEqual([]);
  });

  it("tells where nobody speaks for a second or longer, also over a noisy line", () => {
    const levels = levelsOf(sound([2, 0.2], [0.8, 0.002], [1, 0.2], [3, 0.004], [1, 0.3]));
    expect(silencesOf(levels)).toEqual([{ fromMs: 3800, toMs: 6800 }]);
  });

  it("is drawn with 300 bars at most, the loudest as high as the box", () => {
    const bars = outlinePath(levelsOf(sound([30, 0.5]))).match(/M/g);
    expect(bars?.length).toBe(300);
    expect(outlinePath(Uint8Array.of(0, 128, 64))).toContain("v96h");
  });
});
