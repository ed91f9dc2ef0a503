import { describe, expect, it } from "vitest";
import { readOutput } from "#speech/pocketsphinx-output.ts";

const segment = (t: string, b: number, d: number, p: number) => ({ b, d, p, t });
const printed = (...w: object[]) => `${JSON.stringify({ b: 0, d: 7.54, p: 0, t: "never read", w })}\n`;

describe("what pocketsphinx prints", () => {
  it("becomes words with times, without silences, noises and the marks of other pronunciations", () => {
    const output = printed(
      segment("<s>", 0, 0.15, 0.998),
      segment("the(2)", 0.15, 0.2, 0.5),
      segment("[NOISE]", 0.35, 0.1, 0.9),
      segment("nurses(2)", 0.45, 0.6, 1.0001),
      segment("<sil>", 1.05, 0.1, 1),
      segment("++breath++", 1.15, 0.1, 1),
      segment("</s>", 1.25, 0.04, 1),
    );
    const { text, words, confidence } = readOutput(output);
    expect(text).toBe("the nurses");
    expect(words).toEqual([
      { word: "the", fromMs: 150, toMs: 350, confidence: 0.5 },
      { word: "nurses", fromMs: 450, toMs: 1050, confidence: 1 },
    ]);
    expect(confidence).toBeCloseTo(0.875); // by duration: 0.2 s at 0.5, 0.6 s at 1
  });

  it("is taken without the zeros that slip into it", () => {
    expect(readOutput(printed(segment("good", 0, 1, 1)).replace("}]}", "\0}]}\0")).text).toBe("good");
  });

  it.each(["", "\0\n", printed(), printed(segment("<s>", 0, 1, 1))])("may hold no words: %j", (output) => {
    expect(readOutput(output)).toEqual({ text: "", words: [], confidence: null });
  });

  it.each(['{"w":[{"t":"secret words"}]}', '{"w":"secret words"}', "secret words", "null", '{"b":0}'])(
    "is refused, without a word of it in the error: %s",
    (output) => {
      const error = (() => {
        try {
          return readOutput(output);
        } catch (thrown) {
          return thrown;
        }
      })();
      expect(error).toMatchObject({ code: "speech_output_unreadable" });
      expect((error as Error).cause).toBeUndefined();
      expect((error as Error).stack).not.toContain("secret words");
    },
  );
});
