import { expect, it } from "vitest";
import { decodeALaw } from "#lib/audio/g711.ts";
import { readParts } from "#recording/read-parts.ts";

const part = { name: "hb-r", part: 1, durationMs: 1_000, endSeen: true };

async function measure(audio: Buffer, speechMs: number | null) {
  const sought: Int16Array[] = [];
  const reader = {
    spool: { read: async () => audio },
    speechMs: (samples: Int16Array) => {
      sought.push(samples);
      return 7;
    },
  };
  const seen = await readParts(reader, [{ ...part, speechMs }], {});
  if (!("read" in seen)) throw new Error("it may grow");
  return { ...seen.read.found[0]!, sought };
}

it("a part's level is that of its samples", async () => {
  const every = Buffer.from(Array.from({ length: 8_000 }, (_, at) => 1 + (at % 255)));
  const samples = decodeALaw(every);
  const power = samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length / 32_768 ** 2;
  const { levelDb } = await measure(every, 900);
  expect(levelDb).toBe(Math.round(10 * Math.log10(power)));
  expect((await measure(Buffer.alloc(8_000, 0xd5), 900)).levelDb, "silence").toBeLessThan(-70);
});

it("speech is sought in its samples only where the line heard none, or nobody knows", async () => {
  const audio = Buffer.alloc(8_000, 0x3a);
  expect(await measure(audio, 900)).toMatchObject({ speechMs: 900, sought: [] });
  for (const unheard of [0, null])
    expect(await measure(audio, unheard)).toMatchObject({ speechMs: 7, sought: [decodeALaw(audio)] });
});
