import { expect, test } from "vitest";
import { bringDownHiss } from "#lib/audio/hiss.ts";
import { resample } from "#lib/audio/resample.ts";

const RATE = 16_000;
const tone = (hertz: number) =>
  Float32Array.from({ length: RATE / 2 }, (_, i) => 0.1 * Math.sin((2 * Math.PI * hertz * i) / RATE));

function level(samples: Float32Array): number {
  const middle = samples.subarray(samples.length / 4, (samples.length * 3) / 4);
  return Math.sqrt(middle.reduce((sum, s) => sum + s * s, 0) / middle.length);
}

const added = (one: Float32Array, half: Float32Array) => one.map((s, i) => s + half[i]! / 2);
const onTelephone = (samples: Float32Array) => resample(samples, RATE, 8000);

test("hiss above the telephone band is heard in it", () => {
  expect(level(onTelephone(tone(6000)))).toBeLessThan(0.001);
  expect(level(onTelephone(bringDownHiss(tone(6000), RATE)))).toBeGreaterThan(0.05);
});

test("a voice is left as it is", () => {
  const voice = added(tone(300), tone(2000));
  const heard = bringDownHiss(voice, RATE);
  expect(heard.every((s, i) => Math.abs(s - voice[i]!) < 1e-6)).toBe(true);
});

test("a voice with some hiss is left as it is", () => {
  const voice = tone(300);
  const mixed = added(voice, tone(6000));
  expect(level(onTelephone(bringDownHiss(mixed, RATE)))).toBeCloseTo(level(onTelephone(voice)), 3);
});
