import { expect, it } from "vitest";
import { readAnyWav, toMono } from "#lib/audio/any-wav.ts";
import { clippedPlaces } from "#lib/audio/clipping.ts";
import { encodeALaw, encodeMuLaw } from "#lib/audio/g711.ts";
import { wavOf } from "../../../support/wavs.ts";

const sine = Float32Array.from({ length: 441 }, (_, i) => 0.5 * Math.sin((2 * Math.PI * 300 * i) / 44_100));

const furthest = (one: Float32Array, other: Float32Array) =>
  one.reduce((most, sample, i) => Math.max(most, Math.abs(sample - (other[i] ?? 9))), 0);

it.each<[string, number, number, number]>([
  ["8 bits", 1, 8, 0.01],
  ["16 bits", 1, 16, 1e-4],
  ["24 bits", 1, 24, 1e-6],
  ["32 bits", 1, 32, 1e-6],
  ["32 bits floating", 3, 32, 1e-6],
  ["64 bits floating", 3, 64, 1e-6],
])("reads %s of three channels", (_, code, bits, near) => {
  const channels = [sine, sine.map((sample) => -sample), sine.map((sample) => sample / 4)];
  const read = readAnyWav(wavOf({ code, bits, sampleRate: 44_100, channels }));
  expect(read.sampleRate).toBe(44_100);
  expect(read.channels.map((channel, i) => furthest(channel, channels[i]!) < near)).toEqual([
    true,
    true,
    true,
  ]);
});

it.each([
  ["A-law", 6, encodeALaw],
  ["mu-law", 7, encodeMuLaw],
])("reads %s", (_, code, encode) => {
  const codes = encode(Int16Array.from(sine, (sample) => sample * 32_767));
  const read = readAnyWav(wavOf({ code, bits: 8, sampleRate: 8000, channels: [], data: codes }, 1));
  expect(furthest(read.channels[0]!, sine)).toBeLessThan(0.02);
});

it("reads what stands behind other chunks, in an extensible heading, and was never finished", () => {
  const whole = wavOf({
    code: 1,
    bits: 16,
    sampleRate: 8000,
    channels: [sine],
    extensible: true,
    list: true,
    unfinished: true,
  });
  expect(readAnyWav(whole).channels[0]).toHaveLength(441);
});

it.each([
  ["no WAV file", Buffer.from("ID3 and so on, an MP3")],
  ["no sound in it", wavOf({ code: 1, bits: 16, sampleRate: 8000, channels: [sine] }).subarray(0, 36)],
  ["not known", wavOf({ code: 85, bits: 16, sampleRate: 8000, channels: [sine] })],
  ["more than can be read", wavOf({ code: 1, bits: 16, sampleRate: 1, channels: [sine] })],
])("tells of %s", (what, bytes) => {
  expect(() => readAnyWav(bytes)).toThrow(what);
});

it("makes one channel of many: silent ones count for nothing, and two that wipe each other out do not", () => {
  const silent = new Float32Array(441);
  const against = sine.map((sample) => -sample);
  const mono = (...channels: Float32Array[]) => toMono({ sampleRate: 44_100, channels });
  expect(furthest(mono(silent, sine), sine)).toBe(0);
  expect(furthest(mono(sine, sine), sine)).toBeLessThan(1e-6);
  expect(furthest(mono(sine, against), sine)).toBe(0);
});

it("hears where sound was cut off flat, and not where a deep voice comes near the top", () => {
  const voice = (hertz: number) =>
    Float32Array.from({ length: 48_000 }, (_, i) => 0.99 * Math.sin((2 * Math.PI * hertz * i) / 48_000));
  expect(clippedPlaces(voice(80))).toBe(0);
  expect(clippedPlaces(voice(80).map((sample) => Math.max(-1, Math.min(1, sample * 1.3))))).toBe(160);
  // turned down after it was cut off
  expect(clippedPlaces(voice(80).map((sample) => Math.max(-0.4, Math.min(0.4, sample))))).toBe(160);
  expect(clippedPlaces(new Float32Array(1000))).toBe(0);
});
