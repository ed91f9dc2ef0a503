import { describe, expect, it } from "vitest";
import { writeWav } from "#lib/audio/wav.ts";
import { toALawWav } from "#recording/a-law-wav.ts";
import { browserWav } from "#web/browser-wav.ts";
import { openAsPcm, type StoredFile } from "#web/pcm-wav.ts";

const fileOf = (bytes: Buffer): StoredFile => ({
  size: async () => bytes.length,
  read: async (from, to) => bytes.subarray(from, to),
});
const whole = async (pieces: AsyncIterable<Buffer>) => Buffer.concat(await Array.fromAsync(pieces));
const codes = Uint8Array.from({ length: 100_001 }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
const stored = toALawWav(codes);

describe("a stored story as PCM", () => {
  it("is byte for byte what it is as a whole", async () => {
    const wav = await openAsPcm(fileOf(stored));
    const expected = browserWav(stored);
    expect(wav.bytes).toBe(expected.length);
    expect((await whole(wav.stream(0, wav.bytes - 1))).equals(expected)).toBe(true);
  });

  it.each([
    [0, 0],
    [10, 43],
    [43, 44],
    [44, 44],
    [45, 45],
    [45, 52],
    [44, 45],
    [1_001, 70_002],
    [131_116, 131_117],
    [200_044, 200_045],
    [200_045, 200_045],
  ])("gives bytes %i to %i", async (from, to) => {
    const wav = await openAsPcm(fileOf(stored));
    expect(await whole(wav.stream(from, to))).toEqual(browserWav(stored).subarray(from, to + 1));
  });

  it("reads little more than what is asked for", async () => {
    const asked: [number, number][] = [];
    const file = {
      size: async () => stored.length,
      read: async (a: number, b: number) => {
        asked.push([a, b]);
        return stored.subarray(a, b);
      },
    };
    const wav = await openAsPcm(file);
    await whole(wav.stream(50_044, 50_243));
    expect(asked.slice(1)).toEqual([[58 + 25_000, 58 + 25_100]]);
  });

  it("can be cut, and what is PCM already stays as it is", async () => {
    const samples = Int16Array.from({ length: 16_000 }, (_, i) => i - 8_000);
    const pcm = Buffer.from(writeWav({ sampleRate: 8000, samples }));
    const all = await openAsPcm(fileOf(pcm));
    expect((await whole(all.stream(0, all.bytes - 1))).equals(pcm)).toBe(true);
    const cut = await openAsPcm(fileOf(pcm), { fromMs: 500, toMs: 750 });
    expect(cut.durationMs).toBe(250);
    const expected = Buffer.from(writeWav({ sampleRate: 8000, samples: samples.slice(4_000, 6_000) }));
    expect((await whole(cut.stream(0, cut.bytes - 1))).equals(expected)).toBe(true);
  });

  it("is refused where it is no such file", async () => {
    await expect(openAsPcm(fileOf(Buffer.from("nothing of the kind")))).rejects.toThrow("no WAV");
  });
});
