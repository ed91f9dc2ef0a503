/** What every SpeechEngine must do. `sentence` is spoken; give what an engine at its worst must still hear of it. */
import { describe, expect, it } from "vitest";
import type { SpeechEngine } from "#transcript/ports.ts";

export interface SpokenSentence {
  /** 16-bit at 8000 Hz. */
  samples: Int16Array;
  words: readonly string[];
}

export function speechEngineContract(
  name: string,
  engine: () => SpeechEngine,
  sentence: () => SpokenSentence,
): void {
  describe(`a speech engine: ${name}`, () => {
    const patient = () => new AbortController().signal;

    it("has a name and a model to be kept with its words", () => {
      expect(engine().name).toMatch(/^[a-z0-9-]+$/);
      expect(engine().model).not.toBe("");
      expect(typeof engine().rough).toBe("boolean");
    });

    it("hears words, in order, within the sound, each with its confidence or none", async () => {
      const { samples, words: said } = sentence();
      const { text, words, confidence } = await engine().transcribe(samples, patient());
      for (const word of said) expect(text.toLowerCase()).toContain(word);
      let last = 0;
      for (const { fromMs, toMs, confidence: one } of words) {
        expect(fromMs).toBeGreaterThanOrEqual(last);
        expect(toMs).toBeGreaterThan(fromMs);
        if (one !== null) expect(one >= 0 && one <= 1).toBe(true);
        last = fromMs;
      }
      expect(last).toBeLessThanOrEqual(samples.length / 8);
      expect(words.map(({ word }) => word).join(" ")).not.toMatch(/[<>[\]()\0]/);
      if (confidence !== null) expect(confidence > 0 && confidence <= 1).toBe(true);
    });

    it("answers with no words to no sound", async () => {
      const { text, words } = await engine().transcribe(new Int16Array(0), patient());
      expect([text, words]).toEqual(["", []]);
    });

    it("answers several at once, each with its own", async () => {
      const { samples } = sentence();
      const half = samples.slice(0, samples.length / 2);
      const [whole, part] = await Promise.all([
        engine().transcribe(samples, patient()),
        engine().transcribe(half, patient()),
      ]);
      expect(whole.words.length).toBeGreaterThan(part.words.length);
    });

    it("stops at once when told to, whether it works, waits or has not begun", async () => {
      const stop = new AbortController();
      const { samples } = sentence();
      const hearing = [1, 2, 3].map(() => engine().transcribe(samples, stop.signal));
      const settled = Promise.allSettled(hearing);
      let stoppedAt = Number.NaN;
      setTimeout(() => {
        stoppedAt = performance.now();
        stop.abort();
      }, 100);
      expect((await settled).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
      const stopMs = performance.now() - stoppedAt;
      console.log(`${name} stops in ${Math.round(stopMs)} ms`);
      expect(stopMs).toBeLessThan(8_000);
      await expect(engine().transcribe(samples, stop.signal)).rejects.toThrow();
      expect((await engine().transcribe(new Int16Array(0), patient())).text).toBe("");
    });
  });
}
