import { describe, expect, it } from "vitest";
import { encodeALaw } from "#lib/audio/g711.ts";
import { writeWav } from "#lib/audio/wav.ts";
import { fromALawWav, readStory, toALawWav } from "#recording/a-law-wav.ts";

describe("a story's WAV", () => {
  it("has the header that players ask of A-law: format 6, a longer fmt chunk, a fact chunk", () => {
    const wav = toALawWav(Buffer.from([1, 2, 3]));
    expect(wav.length).toBe(62); // 58, three samples, and one to make it even
    expect(wav.toString("latin1", 0, 4) + wav.toString("latin1", 8, 16)).toBe("RIFFWAVEfmt ");
    expect(wav.readUInt32LE(4)).toBe(54);
    expect([wav.readUInt32LE(16), wav.readUInt16LE(20), wav.readUInt16LE(22)]).toEqual([18, 6, 1]);
    expect([wav.readUInt32LE(24), wav.readUInt32LE(28)]).toEqual([8000, 8000]);
    expect([wav.readUInt16LE(32), wav.readUInt16LE(34), wav.readUInt16LE(36)]).toEqual([1, 8, 0]);
    expect([wav.toString("latin1", 38, 42), wav.readUInt32LE(42), wav.readUInt32LE(46)]).toEqual([
      "fact",
      4,
      3,
    ]);
    expect([wav.toString("latin1", 50, 54), wav.readUInt32LE(54)]).toEqual(["data", 3]);
  });

  it.each([0, 1, 2, 8001])("gives %i samples back as they were", (length) => {
    const codes = Buffer.from(Array.from({ length }, (_, i) => i % 256));
    expect(fromALawWav(toALawWav(codes))).toEqual(codes);
  });

  it("is read as 16-bit samples", async () => {
    const wav = toALawWav(encodeALaw(Int16Array.of(1000, -1000)));
    const samples = await readStory({ read: async () => wav }, "a.wav");
    expect([...samples].map((s) => Math.round(s / 100))).toEqual([10, -10]);
  });

  it.each([
    ["nothing", Buffer.alloc(0)],
    ["another format", Buffer.from(writeWav({ sampleRate: 8000, samples: new Int16Array(4) }))],
    ["half a header", toALawWav(Buffer.from([1])).subarray(0, 40)],
  ])("is refused where it is %s", (_, bytes) => {
    expect(() => fromALawWav(bytes)).toThrow(expect.objectContaining({ code: "story_unreadable" }));
  });
});
