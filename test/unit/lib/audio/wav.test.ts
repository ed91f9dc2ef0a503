import { describe, expect, test } from "vitest";
import { readWav, writeWav } from "#lib/audio/wav.ts";

const samples = Int16Array.of(0, 1, -1, 32_767, -32_768);

describe("a WAV file", () => {
  test("holds what was written", () => {
    expect(readWav(writeWav({ sampleRate: 8000, samples }))).toEqual({ sampleRate: 8000, samples });
    expect(writeWav({ sampleRate: 8000, samples })).toHaveLength(44 + 10);
  });

  test("is read with other chunks before its data, of odd length too", () => {
    const plain = writeWav({ sampleRate: 16_000, samples });
    const list = Buffer.from("LIST\x03\x00\x00\x00abc\x00", "latin1");
    const bytes = Buffer.concat([plain.subarray(0, 36), list, plain.subarray(36)]);
    expect(readWav(bytes)).toEqual({ sampleRate: 16_000, samples });
  });

  test.each([0, 0xffff_ffff, 1000])(
    "is read to its end where the header says %i bytes, as after a kill",
    (size) => {
      const bytes = writeWav({ sampleRate: 8000, samples });
      new DataView(bytes.buffer).setUint32(40, size, true);
      expect(readWav(bytes).samples).toEqual(samples);
    },
  );

  test("does not take what follows its data for sound", () => {
    const bytes = Buffer.concat([
      writeWav({ sampleRate: 8000, samples }),
      Buffer.from("LIST\x00\x00\x00\x00"),
    ]);
    expect(readWav(bytes).samples).toEqual(samples);
  });

  test("is read from a view that does not begin at its buffer's start", () => {
    const bytes = writeWav({ sampleRate: 8000, samples });
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(readWav(shifted.subarray(3)).samples).toEqual(samples);
  });

  test("is read in the extensible form that some editors write", () => {
    const plain = writeWav({ sampleRate: 8000, samples });
    const bytes = Buffer.concat([plain.subarray(0, 36), Buffer.alloc(24), plain.subarray(36)]);
    bytes.writeUInt32LE(40, 16);
    bytes.writeUInt16LE(0xfffe, 20);
    bytes.writeUInt16LE(1, 44);
    expect(readWav(bytes).samples).toEqual(samples);
  });

  test.each([
    ["stereo", 22, 2],
    ["8-bit", 34, 8],
    ["A-law", 20, 6],
  ])("that is %s is refused", (_, at, value) => {
    const bytes = writeWav({ sampleRate: 8000, samples });
    new DataView(bytes.buffer).setUint16(at, value, true);
    expect(() => readWav(bytes)).toThrow("expected mono 16-bit PCM");
  });

  test("without data, or that is none at all, is refused", () => {
    expect(() => readWav(writeWav({ sampleRate: 8000, samples }).subarray(0, 36))).toThrow("no data chunk");
    expect(() => readWav(Buffer.from("ID3 some music, not a wave"))).toThrow("not a WAV file");
  });
});
