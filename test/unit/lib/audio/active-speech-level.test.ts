/** Against what ITU-T P.56 itself says of signals whose level is known without measuring. */
import { expect, it } from "vitest";
import { speechLevel } from "#lib/audio/active-speech-level.ts";

const rate = 8000;
const tone = (amplitude: number, seconds: number) =>
  Float32Array.from(
    { length: rate * seconds },
    (_, i) => amplitude * Math.sin((2 * Math.PI * 1000 * i) / rate),
  );
const silence = (seconds: number) => new Float32Array(rate * seconds);
const joined = (...parts: Float32Array[]) => Float32Array.from(parts.flatMap((part) => [...part]));

it("of a steady tone is its power: a sine as loud as can be stands at -3.01 dBov", () => {
  expect(speechLevel(tone(1, 10), rate).activeDb).toBeCloseTo(-3.01, 1);
  expect(speechLevel(tone(0.1, 10), rate)).toEqual({
    activeDb: expect.closeTo(-23.01, 1),
    activity: expect.closeTo(1, 2),
  });
});

it("does not count pauses longer than the hangover of 200 ms, and counts shorter ones", () => {
  const burst = tone(0.1, 1);
  const { activeDb, activity } = speechLevel(
    joined(...Array.from({ length: 10 }, () => [burst, silence(1)]).flat()),
    rate,
  );
  // each second of sound is active for some 1.2 to 1.3 s: the hangover, and the envelope's own fall
  expect(activity).toBeGreaterThan(0.6);
  expect(activity).toBeLessThan(0.66);
  expect(activeDb).toBeCloseTo(-23.01 + 10 * Math.log10(0.5 / activity), 2);
  const quick = speechLevel(joined(...Array.from({ length: 10 }, () => [burst, silence(0.1)]).flat()), rate);
  expect(quick.activity).toBeGreaterThan(0.99);
});

it("follows the gain, dB for dB, and not the sample rate", () => {
  const speech = joined(tone(0.2, 1), silence(0.5), tone(0.05, 1), silence(2));
  const [loud, soft] = [speech, speech.map((sample) => sample / 10)].map(
    (wave) => speechLevel(wave, rate).activeDb,
  );
  expect(loud! - soft!).toBeCloseTo(20, 0);
  expect(speechLevel(tone(0.2, 8), 16_000).activeDb).toBeCloseTo(-16.99, 1);
});

it("is none where nothing is to be heard", () => {
  expect(speechLevel(silence(2), rate).activeDb).toBe(Number.NEGATIVE_INFINITY);
  expect(speechLevel(new Float32Array(0), rate).activeDb).toBe(Number.NEGATIVE_INFINITY);
});
