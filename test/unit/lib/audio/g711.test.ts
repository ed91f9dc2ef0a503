import { describe, expect, test } from "vitest";
import { decodeALaw, decodeMuLaw, encodeALaw, encodeMuLaw } from "#lib/audio/g711.ts";

const everyCode = Uint8Array.from({ length: 256 }, (_, code) => code);
const everySample = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);

describe.each([
  ["A-law", encodeALaw, decodeALaw],
  ["mu-law", encodeMuLaw, decodeMuLaw],
])("%s", (name, encode, decode) => {
  test("gives back every code after decoding and encoding it", () => {
    const expected = everyCode.slice();
    if (name === "mu-law") expected[0x7f] = 0xff; // mu-law has two zeros, plus and minus
    expect(encode(decode(everyCode))).toEqual(expected);
  });

  test("never reorders samples, and errs by half a step at most", () => {
    const heard = decode(encode(everySample));
    for (const [i, sample] of everySample.entries()) {
      if (i > 0 && heard[i]! < heard[i - 1]!) throw new Error(`${sample} is heard below ${sample - 1}`);
      const allowed = Math.max(16, (Math.abs(sample) + 132) / 31);
      const beyondTop = Math.max(0, Math.abs(sample) - 32_124); // the largest value mu-law can say
      if (Math.abs(heard[i]! - sample) > allowed + beyondTop)
        throw new Error(`${sample} is heard as ${heard[i]}`);
    }
  });
});

test("codes are those of ITU-T G.711", () => {
  expect([...decodeALaw(Uint8Array.of(0xd5, 0x55, 0xaa, 0x2a, 0x80))]).toEqual([
    8, -8, 32_256, -32_256, 5504,
  ]);
  expect([...encodeALaw(Int16Array.of(0, -1, 32_767, -32_768, 1000))]).toEqual([
    0xd5, 0x55, 0xaa, 0x2a, 0xfa,
  ]);
  expect([...decodeMuLaw(Uint8Array.of(0xff, 0x7f, 0x80, 0x00))]).toEqual([0, 0, 32_124, -32_124]);
  expect([...encodeMuLaw(Int16Array.of(0, -1, 32_767, -32_768, 1000))]).toEqual([
    0xff, 0x7f, 0x80, 0x00, 0xce,
  ]);
});

test("a minute of speech is encoded and decoded in a blink", () => {
  const minute = Int16Array.from({ length: 480_000 }, (_, i) => 8000 * Math.sin(i / 7));
  const begun = process.threadCpuUsage();
  decodeALaw(encodeALaw(minute));
  expect(process.threadCpuUsage(begun).user).toBeLessThan(250_000);
});
