import { describe, expect, it } from "vitest";
import { type Played, unheardIn } from "#asterisk/unheard.ts";

const files: Record<string, { lengthMs: number; readable: boolean }> = {
  "s-hello": { lengthMs: 800, readable: true },
  "s-welcome": { lengthMs: 4_000, readable: true },
  "s-day": { lengthMs: 400, readable: true },
  "s-secret": { lengthMs: 900, readable: false },
};
const asked = (...prompts: string[]) => prompts.map((prompt) => ({ prompt, sound: `s-${prompt}` }));
const of = (played: Partial<Played>) =>
  unheardIn(
    { asked: [], expectedMs: 0, lastedMs: 0, failed: false, ...played },
    (sound) => files[sound] ?? null,
  );
const none = { prompts: [], proven: false };

describe("prompts that were not heard", () => {
  it("are none where all lasted as long as it should, give or take a frame each", () => {
    const list = { asked: asked("hello", "welcome", "day"), expectedMs: 5_200 };
    for (const lastedMs of [5_200, 5_140, 5_000, 9_000]) expect(of({ ...list, lastedMs })).toEqual(none);
  });

  it("are those whose file is not there, wherever in the list, and whatever the clocks say", () => {
    const list = { asked: asked("hello", "gone", "day"), expectedMs: 1_200, lastedMs: 1_200 };
    expect(of(list)).toEqual({ prompts: ["gone"], proven: true });
    expect(of({ ...list, expectedMs: null, lastedMs: null })).toEqual({ prompts: ["gone"], proven: true });
  });

  it("are those that Asterisk may not read, where it was too short; all, where nobody can say which", () => {
    const list = { asked: asked("hello", "secret", "welcome"), expectedMs: 5_700, lastedMs: 4_800 };
    expect(of(list)).toEqual({ prompts: ["secret"], proven: true });
    expect(of({ ...list, lastedMs: 5_700 })).toEqual(none);
    expect(of({ asked: asked("hello", "welcome"), expectedMs: 4_800, lastedMs: 800 })).toEqual({
      ...{ prompts: ["hello", "welcome"], proven: false },
    });
  });

  it("are all where it failed, also where it never began", () => {
    expect(of({ asked: asked("hello"), expectedMs: 800, lastedMs: null, failed: true })).toEqual({
      ...{ prompts: ["hello"], proven: false },
    });
  });

  it("are not told by a length that nobody knows, as where a story is played back", () => {
    expect(of({ asked: asked("hello"), expectedMs: null, lastedMs: 10 })).toEqual(none);
  });
});
